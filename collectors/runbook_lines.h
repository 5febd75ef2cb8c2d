/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a document, each with what it is part of. */

#ifndef COLLECTORS_RUNBOOK_LINES_H
#define COLLECTORS_RUNBOOK_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum runbook_language { RUNBOOK_MARKDOWN, RUNBOOK_ASCIIDOC, RUNBOOK_HTML };

enum runbook_line_kind {
    RUNBOOK_LINE_FRONT_MATTER, /* YAML between two lines `---` at the top. */
    RUNBOOK_LINE_TEXT,
    RUNBOOK_LINE_CODE, /* A fenced block: an example, not the document itself. */
    RUNBOOK_LINE_COMMENT,
};

struct runbook_line {
    enum runbook_line_kind kind;
    size_t number; /* From 1. */
    const char *text;
    size_t length; /* Without the line end. */
};

struct runbook_lines {
    const char *next;
    const char *end;
    size_t number;
    enum runbook_language language;
    size_t front_matter_end; /* Number of its last line; 0: there is none. */
    /* The block that the next line is in. */
    char fence;
    size_t fence_length;
    bool in_comment;
};

void runbook_lines_init(struct runbook_lines *lines, const char *text, size_t length);
bool runbook_lines_next(struct runbook_lines *lines, struct runbook_line *ret_line);

/* How many of the leading bytes are `c`. */
size_t runbook_run(const char *text, size_t length, char c);

#endif
