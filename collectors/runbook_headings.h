/* SPDX-License-Identifier: Apache-2.0 */
/* The headings of a document in Markdown, AsciiDoc or HTML. */

#ifndef COLLECTORS_RUNBOOK_HEADINGS_H
#define COLLECTORS_RUNBOOK_HEADINGS_H

#include <stddef.h>

/* Gets each heading, of whatever level, with its markup; not terminated. */
typedef void runbook_heading_found(void *context, const char *heading, size_t length);

/* What stands in code blocks, comments and front matter is no heading. */
void runbook_headings_find(const char *text, size_t length, runbook_heading_found *found,
                           void *context);

#endif
