/* SPDX-License-Identifier: Apache-2.0 */
/* The check `rpo`: would the data come back to an instant that is recent enough? */

#include <math.h>

#include "exporter/checks.h"
#include "exporter/duration.h"

/* What one path says, or the best of several. */
struct outcome {
    enum check_state state;
    const struct board_entry *entry; /* NULL: no path at all. */
    enum answer zero_loss;
    bool has_age; /* Of this path's recovery point. */
    double age;
    bool late;         /* It fails, and only because it is older than the RPO allows. */
    bool unusable;     /* What there is cannot be used as it is. */
    bool has_exposure; /* The smallest age of all paths; bounds the loss whichever decides. */
    double exposure;
};

/* Whether the origin answers although it is said to be lost. */
static bool contradicts_loss(const struct judging *judging, const struct board_entry *entry)
{
    return judging->lost_since.known && entry_is_current(entry, judging->monotonic_ms) &&
           entry->snapshot->evidence.origin_answered;
}

/* What the copy holds after its origin was lost, as verdicts_evaluate_loss() says. True if that is
 * proven by the latest collection. */
static bool look_after_loss(const struct judging *judging, const struct board_entry *entry,
                            struct outcome *outcome)
{
    /* Who was seen alive later was lost later. */
    double lost_since = fmax(judging->lost_since.value, entry->last_origin_answer);
    double interval = (double)entry->source->interval_ms / 1000;

    outcome->has_age = entry->has_recovery_point;
    outcome->age = fmax(0, lost_since - entry->recovery_point);
    outcome->zero_loss =
        entry->last_zero_data_loss > 0 && lost_since - entry->last_zero_data_loss <= 2 * interval
            ? ANSWER_YES
            : ANSWER_UNKNOWN;
    return entry_is_current(entry, judging->monotonic_ms) &&
           entry->snapshot->evidence.copy_answered &&
           entry->snapshot->evidence.has_recovery_point && !contradicts_loss(judging, entry);
}

static bool look_now(const struct judging *judging, const struct board_entry *entry,
                     struct outcome *outcome)
{
    outcome->has_age =
        entry_recovery_point_age(entry, judging->now, judging->monotonic_ms, &outcome->age);
    outcome->zero_loss = entry_zero_data_loss(entry, judging->monotonic_ms);
    return entry_is_up(entry, judging->monotonic_ms) &&
           entry->snapshot->evidence.has_recovery_point;
}

static struct outcome judge_path(const struct judging *judging, const struct board_entry *entry,
                                 int64_t rpo_ms)
{
    struct outcome outcome = {.state = CHECK_UNKNOWN, .entry = entry};
    bool proven = judging->lost_since.known ? look_after_loss(judging, entry, &outcome)
                                            : look_now(judging, entry, &outcome);
    bool usable = proven && entry->snapshot->evidence.unusable == NULL;

    if (contradicts_loss(judging, entry) || entry_has_nothing(entry, judging->monotonic_ms)) {
        outcome.state = CHECK_FAIL;
        return outcome;
    }
    if (!outcome.has_age) {
        return outcome;
    }
    if (outcome.zero_loss == ANSWER_YES && usable) {
        /* What is not yet safe here was not acknowledged to anybody either. */
        outcome.age = 0;
        outcome.state = CHECK_PASS;
    } else if (outcome.age * 1000 > (double)rpo_ms) {
        outcome.state = CHECK_FAIL;
    } else if (proven && !usable) {
        outcome.state = CHECK_FAIL;
    } else if (rpo_ms == 0) {
        outcome.state = outcome.zero_loss == ANSWER_NO ? CHECK_FAIL : CHECK_UNKNOWN;
    } else if (proven) {
        outcome.state = CHECK_PASS;
    }
    outcome.late = usable && outcome.state == CHECK_FAIL;
    outcome.unusable = proven && !usable;
    return outcome;
}

static bool is_better(const struct outcome *a, const struct outcome *b)
{
    if (b->entry == NULL || a->state != b->state) {
        return b->entry == NULL || a->state < b->state;
    }
    return a->has_age && (!b->has_age || a->age < b->age);
}

static struct outcome judge_dataset(const struct judging *judging, const struct dataset *dataset,
                                    enum disruption disruption, int64_t rpo_ms)
{
    struct outcome best = {.state = CHECK_FAIL};
    bool has_exposure = false;
    bool only_unusable = true;
    bool all_have_nothing = true;
    bool late = false;
    double exposure = INFINITY;

    for (size_t i = 0; i < dataset->source_count; i++) {
        const struct board_entry *entry = judging->view->entries[dataset->sources[i]];
        struct outcome outcome;

        if ((entry->source->survives & SURVIVES(disruption)) == 0) {
            continue;
        }
        outcome = judge_path(judging, entry, rpo_ms);
        all_have_nothing = all_have_nothing && entry_has_nothing(entry, judging->monotonic_ms);
        late = late || outcome.late;
        /* The age of a copy that cannot be used says something only where there is no other. */
        if (outcome.has_age && (only_unusable || !outcome.unusable)) {
            exposure =
                only_unusable && !outcome.unusable ? outcome.age : fmin(exposure, outcome.age);
            only_unusable = outcome.unusable;
            has_exposure = true;
        }
        if (is_better(&outcome, &best)) {
            best = outcome;
        }
    }
    /* Without any path, or with nothing on any, everything would be lost, and that is known. */
    best.has_exposure = has_exposure || all_have_nothing;
    best.exposure = exposure;
    best.late = late && best.state == CHECK_FAIL;
    return best;
}

static const char *explain_age(const struct judging *judging, const struct outcome *outcome,
                               int64_t rpo_ms)
{
    const char *source = outcome->entry->source->name;
    char age[DURATION_TEXT_BYTES];
    char rpo[DURATION_TEXT_BYTES];

    duration_describe(age, outcome->age);
    duration_format(rpo, rpo_ms);
    if (rpo_ms == 0 && outcome->state == CHECK_PASS) {
        return arena_printf(judging->arena, "%s: no commit is acknowledged before it is safe",
                            source);
    }
    if (rpo_ms == 0 && outcome->zero_loss == ANSWER_NO) {
        return arena_printf(judging->arena,
                            "%s: not proven to hold every acknowledged commit, %s behind, RPO 0s",
                            source, age);
    }
    if (rpo_ms == 0 && outcome->state == CHECK_UNKNOWN) {
        return arena_printf(judging->arena, "%s: cannot tell whether commits wait for it", source);
    }
    return arena_printf(judging->arena,
                        judging->lost_since.known ? "%s: the loss is %s, RPO %s"
                                                  : "%s: %s behind, RPO %s",
                        source, age, rpo);
}

static const char *explain_path(const struct judging *judging, const struct outcome *outcome,
                                const char *dataset, enum disruption disruption, int64_t rpo_ms)
{
    const char *problem;
    const char *text;

    if (!judging->explains) {
        return "";
    }
    if (outcome->entry == NULL) {
        return arena_printf(judging->arena, "%s: no source survives %s", dataset,
                            disruption_name(disruption));
    }
    if (contradicts_loss(judging, outcome->entry)) {
        return arena_printf(judging->arena, "%s: %s: the origin is said to be lost, but answers",
                            dataset, outcome->entry->source->name);
    }
    problem = entry_problem(outcome->entry, judging->monotonic_ms);
    if (entry_has_nothing(outcome->entry, judging->monotonic_ms)) {
        return arena_printf(judging->arena, "%s: %s: nothing to restore: %s", dataset,
                            outcome->entry->source->name,
                            outcome->entry->snapshot->evidence.nothing_to_restore);
    }
    /* After a loss the collection fails because of it, which is not why the copy is no use. */
    if (outcome->unusable ||
        (*problem == '\0' && outcome->entry->snapshot->evidence.unusable != NULL)) {
        problem = outcome->entry->snapshot->evidence.unusable;
    }
    if (outcome->has_age) {
        text = explain_age(judging, outcome, rpo_ms);
    } else {
        text = arena_printf(judging->arena, "%s: no recovery point is known",
                            outcome->entry->source->name);
    }
    if (*problem == '\0') {
        return arena_printf(judging->arena, "%s: %s", dataset, text);
    }
    return arena_printf(judging->arena, "%s: %s; %s", dataset, text, problem);
}

static bool is_worse(const struct outcome *a, int64_t a_rpo_ms, const struct outcome *b,
                     int64_t b_rpo_ms)
{
    if (a->state != b->state) {
        return a->state > b->state;
    }
    if (!a->has_exposure || !b->has_exposure) {
        return !a->has_exposure && b->has_exposure;
    }
    if (isinf(a->exposure) || isinf(b->exposure)) {
        return !isinf(b->exposure);
    }
    /* Compared as shares of the objectives, without dividing by an objective of 0. */
    return a->exposure * (double)b_rpo_ms > b->exposure * (double)a_rpo_ms;
}

static void judge_needs(const struct judging *judging, struct verdict *verdict)
{
    const struct service *service = verdict->service;
    struct outcome worst = {0};
    bool all_known = true;
    bool only_late = true;

    for (size_t i = 0; i < service->need_count; i++) {
        const struct need *need = &service->needs[i];
        const struct dataset *dataset = &judging->view->config->datasets[need->dataset];
        struct limit rpo = service_rpo(service, need, verdict->disruption);
        struct outcome outcome = judge_dataset(judging, dataset, verdict->disruption, rpo.ms);

        all_known = all_known && outcome.has_exposure;
        only_late = only_late && (outcome.late || outcome.state == CHECK_PASS);
        if (outcome.has_exposure) {
            verdict->exposure_seconds = fmax(verdict->exposure_seconds, outcome.exposure);
        }
        if (i == 0 || is_worse(&outcome, rpo.ms, &worst, verdict->rpo.ms)) {
            worst = outcome;
            verdict->rpo = rpo;
            verdict->weakest_dataset = dataset->name;
            verdict->weakest_source = outcome.entry == NULL ? NULL : outcome.entry->source->name;
            verdict->checks[CHECK_RPO].state = outcome.state;
            verdict->checks[CHECK_RPO].reason =
                explain_path(judging, &outcome, dataset->name, verdict->disruption, rpo.ms);
        }
    }
    /* One dataset that is lost for certain decides, whatever the others are. */
    verdict->has_exposure = all_known || isinf(verdict->exposure_seconds);
    verdict->only_late = only_late && verdict->checks[CHECK_RPO].state == CHECK_FAIL;
}

void check_rpo(const struct judging *judging, struct verdict *verdict)
{
    const struct service *service = verdict->service;

    if (service->need_count == 0) {
        return;
    }
    verdict->checks[CHECK_RPO].present = true;
    judge_needs(judging, verdict);
    if (!service_rpo(service, &service->needs[0], verdict->disruption).stated) {
        check_set(verdict, CHECK_RPO, CHECK_UNKNOWN,
                  reason_printf(judging, "tier %s states no RPO for %s", service->tier->name,
                                disruption_name(verdict->disruption)));
    }
}
