/* SPDX-License-Identifier: Apache-2.0 */
/* What a runbook says of itself: when it was validated, and whether its sections are there. */

#ifndef COLLECTORS_RUNBOOK_TEXT_H
#define COLLECTORS_RUNBOOK_TEXT_H

#include "exporter/arena.h"
#include "exporter/error.h"
#include "exporter/evidence.h"

struct runbook_sections {
    const char **names;
    size_t count;
};

/* "Failover, Rollback" → the two; an empty text names none. */
struct runbook_sections runbook_sections_parse(struct arena *arena, const char *text);

/* At most RUNBOOK_SECTIONS_MAX, each short and only once; the message says what would be right. */
bool runbook_sections_check(const char *text, struct error *error);

struct runbook_text {
    struct reading validated; /* Unix time, never in the future. */
    bool *missing;            /* Of each section. */
    size_t missing_count;
    const char *problem; /* Why it is no use whatever its date is; NULL: none. One line. */
};

/* The date stands in a line of the form `last_validated: 2026-11-21` (or `last_reviewed`), in the
 * front matter or elsewhere in the first 100 lines (anywhere in HTML); the newer of the two counts.
 * A day without time counts from its start in UTC. A section is there if a heading contains its
 * name as a word, in capital or small letters. What it returns lives in the arena. */
struct runbook_text runbook_text_read(struct arena *arena, const char *text, size_t length,
                                      const struct runbook_sections *sections, double now);

#endif
