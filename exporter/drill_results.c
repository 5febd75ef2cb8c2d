/* SPDX-License-Identifier: Apache-2.0 */
/* What all sources together know of one type of drill of a service. */

#include "exporter/drill_results.h"

#include <string.h>

/* So much may the clocks of two hosts differ. */
#define FUTURE_SECONDS_MAX 300

static void add_success(struct drill_results *results, const struct drill_evidence *drill,
                        double wall_now)
{
    if (drill->last_success.known && drill->last_success.value <= wall_now + FUTURE_SECONDS_MAX &&
        (results->success == NULL ||
         drill->last_success.value > results->success->last_success.value)) {
        results->success = drill;
    }
}

/* When the drill's last attempt failed: one without a date not before its last success, and one
 * without a result unless it is its last success. */
static struct reading failure_of(const struct drill_evidence *drill)
{
    const struct reading *attempt = &drill->last_attempt;
    const struct reading *success = &drill->last_success;

    if (drill->last_result == ANSWER_NO) {
        return attempt->known ? *attempt : *success;
    }
    if (drill->last_result == ANSWER_UNKNOWN && attempt->known &&
        (!success->known || success->value < attempt->value)) {
        return *attempt;
    }
    return (struct reading){.known = false};
}

static void add_drill(struct drill_results *results, const struct drill_evidence *drill,
                      double wall_now)
{
    struct reading failure = failure_of(drill);

    add_success(results, drill, wall_now);
    if (failure.known && (!results->failure.known || failure.value > results->failure.value)) {
        results->failure = failure;
    }
}

struct drill_results drill_results_find(const struct board_view *view, const char *service,
                                        enum drill_type type, double wall_now, int64_t monotonic_ms)
{
    struct drill_results results = {.success = NULL};

    for (size_t i = 0; i < view->entry_count; i++) {
        const struct board_entry *entry = view->entries[i];

        if (!entry_is_up(entry, monotonic_ms)) {
            continue;
        }
        for (size_t j = 0; j < entry->snapshot->evidence.drill_count; j++) {
            const struct drill_evidence *drill = &entry->snapshot->evidence.drills[j];

            if (drill->type == type && strcmp(drill->service, service) == 0) {
                add_drill(&results, drill, wall_now);
            }
        }
    }
    if (results.success != NULL && results.success->last_success.value > results.failure.value) {
        results.failure.known = false;
    }
    return results;
}
