/* SPDX-License-Identifier: Apache-2.0 */
/* The checks `drill` and `rto`: what was tried, how long ago, and how long it took. */

#include <math.h>

#include "exporter/checks.h"
#include "exporter/duration.h"

const struct drill_results *find_drills(const struct judging *judging,
                                        const struct verdict *verdict, enum drill_type type)
{
    return &judging->drills[verdict->service - judging->view->config->services].of[type];
}

/* `age_seconds` is of the failure, or else of the success. */
static const char *explain_drill(const struct judging *judging, const struct verdict *verdict,
                                 enum drill_type type, const struct drill_results *results,
                                 double age_seconds)
{
    const struct limit *limit = &verdict->service->tier->drill_max_age[type];
    const char *limit_text = "";
    char text[DURATION_TEXT_BYTES];

    if (!judging->explains) {
        return "";
    }
    if (limit->stated) {
        duration_format(text, limit->ms);
        limit_text = reason_printf(judging, ", limit %s", text);
    }
    duration_describe(text, age_seconds);
    if (results->failure.known) {
        return reason_printf(judging, "the %s drill %s ago failed%s", drill_type_names[type], text,
                             limit_text);
    }
    if (results->success == NULL) {
        return reason_printf(judging, "no successful %s drill is known%s", drill_type_names[type],
                             limit_text);
    }
    return reason_printf(judging, "%s drill %s ago%s", drill_type_names[type], text, limit_text);
}

enum check_state judge_drill(const struct judging *judging, const struct verdict *verdict,
                             enum drill_type type, const char **ret_reason)
{
    const struct drill_results *results = find_drills(judging, verdict, type);
    const struct limit *limit = &verdict->service->tier->drill_max_age[type];
    double at = results->failure.known     ? results->failure.value
                : results->success != NULL ? results->success->last_success.value
                                           : 0;
    double age_seconds = judging->wall_now - at;

    *ret_reason = explain_drill(judging, verdict, type, results, age_seconds);
    if (results->failure.known) {
        return CHECK_FAIL;
    }
    if (results->success == NULL) {
        return CHECK_UNKNOWN;
    }
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

/* An attempt that nothing has made good since. */
struct failed_drill {
    struct reading at;
    enum drill_type type;
};

static void take_results(const struct drill_results *results, enum drill_type type,
                         struct rto_estimate *estimate, struct failed_drill *failed)
{
    if (results->success != NULL && results->success->recovery_seconds.known) {
        rto_estimate_take_drill(estimate, results->success);
    }
    if (results->failure.known) {
        *failed = (struct failed_drill){.at = results->failure, .type = type};
    }
}

/* What would be restored now: of each dataset the largest copy, as was last told. Not known while a
 * source was never heard; one that tells no size counts as nothing. */
static struct reading add_data(const struct judging *judging, const struct verdict *verdict)
{
    const struct service *service = verdict->service;
    struct reading sum = {.known = true};

    for (size_t i = 0; i < service->need_count; i++) {
        const struct dataset *dataset = &judging->view->config->datasets[service->needs[i].dataset];
        double largest = 0;

        for (size_t j = 0; j < dataset->source_count; j++) {
            const struct board_entry *entry = judging->view->entries[dataset->sources[j]];

            if ((entry->source->survives & SURVIVES(verdict->disruption)) != 0) {
                sum.known = sum.known && entry->last_success > 0;
                largest = fmax(largest, entry->data_bytes.value);
            }
        }
        sum.value += largest;
    }
    return sum;
}

/* What the drills that count for the disruption say of the time to recover. */
static struct failed_drill take_drills(const struct judging *judging, const struct verdict *verdict,
                                       struct rto_estimate *estimate)
{
    struct failed_drill failed = {.at.known = false};
    struct drill_results partial = *find_drills(judging, verdict, DRILL_PARTIAL);
    const struct drill_results *full = find_drills(judging, verdict, DRILL_FULL);

    if (disruption_needs_restore(verdict->disruption)) {
        take_results(find_drills(judging, verdict, DRILL_RESTORE), DRILL_RESTORE, estimate,
                     &failed);
        rto_estimate_take_data(estimate, add_data(judging, verdict));
        return failed;
    }
    /* Without a time of its own it would leave that of a success from before the failure. */
    if (full->success != NULL && full->success->recovery_seconds.known &&
        full->success->last_success.value > partial.failure.value) {
        partial.failure.known = false;
    }
    take_results(&partial, DRILL_PARTIAL, estimate, &failed);
    take_results(full, DRILL_FULL, estimate, &failed);
    return failed;
}

static const char *explain_estimate(const struct judging *judging, const struct verdict *verdict,
                                    double seconds)
{
    const struct rto_estimate *rto = &verdict->rto;
    char total[DURATION_TEXT_BYTES];
    char age[DURATION_TEXT_BYTES];
    const char *dependency = "";

    if (!judging->explains) {
        return "";
    }
    duration_describe(total, seconds);
    duration_describe(age, judging->wall_now - rto->drill->last_success.value);
    if (rto->dependency != NULL) {
        dependency = reason_printf(judging,
                                   rto->components[RTO_DEPENDENCIES].known
                                       ? "; after %s"
                                       : "; how long %s takes is not known",
                                   rto->dependency);
    }
    return reason_printf(
        judging, "%s (%s) by the %s drill %s ago%s%s", total,
        rto_estimate_describe(judging->arena, rto), drill_type_names[rto->drill->type], age,
        rto->lacks_data ? "; how much there is to restore is not known" : "", dependency);
}

static void judge_estimate(const struct judging *judging, struct verdict *verdict,
                           const char *objective)
{
    const struct rto_estimate *rto = &verdict->rto;
    const struct limit *limit = &verdict->service->tier->rto[verdict->disruption];
    double seconds =
        rto->total_seconds.known ? rto->total_seconds.value : rto_estimate_own_seconds(rto);
    enum check_state state = rto->total_seconds.known ? CHECK_PASS : CHECK_UNKNOWN;

    if (rto->drill == NULL) {
        check_set(
            verdict, CHECK_RTO, CHECK_UNKNOWN,
            reason_printf(judging, "no drill has measured the recovery time, RTO %s", objective));
        return;
    }
    /* What is known of the service alone may be too much already. */
    if (seconds * 1000 > (double)limit->ms) {
        state = CHECK_FAIL;
    }
    check_set(verdict, CHECK_RTO, state,
              reason_printf(judging, "%s, RTO %s", explain_estimate(judging, verdict, seconds),
                            objective));
}

void check_rto(const struct judging *judging, struct verdict *verdict)
{
    const struct limit *limit = &verdict->service->tier->rto[verdict->disruption];
    struct rto_estimate before = verdict->rto;
    struct failed_drill failed = take_drills(judging, verdict, &verdict->rto);
    char objective[DURATION_TEXT_BYTES] = "";
    char age[DURATION_TEXT_BYTES];

    if (failed.at.known) {
        verdict->rto = before;
    }
    rto_estimate_finish(&verdict->rto);
    if (!limit->stated) {
        return;
    }
    if (judging->explains) {
        duration_format(objective, limit->ms);
    }
    if (failed.at.known) {
        duration_describe(age, judging->wall_now - failed.at.value);
        check_set(verdict, CHECK_RTO, CHECK_FAIL,
                  reason_printf(judging, "the %s drill %s ago failed, RTO %s",
                                drill_type_names[failed.type], age, objective));
        return;
    }
    judge_estimate(judging, verdict, objective);
}
