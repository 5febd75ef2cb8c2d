/* SPDX-License-Identifier: Apache-2.0 */
/* The checks `drill` and `rto`: what was tried, how long ago, and how long it took. */

#include "exporter/checks.h"
#include "exporter/drill_results.h"
#include "exporter/duration.h"

static struct drill_results find_results(const struct judging *judging,
                                         const struct verdict *verdict, enum drill_type type)
{
    return drill_results_find(judging->view, verdict->service->name, type, judging->wall_now,
                              judging->monotonic_ms);
}

enum check_state judge_drill(const struct judging *judging, const struct verdict *verdict,
                             enum drill_type type, const char **ret_reason)
{
    struct drill_results results = find_results(judging, verdict, type);
    const struct limit *limit = &verdict->service->tier->drill_max_age[type];
    const char *limit_text = "";
    char text[DURATION_TEXT_BYTES];
    double age_seconds;

    if (limit->stated) {
        duration_format(text, limit->ms);
        limit_text = arena_printf(judging->arena, ", limit %s", text);
    }
    if (results.failure.known) {
        duration_describe(text, judging->wall_now - results.failure.value);
        *ret_reason = arena_printf(judging->arena, "the %s drill %s ago failed%s",
                                   drill_type_names[type], text, limit_text);
        return CHECK_FAIL;
    }
    if (results.success == NULL) {
        *ret_reason = arena_printf(judging->arena, "no successful %s drill is known%s",
                                   drill_type_names[type], limit_text);
        return CHECK_UNKNOWN;
    }
    age_seconds = judging->wall_now - results.success->last_success.value;
    duration_describe(text, age_seconds);
    *ret_reason =
        arena_printf(judging->arena, "%s drill %s ago%s", drill_type_names[type], text, limit_text);
    return limit->stated && age_seconds * 1000 > (double)limit->ms ? CHECK_FAIL : CHECK_PASS;
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
        state = judge_drill(judging, verdict, type, &reason);
        if (!check->present || state > check->state) {
            check_set(verdict, CHECK_DRILL, state, reason);
        }
    }
}

/* What the drills that count for a disruption say of the time to recover. */
struct measured {
    const struct drill_evidence *slowest; /* NULL: none measured it. */
    enum drill_type failed_type;
    struct reading failure; /* Of an attempt that nothing has made good since. */
};

static void add_results(struct measured *measured, const struct drill_results *results,
                        enum drill_type type)
{
    const struct drill_evidence *drill = results->success;

    if (drill != NULL && drill->recovery_seconds.known &&
        (measured->slowest == NULL ||
         drill->recovery_seconds.value > measured->slowest->recovery_seconds.value)) {
        measured->slowest = drill;
    }
    if (results->failure.known) {
        measured->failure = results->failure;
        measured->failed_type = type;
    }
}

static struct measured find_measured(const struct judging *judging, const struct verdict *verdict)
{
    struct measured measured = {.slowest = NULL};
    struct drill_results full;
    struct drill_results partial;

    if (disruption_needs_restore(verdict->disruption)) {
        struct drill_results restore = find_results(judging, verdict, DRILL_RESTORE);

        add_results(&measured, &restore, DRILL_RESTORE);
        return measured;
    }
    full = find_results(judging, verdict, DRILL_FULL);
    partial = find_results(judging, verdict, DRILL_PARTIAL);
    if (full.success != NULL && full.success->last_success.value > partial.failure.value) {
        partial.failure.known = false;
    }
    add_results(&measured, &partial, DRILL_PARTIAL);
    add_results(&measured, &full, DRILL_FULL);
    return measured;
}

void check_rto(const struct judging *judging, struct verdict *verdict)
{
    const struct limit *rto = &verdict->service->tier->rto[verdict->disruption];
    struct measured measured = find_measured(judging, verdict);
    const struct drill_evidence *drill = measured.slowest;
    char took[DURATION_TEXT_BYTES];
    char objective[DURATION_TEXT_BYTES];
    char age[DURATION_TEXT_BYTES];

    if (!rto->stated) {
        return;
    }
    duration_format(objective, rto->ms);
    if (measured.failure.known) {
        duration_describe(age, judging->wall_now - measured.failure.value);
        check_set(verdict, CHECK_RTO, CHECK_FAIL,
                  arena_printf(judging->arena, "the %s drill %s ago failed, RTO %s",
                               drill_type_names[measured.failed_type], age, objective));
        return;
    }
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
