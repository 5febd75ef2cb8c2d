/* SPDX-License-Identifier: Apache-2.0 */
/* The last 24 hours of a (service, disruption): a ring of slots of five minutes. */

#include "exporter/verdict_history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/verdict.h"

/* Arrays of each field, because the fields have different sizes and there are thousands of rings.
 * The exposure is negative where none was known. */
struct verdict_history {
    int64_t newest; /* Slots since the epoch; it stands at newest % HISTORY_SLOTS. 0: none yet. */
    float worst_exposure_seconds[HISTORY_SLOTS];
    uint16_t rpo_seconds[HISTORY_SLOTS][CHECK_STATE_COUNT];
    uint8_t worst_state[HISTORY_SLOTS];
    uint8_t observed[HISTORY_SLOTS];
};

struct verdict_history *verdict_history_new(void)
{
    struct verdict_history *history = calloc(1, sizeof *history);

    if (history == NULL) {
        abort();
    }
    return history;
}

void verdict_history_free(struct verdict_history *history)
{
    free(history);
}

static void clear(struct verdict_history *history, int64_t number)
{
    size_t i = (size_t)(number % HISTORY_SLOTS);

    history->worst_exposure_seconds[i] = -1;
    memset(history->rpo_seconds[i], 0, sizeof history->rpo_seconds[i]);
    history->worst_state[i] = CHECK_PASS;
    history->observed[i] = 0;
}

/* Makes `number` the newest slot; those that were skipped stay empty. */
static void move_on(struct verdict_history *history, int64_t number)
{
    int64_t first = history->newest + 1;

    if (number - first >= HISTORY_SLOTS) {
        first = number - HISTORY_SLOTS + 1;
    }
    for (int64_t i = first; i <= number; i++) {
        clear(history, i);
    }
    history->newest = number > history->newest ? number : history->newest;
}

/* `seconds` of one slot. */
static void add(struct verdict_history *history, int64_t number, const struct verdict *verdict,
                unsigned seconds, bool blind)
{
    const struct check *rpo = &verdict->checks[CHECK_RPO];
    enum check_state rpo_state = blind || !rpo->present ? CHECK_UNKNOWN : rpo->state;
    enum check_state state = blind ? CHECK_UNKNOWN : verdict->state;
    size_t i = (size_t)(number % HISTORY_SLOTS);

    move_on(history, number);
    history->observed[i] = 1;
    history->rpo_seconds[i][rpo_state] =
        (uint16_t)fmin(history->rpo_seconds[i][rpo_state] + (double)seconds, UINT16_MAX);
    if (state > history->worst_state[i]) {
        history->worst_state[i] = (uint8_t)state;
    }
    if (!blind && verdict->has_exposure &&
        verdict->exposure_seconds > (double)history->worst_exposure_seconds[i]) {
        history->worst_exposure_seconds[i] = (float)verdict->exposure_seconds;
    }
}

void verdict_history_advance(struct verdict_history *history, const struct verdict *verdict,
                             uint64_t seconds, bool blind, double now)
{
    int64_t end = (int64_t)now;
    int64_t whole = HISTORY_SLOT_SECONDS * (int64_t)HISTORY_SLOTS;
    int64_t at = end - (seconds < (uint64_t)whole ? (int64_t)seconds : whole);

    if (at < 0) {
        at = 0;
    }
    while (at < end) {
        int64_t number = at / HISTORY_SLOT_SECONDS;
        int64_t next = (number + 1) * HISTORY_SLOT_SECONDS;

        next = next < end ? next : end;
        /* A ring that has moved on has no place for what lies before it. */
        if (number > history->newest - HISTORY_SLOTS) {
            add(history, number, verdict, (unsigned)(next - at), blind);
        }
        at = next;
    }
}

void verdict_history_read(const struct verdict_history *history, double now,
                          struct history_slot ret_slots[HISTORY_SLOTS])
{
    int64_t last = (int64_t)now / HISTORY_SLOT_SECONDS;

    for (int64_t k = 0; k < HISTORY_SLOTS; k++) {
        int64_t number = last - HISTORY_SLOTS + 1 + k;
        struct history_slot *slot = &ret_slots[k];
        size_t i;

        *slot = (struct history_slot){.observed = false};
        if (number <= 0 || number > history->newest || number <= history->newest - HISTORY_SLOTS) {
            continue;
        }
        i = (size_t)(number % HISTORY_SLOTS);
        slot->observed = history->observed[i] != 0;
        slot->worst_state = (enum check_state)history->worst_state[i];
        for (size_t j = 0; j < CHECK_STATE_COUNT; j++) {
            slot->rpo_seconds[j] = history->rpo_seconds[i][j];
        }
        slot->has_exposure = history->worst_exposure_seconds[i] >= 0;
        slot->worst_exposure_seconds = (double)history->worst_exposure_seconds[i];
    }
}
