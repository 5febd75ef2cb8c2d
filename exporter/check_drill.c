/* SPDX-License-Identifier: Apache-2.0 */
/* The checks `drill` and `rto`: what was tried, how long ago, and how long it took. */

#include <string.h>

#include "exporter/checks.h"
#include "exporter/duration.h"

/* A success of the future was dated by a wrong clock; so much may clocks differ. */
#define FUTURE_SECONDS_MAX 300

/* The newest success of one type of drill, over all sources; NULL when none is known. */
static const struct drill_evidence *find_success(const struct judging *judging, const char *service,
                                                 enum drill_type type)
{
    const struct drill_evidence *newest = NULL;

    for (size_t i = 0; i < judging->view->entry_count; i++) {
        const struct board_entry *entry = judging->view->entries[i];
        const struct evidence *evidence;

        if (!entry_is_up(entry, judging->monotonic_ms)) {
            continue;
        }
        evidence = &entry->snapshot->evidence;
        for (size_t j = 0; j < evidence->drill_count; j++) {
            const struct drill_evidence *drill = &evidence->drills[j];

            if (drill->type == type && drill->last_success.known &&
                drill->last_success.value <= judging->wall_now + FUTURE_SECONDS_MAX &&
                strcmp(drill->service, service) == 0 &&
                (newest == NULL || drill->last_success.value > newest->last_success.value)) {
                newest = drill;
            }
        }
    }
    return newest;
}

/* The state of one type of drill against its limit. */
static enum check_state judge_type(const struct judging *judging, const struct verdict *verdict,
                                   enum drill_type type, const char **ret_reason)
{
    const char *service = verdict->service->name;
    const struct drill_evidence *drill = find_success(judging, service, type);
    int64_t limit_ms = verdict->service->tier->drill_max_age[type].ms;
    char age[DURATION_TEXT_BYTES];
    char limit[DURATION_TEXT_BYTES];

    duration_format(limit, limit_ms);
    if (drill == NULL) {
        *ret_reason = arena_printf(judging->arena, "no successful %s drill is known, limit %s",
                                   drill_type_names[type], limit);
        return CHECK_UNKNOWN;
    }
    duration_describe(age, judging->wall_now - drill->last_success.value);
    *ret_reason = arena_printf(judging->arena, "%s drill %s ago, limit %s", drill_type_names[type],
                               age, limit);
    return (judging->wall_now - drill->last_success.value) * 1000 > (double)limit_ms ? CHECK_FAIL
                                                                                     : CHECK_PASS;
}

void check_drill(const struct judging *judging, struct verdict *verdict)
{
    for (enum drill_type type = 0; type < DRILL_TYPE_COUNT; type++) {
        const struct check *check = &verdict->checks[CHECK_DRILL];
        enum check_state state;
        const char *reason;

        if (!verdict->service->tier->drill_max_age[type].stated) {
            continue;
        }
        state = judge_type(judging, verdict, type, &reason);
        if (!check->present || state > check->state) {
            check_set(verdict, CHECK_DRILL, state, reason);
        }
    }
}

/* The newest success that measured the recovery time. */
static const struct drill_evidence *find_measured(const struct judging *judging,
                                                  const struct verdict *verdict)
{
    static const enum drill_type failovers[] = {DRILL_PARTIAL, DRILL_FULL};
    static const enum drill_type restores[] = {DRILL_RESTORE};
    bool restores_data = verdict->disruption == DISRUPTION_CORRUPTION ||
                         verdict->disruption == DISRUPTION_RANSOMWARE;
    const enum drill_type *types = restores_data ? restores : failovers;
    size_t count = restores_data ? sizeof restores / sizeof restores[0]
                                 : sizeof failovers / sizeof failovers[0];
    const struct drill_evidence *newest = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct drill_evidence *drill =
            find_success(judging, verdict->service->name, types[i]);

        if (drill != NULL && drill->recovery_seconds.known &&
            (newest == NULL || drill->last_success.value > newest->last_success.value)) {
            newest = drill;
        }
    }
    return newest;
}

void check_rto(const struct judging *judging, struct verdict *verdict)
{
    const struct limit *rto = &verdict->service->tier->rto[verdict->disruption];
    const struct drill_evidence *drill = find_measured(judging, verdict);
    char took[DURATION_TEXT_BYTES];
    char objective[DURATION_TEXT_BYTES];
    char age[DURATION_TEXT_BYTES];

    if (!rto->stated) {
        return;
    }
    duration_format(objective, rto->ms);
    if (drill == NULL) {
        check_set(verdict, CHECK_RTO, CHECK_UNKNOWN,
                  arena_printf(judging->arena, "no drill has measured the recovery time, RTO %s",
                               objective));
        return;
    }
    duration_describe(took, drill->recovery_seconds.value);
    duration_describe(age, judging->wall_now - drill->last_success.value);
    check_set(verdict, CHECK_RTO,
              drill->recovery_seconds.value * 1000 > (double)rto->ms ? CHECK_FAIL : CHECK_PASS,
              arena_printf(judging->arena, "the %s drill %s ago took %s, RTO %s",
                           drill_type_names[drill->type], age, took, objective));
}
