/* SPDX-License-Identifier: Apache-2.0 */
/* The check `capacity`: is there room in the DR region for what would move there? */

#include <math.h>

#include "exporter/checks.h"

#define DEFAULT_MIN_RATIO 1.0
/* How long before a loss the need may have been measured. */
#define NEED_AGE_SECONDS_MAX 3600

struct finding {
    enum check_state state;
    const char *reason;
};

/* What is needed as measured before the loss is what is needed after it. */
static bool counts_after_loss(const struct judging *judging, const struct board_entry *entry)
{
    double age_max = fmax(NEED_AGE_SECONDS_MAX, 2 * (double)entry->source->interval_ms / 1000);
    const struct evidence *evidence;

    if (!judging->lost_since.known || !entry_is_current(entry, judging->monotonic_ms)) {
        return false;
    }
    evidence = &entry->snapshot->evidence;
    return evidence->copy_answered && evidence->capacity.required_at.known &&
           judging->lost_since.value - evidence->capacity.required_at.value <= age_max;
}

static struct finding judge_ratio(const struct judging *judging, const struct board_entry *entry,
                                  double limit)
{
    const struct capacity_evidence *capacity = &entry->snapshot->evidence.capacity;
    const char *source = entry->source->name;
    struct finding finding = {.state = CHECK_FAIL};

    if (capacity->ratio.known && capacity->ratio.value >= limit && capacity->problem == NULL) {
        finding.state = CHECK_PASS;
    }
    if (capacity->problem != NULL && (!capacity->ratio.known || capacity->ratio.value >= limit)) {
        finding.reason = reason_printf(judging, "%s: %s", source, capacity->problem);
    } else {
        finding.reason = reason_printf(
            judging, "%s: room for %.4g of what is needed%s%s, limit %.4g", source,
            floor(capacity->ratio.value * 1000) / 1000, capacity->limiting == NULL ? "" : " by ",
            capacity->limiting == NULL ? "" : capacity->limiting, limit);
    }
    return finding;
}

static struct finding judge_source(const struct judging *judging, const struct board_entry *entry,
                                   double limit)
{
    const char *problem = entry_problem(entry, judging->monotonic_ms);
    const struct capacity_evidence *capacity;

    if (*problem != '\0' && counts_after_loss(judging, entry)) {
        problem = "";
    }
    if (*problem == '\0') {
        capacity = &entry->snapshot->evidence.capacity;
        if (capacity->ratio.known || capacity->problem != NULL) {
            return judge_ratio(judging, entry, limit);
        }
        problem = "says nothing of the capacity";
    }
    return (struct finding){CHECK_UNKNOWN,
                            reason_printf(judging, "%s: %s", entry->source->name, problem)};
}

void check_capacity(const struct judging *judging, struct verdict *verdict)
{
    const struct service *service = verdict->service;
    double limit = service->tier->has_capacity_min_ratio ? service->tier->capacity_min_ratio
                                                         : DEFAULT_MIN_RATIO;
    const struct check *check = &verdict->checks[CHECK_CAPACITY];

    if (verdict->disruption == DISRUPTION_ZONE) {
        return;
    }
    for (size_t i = 0; i < service->evidence_count; i++) {
        const struct board_entry *entry = judging->view->entries[service->evidence[i]];
        struct finding finding;

        if ((entry->source->feeds & FEEDS(CHECK_CAPACITY)) == 0) {
            continue;
        }
        finding = judge_source(judging, entry, limit);
        if (!check->present || finding.state > check->state) {
            check_set(verdict, CHECK_CAPACITY, finding.state, finding.reason);
        }
    }
    if (!check->present && service->tier->has_capacity_min_ratio) {
        check_set(verdict, CHECK_CAPACITY, CHECK_UNKNOWN, "no evidence of the capacity");
    }
}
