/* SPDX-License-Identifier: Apache-2.0 */
/* What all sources together know of the drills of every service. */

#include "exporter/drill_results.h"

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

static void add_evidence(struct service_drills *services, const struct config *config,
                         const struct evidence *evidence, double wall_now)
{
    for (size_t i = 0; i < evidence->drill_count; i++) {
        const struct drill_evidence *drill = &evidence->drills[i];
        size_t service = config_find_service(config, drill->service);

        if (service < config->service_count) {
            add_drill(&services[service].of[drill->type], drill, wall_now);
        }
    }
}

const struct service_drills *drill_results_find(struct arena *arena, const struct board_view *view,
                                                double wall_now, int64_t monotonic_ms)
{
    size_t count = view->config->service_count;
    struct service_drills *services = arena_alloc_array(arena, count + 1, sizeof *services);

    for (size_t i = 0; i < view->entry_count; i++) {
        if (entry_is_up(view->entries[i], monotonic_ms)) {
            add_evidence(services, view->config, &view->entries[i]->snapshot->evidence, wall_now);
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (enum drill_type type = 0; type < DRILL_TYPE_COUNT; type++) {
            struct drill_results *results = &services[i].of[type];

            if (results->success != NULL &&
                results->success->last_success.value > results->failure.value) {
                results->failure.known = false;
            }
        }
    }
    return services;
}
