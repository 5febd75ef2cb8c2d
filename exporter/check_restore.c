/* SPDX-License-Identifier: Apache-2.0 */
/* The check `restore`: was a restore tried with success, and how far back could one go? */

#include <math.h>

#include "exporter/checks.h"
#include "exporter/duration.h"

/* The largest RPO that holds for any of the service's data; false if none is stated. */
static bool find_laxest_rpo(const struct verdict *verdict, double *ret_seconds)
{
    const struct service *service = verdict->service;
    struct limit laxest = service->tier->rpo[verdict->disruption];

    for (size_t i = 0; i < service->need_count; i++) {
        struct limit rpo = service_rpo(service, &service->needs[i], verdict->disruption);

        if (rpo.stated && (!laxest.stated || rpo.ms > laxest.ms)) {
            laxest = rpo;
        }
    }
    *ret_seconds = (double)laxest.ms / 1000;
    return laxest.stated;
}

/* Did the newest restore lose more than any of the objectives allows? */
static enum check_state judge_loss(const struct judging *judging, const struct verdict *verdict,
                                   const char **reason)
{
    const struct drill_evidence *success = find_drills(judging, verdict, DRILL_RESTORE)->success;
    char lost[DURATION_TEXT_BYTES];
    char objective[DURATION_TEXT_BYTES];
    double rpo;

    if (success == NULL || !success->data_loss_seconds.known || !find_laxest_rpo(verdict, &rpo) ||
        success->data_loss_seconds.value <= rpo) {
        return CHECK_PASS;
    }
    duration_describe(lost, success->data_loss_seconds.value);
    duration_format(objective, (int64_t)(rpo * 1000));
    *reason = reason_printf(judging, "%s; it lost %s, RPO %s", *reason, lost, objective);
    return CHECK_FAIL;
}

/* How far back one path could go, or the best of several. */
struct reach {
    enum check_state state;
    const struct board_entry *entry; /* NULL: no path at all. */
    struct reading oldest;
};

static struct reach judge_path(const struct judging *judging, const struct board_entry *entry,
                               const struct limit *window)
{
    struct reach reach = {.state = CHECK_UNKNOWN, .entry = entry};
    const struct evidence *evidence;

    if (!entry_is_up(entry, judging->monotonic_ms)) {
        return reach;
    }
    evidence = &entry->snapshot->evidence;
    if (evidence->nothing_to_restore != NULL || evidence->unusable != NULL) {
        reach.state = CHECK_FAIL;
        return reach;
    }
    reach.oldest = evidence->oldest_restorable;
    if (reach.oldest.known && window->stated) {
        reach.state = (judging->now - reach.oldest.value) * 1000 < (double)window->ms ? CHECK_FAIL
                                                                                      : CHECK_PASS;
    }
    return reach;
}

static bool reaches_further(const struct reading *a, const struct reading *b)
{
    return a->known && (!b->known || a->value < b->value);
}

static struct reach judge_dataset(const struct judging *judging, const struct verdict *verdict,
                                  const struct dataset *dataset, struct reading *ret_oldest)
{
    const struct limit *window = &verdict->service->tier->recovery_window;
    struct reach best = {.state = CHECK_FAIL};
    struct reading oldest = {.known = false};

    for (size_t i = 0; i < dataset->source_count; i++) {
        const struct board_entry *entry = judging->view->entries[dataset->sources[i]];
        struct reach reach;

        if ((entry->source->survives & SURVIVES(verdict->disruption)) == 0) {
            continue;
        }
        reach = judge_path(judging, entry, window);
        if (reaches_further(&reach.oldest, &oldest)) {
            oldest = reach.oldest;
        }
        if (best.entry == NULL || reach.state < best.state ||
            (reach.state == best.state && reaches_further(&reach.oldest, &best.oldest))) {
            best = reach;
        }
    }
    *ret_oldest = oldest;
    return best;
}

static const char *explain_reach(const struct judging *judging, const struct reach *reach,
                                 const char *dataset, const struct verdict *verdict)
{
    const struct evidence *evidence;
    const char *problem;
    char wanted[DURATION_TEXT_BYTES];
    char age[DURATION_TEXT_BYTES];

    if (!judging->explains) {
        return "";
    }
    duration_format(wanted, verdict->service->tier->recovery_window.ms);
    if (reach->entry == NULL) {
        return reason_printf(judging, "%s: no source survives %s", dataset,
                             disruption_name(verdict->disruption));
    }
    problem = entry_problem(reach->entry, judging->monotonic_ms);
    if (*problem == '\0') {
        evidence = &reach->entry->snapshot->evidence;
        problem = evidence->nothing_to_restore != NULL ? evidence->nothing_to_restore
                  : evidence->unusable != NULL         ? evidence->unusable
                                                       : "";
    }
    if (*problem != '\0') {
        return reason_printf(judging, "%s: %s: %s", dataset, reach->entry->source->name, problem);
    }
    if (!reach->oldest.known) {
        return reason_printf(judging, "%s: %s: it is not known how far back it goes, wanted %s",
                             dataset, reach->entry->source->name, wanted);
    }
    duration_describe(age, judging->now - reach->oldest.value);
    return reason_printf(judging, "%s: %s: goes back %s, wanted %s", dataset,
                         reach->entry->source->name, age, wanted);
}

/* Judges how far back every dataset could go, worst first. Without a wanted window only the
 * verdict's oldest_restorable is set. */
static enum check_state judge_window(const struct judging *judging, struct verdict *verdict,
                                     const char **ret_reason)
{
    const struct service *service = verdict->service;
    enum check_state worst = CHECK_PASS;
    bool all_known = service->need_count > 0;

    *ret_reason = NULL;
    for (size_t i = 0; i < service->need_count; i++) {
        const struct dataset *dataset = &judging->view->config->datasets[service->needs[i].dataset];
        struct reading oldest;
        struct reach reach = judge_dataset(judging, verdict, dataset, &oldest);

        all_known = all_known && oldest.known;
        verdict->oldest_restorable.value = fmax(verdict->oldest_restorable.value, oldest.value);
        if (service->tier->recovery_window.stated && (*ret_reason == NULL || reach.state > worst)) {
            worst = reach.state;
            *ret_reason = explain_reach(judging, &reach, dataset->name, verdict);
        }
    }
    verdict->oldest_restorable.known = all_known;
    return worst;
}

void check_restore(const struct judging *judging, struct verdict *verdict)
{
    const char *tested;
    const char *window;
    enum check_state tested_state;
    enum check_state window_state;

    if (!disruption_needs_restore(verdict->disruption)) {
        return;
    }
    tested_state = judge_drill(judging, verdict, DRILL_RESTORE, &tested);
    if (tested_state == CHECK_PASS) {
        tested_state = judge_loss(judging, verdict, &tested);
    }
    window_state = judge_window(judging, verdict, &window);
    if (window != NULL && window_state > tested_state) {
        check_set(verdict, CHECK_RESTORE, window_state, window);
    } else if (window != NULL && window_state == tested_state) {
        check_set(verdict, CHECK_RESTORE, tested_state,
                  reason_printf(judging, "%s; %s", tested, window));
    } else {
        check_set(verdict, CHECK_RESTORE, tested_state, tested);
    }
}
