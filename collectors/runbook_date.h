/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as people write them into a document: 2026-11-21 or an instant of RFC 3339. */

#ifndef COLLECTORS_RUNBOOK_DATE_H
#define COLLECTORS_RUNBOOK_DATE_H

#include <stdbool.h>
#include <stddef.h>

struct runbook_date {
    double seconds; /* Unix time; of a whole day its start in UTC. */
    bool whole_day;
};

/* Reads the date at the start of the text; behind it stands nothing, or no letter, digit or sign
 * that could belong to it. https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
bool runbook_date_parse(const char *text, size_t length, struct runbook_date *ret_date);

#endif
