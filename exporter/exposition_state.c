/* SPDX-License-Identifier: Apache-2.0 */
/* Health of the sources, their evidence, and the verdicts as series. */

#include <string.h>

#include "exporter/exposition_writer.h"

static struct labels labels_of(const struct board_entry *entry)
{
    return (struct labels){entry->labels, 3};
}

void source_write_up(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;

    for (size_t i = 0; i < view->entry_count; i++) {
        exposition_sample(exposition, labels_of(view->entries[i]), NULL,
                          entry_is_up(view->entries[i], exposition->monotonic_ms));
    }
}

void source_write_last_success(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;

    for (size_t i = 0; i < view->entry_count; i++) {
        if (view->entries[i]->last_success > 0) {
            exposition_instant(exposition, labels_of(view->entries[i]), NULL,
                               view->entries[i]->last_success);
        }
    }
}

void source_write_last_duration(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;

    for (size_t i = 0; i < view->entry_count; i++) {
        if (view->entries[i]->snapshot != NULL) {
            exposition_seconds(exposition, labels_of(view->entries[i]), NULL,
                               view->entries[i]->snapshot->duration_seconds);
        }
    }
}

void source_write_collections(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;

    for (size_t i = 0; i < view->entry_count; i++) {
        exposition_sample(exposition, labels_of(view->entries[i]), NULL,
                          (double)view->entries[i]->collections);
    }
}

void source_write_failures(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;

    for (size_t i = 0; i < view->entry_count; i++) {
        for (enum error_kind kind = ERROR_NONE + 1; kind < ERROR_KIND_COUNT; kind++) {
            exposition_sample(exposition, labels_of(view->entries[i]),
                              (const char *[]){error_kind_name(kind)},
                              (double)view->entries[i]->failures[kind]);
        }
    }
}

void source_write_samples_dropped(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;

    for (size_t i = 0; i < view->entry_count; i++) {
        if (view->entries[i]->snapshot != NULL) {
            exposition_sample(exposition, labels_of(view->entries[i]), NULL,
                              (double)view->entries[i]->snapshot->samples_dropped);
        }
    }
}

void source_write_recovery_point(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;

    for (size_t i = 0; i < view->entry_count; i++) {
        const struct tier *tier = exposition->dataset_tiers[i];

        if (tier != NULL && view->entries[i]->has_recovery_point) {
            exposition_instant(exposition, labels_of(view->entries[i]),
                               (const char *[]){tier->name}, view->entries[i]->recovery_point);
        }
    }
}

void source_write_recovery_point_age(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;

    for (size_t i = 0; i < view->entry_count; i++) {
        const struct tier *tier = exposition->dataset_tiers[i];
        double age;

        if (tier != NULL && entry_recovery_point_age(view->entries[i], exposition->now,
                                                     exposition->monotonic_ms, &age)) {
            exposition_seconds(exposition, labels_of(view->entries[i]),
                               (const char *[]){tier->name}, age);
        }
    }
}

void source_write_zero_data_loss(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;

    for (size_t i = 0; i < view->entry_count; i++) {
        const struct tier *tier = exposition->dataset_tiers[i];
        enum answer answer = entry_zero_data_loss(view->entries[i], exposition->monotonic_ms);

        if (tier != NULL && answer != ANSWER_UNKNOWN) {
            exposition_sample(exposition, labels_of(view->entries[i]), (const char *[]){tier->name},
                              answer == ANSWER_YES);
        }
    }
}

void service_write_restore_test(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];
        const struct drill_evidence *drill = exposition->drills[i].of[DRILL_RESTORE].success;

        if (drill != NULL) {
            exposition_sample(exposition, NO_LABELS,
                              (const char *[]){service->name, service->tier->name},
                              drill->last_success.value);
        }
    }
}

void service_write_restore_test_duration(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];
        const struct drill_evidence *drill = exposition->drills[i].of[DRILL_RESTORE].success;

        if (drill != NULL && drill->recovery_seconds.known) {
            exposition_seconds(exposition, NO_LABELS,
                               (const char *[]){service->name, service->tier->name},
                               drill->recovery_seconds.value);
        }
    }
}

void verdict_write_exposure(struct exposition *exposition)
{
    for (size_t i = 0; i < exposition->verdict_count; i++) {
        if (exposition->verdicts[i].has_exposure) {
            exposition_seconds(exposition, exposition->verdict_labels[i], NULL,
                               exposition->verdicts[i].exposure_seconds);
        }
    }
}

void verdict_write_weakest(struct exposition *exposition)
{
    for (size_t i = 0; i < exposition->verdict_count; i++) {
        const struct verdict *verdict = &exposition->verdicts[i];

        if (verdict->weakest_dataset != NULL) {
            const char *source = verdict->weakest_source == NULL ? "" : verdict->weakest_source;

            exposition_sample(exposition, exposition->verdict_labels[i],
                              (const char *[]){verdict->weakest_dataset, source}, 1);
        }
    }
}

void verdict_write_rto_component(struct exposition *exposition)
{
    for (size_t i = 0; i < exposition->verdict_count; i++) {
        for (enum rto_component component = 0; component < RTO_COMPONENT_COUNT; component++) {
            const struct reading *seconds = &exposition->verdicts[i].rto.components[component];

            if (seconds->known) {
                exposition_seconds(exposition, exposition->verdict_labels[i],
                                   (const char *[]){rto_component_names[component]},
                                   seconds->value);
            }
        }
    }
}

void verdict_write_rto_estimate(struct exposition *exposition)
{
    for (size_t i = 0; i < exposition->verdict_count; i++) {
        const struct reading *seconds = &exposition->verdicts[i].rto.total_seconds;

        if (seconds->known) {
            exposition_seconds(exposition, exposition->verdict_labels[i], NULL, seconds->value);
        }
    }
}

void verdict_write_recovery_window_oldest(struct exposition *exposition)
{
    for (size_t i = 0; i < exposition->verdict_count; i++) {
        const struct verdict *verdict = &exposition->verdicts[i];

        if (verdict->oldest_restorable.known) {
            exposition_instant(exposition, exposition->verdict_labels[i], NULL,
                               verdict->oldest_restorable.value);
        }
    }
}

void verdict_write_checks(struct exposition *exposition)
{
    static const enum check_state states[] = {CHECK_PASS, CHECK_FAIL, CHECK_UNKNOWN};

    for (size_t i = 0; i < exposition->verdict_count; i++) {
        for (enum check_kind kind = 0; kind < CHECK_KIND_COUNT; kind++) {
            const struct check *check = &exposition->verdicts[i].checks[kind];

            for (size_t j = 0; check->present && j < sizeof states / sizeof states[0]; j++) {
                exposition_sample(
                    exposition, exposition->verdict_labels[i],
                    (const char *[]){check_kind_name(kind), check_state_name(states[j])},
                    check->state == states[j]);
            }
        }
    }
}

void verdict_write_ready(struct exposition *exposition)
{
    for (size_t i = 0; i < exposition->verdict_count; i++) {
        exposition_sample(exposition, exposition->verdict_labels[i], NULL,
                          exposition->verdicts[i].state == CHECK_PASS);
    }
}

/* Accounts were made for exactly these verdicts, so nearly always in the same order. */
static const struct account *account_of(const struct exposition *exposition, size_t i)
{
    const struct accounting *accounting = exposition->view->accounting;
    const struct verdict *verdict = &exposition->verdicts[i];

    if (i < accounting->count && accounting->accounts[i].disruption == verdict->disruption &&
        strcmp(accounting->accounts[i].service, verdict->service->name) == 0) {
        return &accounting->accounts[i];
    }
    return accounting_find(accounting, verdict->service->name, verdict->disruption);
}

static void write_seconds_at(struct exposition *exposition, size_t offset)
{
    for (size_t i = 0; i < exposition->verdict_count; i++) {
        const struct account *account = account_of(exposition, i);

        if (account != NULL) {
            const uint64_t *seconds = (const void *)((const char *)account + offset);

            exposition_sample(exposition, exposition->verdict_labels[i], NULL, (double)*seconds);
        }
    }
}

void verdict_write_rpo_met(struct exposition *exposition)
{
    write_seconds_at(exposition, offsetof(struct account, met_seconds));
}

void verdict_write_rpo_missed(struct exposition *exposition)
{
    write_seconds_at(exposition, offsetof(struct account, missed_seconds));
}

void verdict_write_rpo_unknown(struct exposition *exposition)
{
    write_seconds_at(exposition, offsetof(struct account, unknown_seconds));
}

void verdict_write_distribution(struct exposition *exposition)
{
    for (size_t i = 0; i < exposition->verdict_count; i++) {
        const struct account *account = account_of(exposition, i);

        if (account != NULL) {
            exposition_histogram(exposition, exposition->verdict_labels[i], account);
        }
    }
}
