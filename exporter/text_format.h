/* SPDX-License-Identifier: Apache-2.0 */
/* The text format of Prometheus, version 0.0.4, read strictly: what is doubtful is a problem.
 * https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md */

#ifndef EXPORTER_TEXT_FORMAT_H
#define EXPORTER_TEXT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/arena.h"

enum text_type { TEXT_UNTYPED, TEXT_GAUGE, TEXT_COUNTER, TEXT_SUMMARY, TEXT_HISTOGRAM };

/* From 1, counted in bytes. */
struct text_place {
    size_t line;
    size_t column;
};

struct text_label {
    const char *name;
    const char *value; /* Without escapes; UTF-8. */
};

struct text_sample {
    struct text_place place;
    const char *name;
    enum text_type type;       /* That of the TYPE line of exactly this name. */
    struct text_place typed;   /* Where that stands; line 0: nowhere. */
    struct text_label *labels; /* Sorted by name. */
    size_t label_count;
    double value;
    struct text_place timestamp; /* Line 0: it has none. */
};

struct text_problem {
    struct text_place place;
    const char *message; /* What is wrong; what would be right. */
};

struct text_problems {
    struct arena *arena;
    struct text_problem *list; /* The first TEXT_FORMAT_PROBLEMS_MAX. */
    size_t count;
};

struct text_document {
    struct text_sample *samples; /* In the order of the text. */
    size_t sample_count;
    struct text_problems problems; /* Sorted by place; none: all samples are as they should be. */
};

/* Everything in *ret_document lives in `arena`; `text` need not be terminated, nor outlive it. A
 * line with a problem gives no sample, the others do. */
void text_format_read(struct arena *arena, const char *text, size_t length,
                      struct text_document *ret_document);

/* NULL when the sample has no such label. */
const char *text_sample_label(const struct text_sample *sample, const char *name);

void text_problems_init(struct text_problems *problems, struct arena *arena);
void text_problems_add(struct text_problems *problems, struct text_place place, const char *format,
                       ...) __attribute__((format(printf, 3, 4)));
void text_problems_sort(struct text_problems *problems);

#endif
