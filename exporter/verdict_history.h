/* SPDX-License-Identifier: Apache-2.0 */
/* The last 24 hours of a (service, disruption) in slots of five minutes, for people: when it was
 * ready, when its RPO was met, and how much would have been lost. About 3 KiB each, whatever
 * happens. */

#ifndef EXPORTER_VERDICT_HISTORY_H
#define EXPORTER_VERDICT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/accounting.h"

#define HISTORY_SLOT_SECONDS 300
#define HISTORY_SLOTS 288

/* One slot as it is read. What was not observed adds up to less than HISTORY_SLOT_SECONDS. */
struct history_slot {
    bool observed; /* This process lived in it; nothing below holds otherwise. */
    enum check_state worst_state;
    unsigned rpo_seconds[CHECK_STATE_COUNT]; /* In which the check rpo was in each state. */
    bool has_exposure;
    double worst_exposure_seconds; /* +Inf: everything would have been lost. */
};

struct verdict_history;

struct verdict_history *verdict_history_new(void);
void verdict_history_free(struct verdict_history *history);

/* The `seconds` that ended at `now` (by our clock, which never steps) were spent as `verdict` says;
 * nobody knows how when `blind`. */
void verdict_history_advance(struct verdict_history *history, const struct verdict *verdict,
                             uint64_t seconds, bool blind, double now);

/* All slots, the oldest first, that of `now` last. */
void verdict_history_read(const struct verdict_history *history, double now,
                          struct history_slot ret_slots[HISTORY_SLOTS]);

#endif
