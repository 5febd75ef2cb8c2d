/* SPDX-License-Identifier: Apache-2.0 */
/* The text format of Prometheus: its lines as a whole. */

#include "exporter/text_format.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/text_line.h"

void text_problems_init(struct text_problems *problems, struct arena *arena)
{
    *problems = (struct text_problems){.arena = arena};
}

void text_problems_add(struct text_problems *problems, struct text_place place, const char *format,
                       ...)
{
    CLEANUP(free_text) char *message = NULL;
    va_list arguments;

    if (problems->count == TEXT_FORMAT_PROBLEMS_MAX) {
        return;
    }
    if (problems->list == NULL) {
        problems->list =
            arena_alloc_array(problems->arena, TEXT_FORMAT_PROBLEMS_MAX, sizeof *problems->list);
    }
    va_start(arguments, format);
    if (vasprintf(&message, format, arguments) < 0) {
        abort();
    }
    va_end(arguments);
    problems->list[problems->count++] =
        (struct text_problem){.place = place, .message = arena_strdup(problems->arena, message)};
}

static int compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_places(struct text_place a, struct text_place b)
{
    return a.line == b.line ? compare_sizes(a.column, b.column) : compare_sizes(a.line, b.line);
}

static int compare_problems(const void *a, const void *b)
{
    return compare_places(((const struct text_problem *)a)->place,
                          ((const struct text_problem *)b)->place);
}

void text_problems_sort(struct text_problems *problems)
{
    if (problems->count > 1) {
        qsort(problems->list, problems->count, sizeof *problems->list, compare_problems);
    }
}

const char *text_sample_label(const struct text_sample *sample, const char *name)
{
    for (size_t i = 0; i < sample->label_count; i++) {
        if (strcmp(sample->labels[i].name, name) == 0) {
            return sample->labels[i].value;
        }
    }
    return NULL;
}

/* What the lines of a text are put together from. */
struct reader {
    struct text_document document;
    struct text_header *headers;
    size_t header_count;
    struct text_sample **sorted; /* By name, labels, place. */
};

static size_t count_lines(const char *text, size_t length)
{
    size_t count = 1;

    for (size_t i = 0; i < length; i++) {
        count += text[i] == '\n' ? 1 : 0;
    }
    return count;
}

/* False when there are too many. */
static bool read_line(struct reader *reader, struct text_line *line)
{
    struct text_document *document = &reader->document;
    struct text_header header;
    struct text_sample sample;

    switch (text_line_read(line, &header, &sample)) {
    case TEXT_LINE_NOTHING:
        return true;
    case TEXT_LINE_HEADER:
        reader->headers[reader->header_count++] = header;
        break;
    case TEXT_LINE_SAMPLE:
        document->samples[document->sample_count++] = sample;
        break;
    }
    return reader->header_count + document->sample_count < TEXT_FORMAT_ENTRIES_MAX;
}

static void read_lines(struct reader *reader, const char *text, size_t length)
{
    struct text_problems *problems = &reader->document.problems;
    struct text_line line = {.arena = problems->arena, .problems = problems};
    const char *end = text + length;
    bool carriage_return = false;

    for (const char *start = text; start < end; start = line.end + 1) {
        const char *newline = memchr(start, '\n', (size_t)(end - start));

        line.number++;
        line.start = start;
        line.at = start;
        line.end = newline;
        if (newline == NULL) {
            text_problems_add(problems, (struct text_place){line.number, (size_t)(end - start) + 1},
                              "the last line has no end: the file seems to be half-written; write "
                              "it under another name and rename it");
            return;
        }
        if (newline > start && newline[-1] == '\r') {
            if (!carriage_return) {
                text_problems_add(problems,
                                  (struct text_place){line.number, (size_t)(newline - start)},
                                  "the line ends with a carriage return; end lines as on Unix, "
                                  "with a line feed only");
            }
            carriage_return = true;
            continue;
        }
        if (!read_line(reader, &line)) {
            text_problems_add(problems, (struct text_place){line.number, 1},
                              "there are too many lines; split the file, at most %d each",
                              TEXT_FORMAT_ENTRIES_MAX);
            return;
        }
    }
}

static int compare_label_lists(const struct text_sample *a, const struct text_sample *b)
{
    for (size_t i = 0; i < a->label_count && i < b->label_count; i++) {
        int order = strcmp(a->labels[i].name, b->labels[i].name);

        if (order == 0) {
            order = strcmp(a->labels[i].value, b->labels[i].value);
        }
        if (order != 0) {
            return order;
        }
    }
    return compare_sizes(a->label_count, b->label_count);
}

static int compare_series(const struct text_sample *a, const struct text_sample *b)
{
    int order = strcmp(a->name, b->name);

    return order == 0 ? compare_label_lists(a, b) : order;
}

static int compare_samples(const void *a, const void *b)
{
    const struct text_sample *left = *(struct text_sample *const *)a;
    const struct text_sample *right = *(struct text_sample *const *)b;
    int order = compare_series(left, right);

    return order == 0 ? compare_places(left->place, right->place) : order;
}

static void find_duplicates(struct reader *reader)
{
    for (size_t i = 1; i < reader->document.sample_count; i++) {
        const struct text_sample *former = reader->sorted[i - 1];
        const struct text_sample *sample = reader->sorted[i];

        if (compare_series(former, sample) == 0) {
            text_problems_add(&reader->document.problems, sample->place,
                              "%s with these labels stands already in line %zu; write each series "
                              "once",
                              sample->name, former->place.line);
        }
    }
}

static int compare_headers(const void *a, const void *b)
{
    const struct text_header *left = a;
    const struct text_header *right = b;
    int order = strcmp(left->name, right->name);

    if (order == 0 && left->is_type != right->is_type) {
        order = left->is_type ? 1 : -1;
    }
    return order == 0 ? compare_places(left->place, right->place) : order;
}

/* Gives the type to all samples of its name. `*next` is the first sample, in the order of names,
 * that can be meant. */
static void apply_type(struct reader *reader, const struct text_header *header, size_t *next)
{
    bool told = false;

    for (; *next < reader->document.sample_count; (*next)++) {
        struct text_sample *sample = reader->sorted[*next];
        int order = strcmp(sample->name, header->name);

        if (order > 0) {
            break;
        }
        if (order < 0) {
            continue;
        }
        sample->type = header->type;
        sample->typed = header->place;
        if (sample->place.line < header->place.line && !told) {
            text_problems_add(&reader->document.problems, header->place,
                              "the type of %s stands after its first sample; write it before",
                              header->name);
            told = true;
        }
    }
}

static void apply_headers(struct reader *reader)
{
    size_t next = 0;

    for (size_t i = 0; i < reader->header_count; i++) {
        const struct text_header *header = &reader->headers[i];
        const struct text_header *former = i == 0 ? NULL : &reader->headers[i - 1];

        if (former != NULL && former->is_type == header->is_type &&
            strcmp(former->name, header->name) == 0) {
            text_problems_add(&reader->document.problems, header->place,
                              "%s of %s stands already in line %zu; write it once",
                              header->is_type ? "TYPE" : "HELP", header->name, former->place.line);
        } else if (header->is_type) {
            apply_type(reader, header, &next);
        }
    }
}

void text_format_read(struct arena *arena, const char *text, size_t length,
                      struct text_document *ret_document)
{
    struct reader reader = {.document = {.sample_count = 0}};
    size_t capacity = count_lines(text, length);

    if (capacity > TEXT_FORMAT_ENTRIES_MAX) {
        capacity = TEXT_FORMAT_ENTRIES_MAX;
    }
    text_problems_init(&reader.document.problems, arena);
    reader.headers = arena_alloc_array(arena, capacity, sizeof *reader.headers);
    reader.document.samples = arena_alloc_array(arena, capacity, sizeof *reader.document.samples);
    read_lines(&reader, text, length);
    reader.sorted = arena_alloc_array(arena, capacity, sizeof *reader.sorted);
    for (size_t i = 0; i < reader.document.sample_count; i++) {
        reader.sorted[i] = &reader.document.samples[i];
    }
    qsort(reader.sorted, reader.document.sample_count, sizeof *reader.sorted, compare_samples);
    qsort(reader.headers, reader.header_count, sizeof *reader.headers, compare_headers);
    find_duplicates(&reader);
    apply_headers(&reader);
    text_problems_sort(&reader.document.problems);
    *ret_document = reader.document;
}
