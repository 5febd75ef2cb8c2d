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
    bool has_exposure; /* The smallest age of all paths; bounds the loss whichever decides. */
    double exposure;
};

static struct outcome judge_path(const struct judging *judging, const struct board_entry *entry,
                                 int64_t rpo_ms)
{
    bool proven =
        entry_is_up(entry, judging->monotonic_ms) && entry->snapshot->evidence.has_recovery_point;
    struct outcome outcome = {.state = CHECK_UNKNOWN,
                              .entry = entry,
                              .zero_loss = entry_zero_data_loss(entry, judging->monotonic_ms)};

    outcome.has_age =
        entry_recovery_point_age(entry, judging->now, judging->monotonic_ms, &outcome.age);
    if (!outcome.has_age) {
        return outcome;
    }
    if (outcome.zero_loss == ANSWER_YES && proven && entry->snapshot->evidence.unusable == NULL) {
        /* What is not yet safe here was not acknowledged to anybody either. */
        outcome.age = 0;
        outcome.state = CHECK_PASS;
    } else if (outcome.age * 1000 > (double)rpo_ms) {
        outcome.state = CHECK_FAIL;
    } else if (proven && entry->snapshot->evidence.unusable != NULL) {
        outcome.state = CHECK_FAIL;
    } else if (rpo_ms == 0) {
        outcome.state = outcome.zero_loss == ANSWER_NO ? CHECK_FAIL : CHECK_UNKNOWN;
    } else if (proven) {
        outcome.state = CHECK_PASS;
    }
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
    double exposure = INFINITY;

    for (size_t i = 0; i < dataset->source_count; i++) {
        const struct board_entry *entry = judging->view->entries[dataset->sources[i]];
        struct outcome outcome;

        if ((entry->source->survives & SURVIVES(disruption)) == 0) {
            continue;
        }
        outcome = judge_path(judging, entry, rpo_ms);
        if (outcome.has_age) {
            has_exposure = true;
            exposure = fmin(exposure, outcome.age);
        }
        if (is_better(&outcome, &best)) {
            best = outcome;
        }
    }
    /* Without any path everything would be lost, and that is known. */
    best.has_exposure = has_exposure || best.entry == NULL;
    best.exposure = exposure;
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
    return arena_printf(judging->arena, "%s: %s behind, RPO %s", source, age, rpo);
}

static const char *explain(const struct judging *judging, const struct outcome *outcome,
                           const char *dataset, enum disruption disruption, int64_t rpo_ms)
{
    const char *problem;
    const char *text;

    if (outcome->entry == NULL) {
        return arena_printf(judging->arena, "%s: no source survives %s", dataset,
                            disruption_name(disruption));
    }
    problem = entry_problem(outcome->entry, judging->monotonic_ms);
    if (*problem == '\0' && outcome->entry->snapshot->evidence.unusable != NULL) {
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

    for (size_t i = 0; i < service->need_count; i++) {
        const struct need *need = &service->needs[i];
        const struct dataset *dataset = &judging->view->config->datasets[need->dataset];
        struct limit rpo = service_rpo(service, need, verdict->disruption);
        struct outcome outcome = judge_dataset(judging, dataset, verdict->disruption, rpo.ms);

        all_known = all_known && outcome.has_exposure;
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
                explain(judging, &outcome, dataset->name, verdict->disruption, rpo.ms);
        }
    }
    /* One dataset that is lost for certain decides, whatever the others are. */
    verdict->has_exposure = all_known || isinf(verdict->exposure_seconds);
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
                  arena_printf(judging->arena, "tier %s states no RPO for %s", service->tier->name,
                               disruption_name(verdict->disruption)));
    }
}
