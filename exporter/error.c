/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, as a closed kind for metrics and a message for people. */

#include "exporter/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[ERROR_KIND_COUNT] = {
    [ERROR_NONE] = "none",
    [ERROR_CONNECT] = "connect",
    [ERROR_TIMEOUT] = "timeout",
    [ERROR_AUTH] = "auth",
    [ERROR_TLS] = "tls",
    [ERROR_PROTOCOL] = "protocol",
    [ERROR_QUERY] = "query",
    [ERROR_PERMISSION] = "permission",
    [ERROR_NOT_FOUND] = "not_found",
    [ERROR_INCONSISTENT] = "inconsistent",
    [ERROR_INTERNAL] = "internal",
};

/* Servers end their messages with new lines and put several in one; a message is one line. */
static void make_one_line(char *message)
{
    size_t length = strlen(message);

    while (length > 0 && (message[length - 1] == '\n' || message[length - 1] == ' ')) {
        message[--length] = '\0';
    }
    for (char *c = message; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ') {
            *c = ' ';
        }
    }
}

bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
    va_list arguments;

    error->kind = kind;
    va_start(arguments, format);
    (void)vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    make_one_line(error->message);
    return false;
}

bool error_prefix(struct error *error, const char *context)
{
    struct error inner = *error;

    return error_set(error, inner.kind, "%s: %s", context, inner.message);
}

const char *error_kind_name(enum error_kind kind)
{
    return kind_names[kind];
}
