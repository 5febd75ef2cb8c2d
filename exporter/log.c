/* SPDX-License-Identifier: Apache-2.0 */
/* One line an event on standard error, in logfmt or JSON. Thread-safe. */

#include "exporter/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* POSIX promises that a write of up to PIPE_BUF bytes to a pipe stays in one piece. */
#define LINE_BYTES_MAX 4096

static _Atomic int configured_level = LOG_INFO;
static _Atomic int configured_format = LOG_LOGFMT;

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARN] = "warn",
    [LOG_ERROR] = "error",
};

static const char *const format_names[] = {
    [LOG_LOGFMT] = "logfmt",
    [LOG_JSON] = "json",
};

struct line {
    char text[LINE_BYTES_MAX];
    size_t length;
};

void log_configure(enum log_level level, enum log_format format)
{
    configured_level = (int)level;
    configured_format = (int)format;
}

bool log_level_parse(const char *text, enum log_level *ret_level)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

bool log_format_parse(const char *text, enum log_format *ret_format)
{
    for (size_t i = 0; i < sizeof format_names / sizeof format_names[0]; i++) {
        if (strcmp(text, format_names[i]) == 0) {
            *ret_format = (enum log_format)i;
            return true;
        }
    }
    return false;
}

/* Leaves room for what closes the line; a text that does not fit is cut. */
static bool add_bytes(struct line *line, const char *text, size_t length)
{
    const size_t reserved = 8;

    if (line->length + length > sizeof line->text - reserved) {
        return false;
    }
    memcpy(line->text + line->length, text, length);
    line->length += length;
    return true;
}

static bool add_text(struct line *line, const char *text)
{
    return add_bytes(line, text, strlen(text));
}

/* Between quotes, by the rules of JSON, which readers of logfmt understand too. */
static void add_quoted(struct line *line, const char *text)
{
    char escaped[8];
    bool fits = add_text(line, "\"");

    for (const char *c = text; *c != '\0' && fits; c++) {
        switch (*c) {
        case '"':
            fits = add_text(line, "\\\"");
            break;
        case '\\':
            fits = add_text(line, "\\\\");
            break;
        case '\n':
            fits = add_text(line, "\\n");
            break;
        case '\t':
            fits = add_text(line, "\\t");
            break;
        default:
            if ((unsigned char)*c < ' ' || *c == 0x7f) {
                (void)snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned char)*c);
                fits = add_text(line, escaped);
            } else {
                fits = add_bytes(line, c, 1);
            }
        }
    }
    line->text[line->length++] = '"';
}

static bool is_bare(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || *c == '"' || *c == '=' || *c == '\\' || *c == 0x7f) {
            return false;
        }
    }
    return *text != '\0';
}

static void add_pair(struct line *line, enum log_format format, const char *key, const char *value)
{
    bool json = format == LOG_JSON;
    size_t start = line->length;
    bool fits = add_text(line, start == 0 ? "" : json ? "," : " ");

    if (json) {
        fits = fits && add_text(line, "\"");
    }
    fits = fits && add_text(line, key) && add_text(line, json ? "\":" : "=");
    if (!fits || line->length + 16 > sizeof line->text) {
        line->length = start; /* A pair is there with its key or not at all. */
        return;
    }
    if (json || !is_bare(value)) {
        add_quoted(line, value);
    } else if (!add_text(line, value)) {
        add_quoted(line, value); /* Too long: this way it is cut. */
    }
}

static void format_now(char text[32])
{
    struct timespec now;
    struct tm parts;
    char seconds[24];

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text, 32, "%s.%03dZ", seconds, (int)(now.tv_nsec / 1000000));
}

void log_event(enum log_level level, const char *message, ...)
{
    enum log_format format = (enum log_format)configured_format;
    struct line line = {.length = 0};
    char now[32];
    va_list pairs;
    const char *key;

    if ((int)level < configured_level) {
        return;
    }
    if (format == LOG_JSON) {
        line.text[line.length++] = '{';
    }
    format_now(now);
    add_text(&line, format == LOG_JSON ? "\"ts\":" : "ts=");
    if (format == LOG_JSON) {
        add_quoted(&line, now);
    } else {
        add_text(&line, now);
    }
    add_pair(&line, format, "level", level_names[level]);
    add_pair(&line, format, "msg", message);
    va_start(pairs, message);
    while ((key = va_arg(pairs, const char *)) != NULL) {
        add_pair(&line, format, key, va_arg(pairs, const char *));
    }
    va_end(pairs);
    if (format == LOG_JSON) {
        line.text[line.length++] = '}';
    }
    line.text[line.length++] = '\n';
    while (write(STDERR_FILENO, line.text, line.length) < 0 && errno == EINTR) {
    }
}
