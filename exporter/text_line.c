/* SPDX-License-Identifier: Apache-2.0 */
/* One line of Prometheus' text format. */

#include "exporter/text_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/label.h"
#include "exporter/number.h"

static struct text_place place_of(const struct text_line *line, const char *at)
{
    return (struct text_place){.line = line->number, .column = (size_t)(at - line->start) + 1};
}

/* Returns false, so that a reading function can `return refuse(…)`. */
static bool refuse(const struct text_line *line, const char *at, const char *message)
{
    text_problems_add(line->problems, place_of(line, at), "%s", message);
    return false;
}

static void skip_blanks(struct text_line *line)
{
    while (line->at < line->end && (*line->at == ' ' || *line->at == '\t')) {
        line->at++;
    }
}

static bool at_end(const struct text_line *line)
{
    return line->at == line->end;
}

static bool next_is(const struct text_line *line, char character)
{
    return line->at < line->end && *line->at == character;
}

static bool is_name_character(char c, bool first, bool of_metric)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (of_metric && c == ':') || (!first && c >= '0' && c <= '9');
}

/* NULL when there is no name here. */
static const char *read_name(struct text_line *line, bool of_metric)
{
    const char *start = line->at;

    while (line->at < line->end && is_name_character(*line->at, line->at == start, of_metric)) {
        line->at++;
    }
    return line->at == start ? NULL : arena_strndup(line->arena, start, (size_t)(line->at - start));
}

/* What stands up to the next blank. */
static size_t word_length(const struct text_line *line)
{
    const char *c = line->at;

    while (c < line->end && *c != ' ' && *c != '\t') {
        c++;
    }
    return (size_t)(c - line->at);
}

static bool word_is(const struct text_line *line, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(line->at, word, length) == 0;
}

static bool read_value(struct text_line *line, double *ret_value)
{
    char text[TEXT_FORMAT_NUMBER_BYTES_MAX + 1];
    size_t length = word_length(line);

    if (length == 0) {
        return refuse(line, line->at, "there is no value; write a number after the name");
    }
    if (length < sizeof text) {
        memcpy(text, line->at, length);
        text[length] = '\0';
    }
    if (length >= sizeof text || strlen(text) != length || !number_parse(text, ret_value)) {
        return refuse(line, line->at, "the value is no number; write digits, +Inf, -Inf or NaN");
    }
    line->at += length;
    return true;
}

/* Up to the closing quote, escapes included. */
static size_t quoted_length(const struct text_line *line)
{
    const char *c = line->at;

    while (c < line->end && *c != '"') {
        c += *c == '\\' && c + 1 < line->end ? 2 : 1;
    }
    return (size_t)(c - line->at);
}

static bool is_utf8(const char *text, size_t length)
{
    for (size_t used = 0; used < length;) {
        size_t step = text[used] == '\0' ? 0 : label_character_length(text + used);

        if (step == 0) {
            return false;
        }
        used += step;
    }
    return true;
}

/* Reads up to the closing quote and that too. NULL after a problem. */
static const char *read_quoted(struct text_line *line)
{
    const char *start = line->at;
    const char *end = start + quoted_length(line);
    char *value = arena_alloc(line->arena, (size_t)(end - start) + 1);
    size_t length = 0;

    if (end == line->end) {
        (void)refuse(line, start, "the label's value does not end; write \" after it");
        return NULL;
    }
    while (line->at < end) {
        char c = *line->at++;

        if (c == '\\') {
            char escaped = *line->at++;

            if (escaped != '\\' && escaped != '"' && escaped != 'n') {
                (void)refuse(line, line->at - 2,
                             "unknown escape; in a label's value write \\\\, \\\" or \\n");
                return NULL;
            }
            c = escaped == 'n' ? '\n' : escaped;
        }
        value[length++] = c;
    }
    if (!is_utf8(value, length)) {
        (void)refuse(line, start, "the label's value is no UTF-8; save the file as UTF-8");
        return NULL;
    }
    line->at++;
    return value;
}

static bool read_label(struct text_line *line, struct text_label *ret_label)
{
    const char *start = line->at;

    ret_label->name = read_name(line, false);
    if (ret_label->name == NULL) {
        return refuse(line, start, "there is no label here; write NAME=\"VALUE\", or } at the end");
    }
    if (strcmp(ret_label->name, "__name__") == 0) {
        return refuse(line, start, "__name__ is no label; write the name before the brace");
    }
    skip_blanks(line);
    if (!next_is(line, '=')) {
        return refuse(line, line->at, "= is missing after the label's name");
    }
    line->at++;
    skip_blanks(line);
    if (!next_is(line, '"')) {
        return refuse(line, line->at, "the label's value is not quoted; write NAME=\"VALUE\"");
    }
    line->at++;
    ret_label->value = read_quoted(line);
    return ret_label->value != NULL;
}

static int compare_labels(const void *a, const void *b)
{
    return strcmp(((const struct text_label *)a)->name, ((const struct text_label *)b)->name);
}

/* `{a="…",b="…"}`; a comma may stand after the last one. */
static bool read_labels(struct text_line *line, struct text_sample *sample)
{
    struct text_label labels[TEXT_FORMAT_LABELS_MAX];
    const char *brace = line->at++;

    skip_blanks(line);
    while (!next_is(line, '}')) {
        if (sample->label_count == TEXT_FORMAT_LABELS_MAX) {
            return refuse(line, line->at, "too many labels; a metric has a few");
        }
        if (!read_label(line, &labels[sample->label_count])) {
            return false;
        }
        sample->label_count++;
        skip_blanks(line);
        if (next_is(line, ',')) {
            line->at++;
            skip_blanks(line);
        } else if (!next_is(line, '}')) {
            return refuse(line, line->at, "a comma or } is missing after the label");
        }
    }
    line->at++;
    qsort(labels, sample->label_count, sizeof labels[0], compare_labels);
    for (size_t i = 1; i < sample->label_count; i++) {
        if (strcmp(labels[i - 1].name, labels[i].name) == 0) {
            return refuse(line, brace, "a label stands there twice; give each name once");
        }
    }
    sample->labels = arena_alloc_array(line->arena, sample->label_count, sizeof labels[0]);
    memcpy(sample->labels, labels, sample->label_count * sizeof labels[0]);
    return true;
}

/* Milliseconds, an integer of 64 bits. */
static bool is_timestamp(const char *text, size_t length)
{
    size_t digits = length - (length > 0 && (*text == '-' || *text == '+') ? 1 : 0);

    for (size_t i = length - digits; i < length; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return digits > 0 && digits < 19;
}

static bool read_sample(struct text_line *line, struct text_sample *ret_sample)
{
    struct text_sample sample = {.place = place_of(line, line->at)};
    size_t length;

    sample.name = read_name(line, true);
    if (sample.name == NULL) {
        return refuse(line, line->at,
                      "there is no metric here; write NAME VALUE, or # and a "
                      "comment");
    }
    skip_blanks(line);
    if (next_is(line, '{')) {
        if (!read_labels(line, &sample)) {
            return false;
        }
        skip_blanks(line);
    } else if (!at_end(line) && line->at[-1] != ' ' && line->at[-1] != '\t') {
        return refuse(line, line->at, "a metric's name has only letters, digits, _ and :");
    }
    if (!read_value(line, &sample.value)) {
        return false;
    }
    skip_blanks(line);
    length = word_length(line);
    if (length > 0) {
        sample.timestamp = place_of(line, line->at);
        if (!is_timestamp(line->at, length)) {
            return refuse(line, line->at,
                          "after the value stands what is no timestamp; end the "
                          "line after the value");
        }
        line->at += length;
        skip_blanks(line);
    }
    if (!at_end(line)) {
        return refuse(line, line->at, "the line goes on; end it after the value");
    }
    *ret_sample = sample;
    return true;
}

static bool read_type(struct text_line *line, enum text_type *ret_type)
{
    static const char *const names[] = {[TEXT_UNTYPED] = "untyped",
                                        [TEXT_GAUGE] = "gauge",
                                        [TEXT_COUNTER] = "counter",
                                        [TEXT_SUMMARY] = "summary",
                                        [TEXT_HISTOGRAM] = "histogram"};
    size_t length = word_length(line);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (word_is(line, length, names[i])) {
            line->at += length;
            skip_blanks(line);
            *ret_type = (enum text_type)i;
            return at_end(line) || refuse(line, line->at, "the line goes on after the type");
        }
    }
    return refuse(line, line->at,
                  "there is no such type; write gauge, counter, summary, histogram or untyped");
}

static bool read_help(struct text_line *line)
{
    for (; !at_end(line); line->at++) {
        if (*line->at == '\\') {
            line->at++;
            if (!next_is(line, '\\') && !next_is(line, 'n')) {
                return refuse(line, line->at - 1, "unknown escape; in a help write \\\\ or \\n");
            }
        }
    }
    return true;
}

/* True for `# HELP name …` and `# TYPE name …`; other comments are skipped. */
static bool read_comment(struct text_line *line, struct text_header *ret_header)
{
    struct text_header header = {.place = place_of(line, line->at)};
    size_t length;

    line->at++;
    skip_blanks(line);
    length = word_length(line);
    header.is_type = word_is(line, length, "TYPE");
    if (!header.is_type && !word_is(line, length, "HELP")) {
        return false;
    }
    line->at += length;
    skip_blanks(line);
    header.name = read_name(line, true);
    if (header.name == NULL || (!at_end(line) && *line->at != ' ' && *line->at != '\t')) {
        return refuse(line, line->at, "there is no name of a metric after HELP or TYPE");
    }
    skip_blanks(line);
    if (header.is_type ? !read_type(line, &header.type) : !read_help(line)) {
        return false;
    }
    *ret_header = header;
    return true;
}

enum text_line_kind text_line_read(struct text_line *line, struct text_header *ret_header,
                                   struct text_sample *ret_sample)
{
    skip_blanks(line);
    if (at_end(line)) {
        return TEXT_LINE_NOTHING;
    }
    if (*line->at == '#') {
        return read_comment(line, ret_header) ? TEXT_LINE_HEADER : TEXT_LINE_NOTHING;
    }
    return read_sample(line, ret_sample) ? TEXT_LINE_SAMPLE : TEXT_LINE_NOTHING;
}
