/* SPDX-License-Identifier: Apache-2.0 */
/* One line of Prometheus' text format; only text_format.c includes it. */

#ifndef EXPORTER_TEXT_LINE_H
#define EXPORTER_TEXT_LINE_H

#include "exporter/text_format.h"

/* A line, without its end. */
struct text_line {
    struct arena *arena;
    struct text_problems *problems;
    const char *start;
    const char *at; /* How far it is read. */
    const char *end;
    size_t number;
};

/* `# HELP name …` or `# TYPE name …` */
struct text_header {
    struct text_place place;
    const char *name;
    bool is_type;
    enum text_type type; /* Of a TYPE. */
};

enum text_line_kind { TEXT_LINE_NOTHING, TEXT_LINE_HEADER, TEXT_LINE_SAMPLE };

/* Sets that of the two which the line is; a line with a problem, which is noted, is nothing. */
enum text_line_kind text_line_read(struct text_line *line, struct text_header *ret_header,
                                   struct text_sample *ret_sample);

#endif
