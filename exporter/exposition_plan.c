/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as series: objectives and limits are there whatever can be reached. */

#include "exporter/exposition_writer.h"

static double seconds_of(struct limit limit)
{
    return (double)limit.ms / 1000;
}

void plan_write_service_info(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        exposition_sample(exposition, NO_LABELS,
                          (const char *[]){service->name, service->tier->name,
                                           severity_name(service->tier->severity), service->owner,
                                           service->runbook_url},
                          1);
    }
}

void plan_write_dataset_info(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->dataset_count; i++) {
        const struct dataset *dataset = &config->datasets[i];

        exposition_sample(exposition, NO_LABELS,
                          (const char *[]){dataset->name, dataset->strictest->name,
                                           severity_name(dataset->strictest->severity)},
                          1);
    }
}

void plan_write_source_info(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;

    for (size_t i = 0; i < view->entry_count; i++) {
        exposition_sample(exposition, (struct labels){view->entries[i]->labels, 3}, NULL, 1);
    }
}

void plan_write_service_evidence_info(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        for (size_t j = 0; j < service->evidence_count; j++) {
            exposition_sample(exposition, NO_LABELS,
                              (const char *[]){service->name, service->tier->name,
                                               config->sources[service->evidence[j]]->name},
                              1);
        }
    }
}

void plan_write_source_interval(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;

    for (size_t i = 0; i < view->entry_count; i++) {
        exposition_sample(exposition, (struct labels){view->entries[i]->labels, 3}, NULL,
                          (double)view->entries[i]->source->interval_ms / 1000);
    }
}

static void write_objective(struct exposition *exposition, const struct service *service,
                            enum disruption disruption, struct limit objective)
{
    if (objective.stated) {
        exposition_sample(
            exposition, NO_LABELS,
            (const char *[]){service->name, service->tier->name, disruption_name(disruption)},
            seconds_of(objective));
    }
}

void plan_write_service_rto_objective(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
            write_objective(exposition, service, d, service->tier->rto[d]);
        }
    }
}

void plan_write_service_rpo_objective(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
            write_objective(exposition, service, d, service->tier->rpo[d]);
        }
    }
}

struct objectives {
    struct limit rpo[DISRUPTION_COUNT];
};

static void keep_smallest(struct limit *smallest, struct limit limit)
{
    if (limit.stated && (!smallest->stated || limit.ms < smallest->ms)) {
        *smallest = limit;
    }
}

void plan_write_dataset_rpo_objective(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;
    struct objectives *objectives =
        arena_alloc_array(exposition->arena, config->dataset_count, sizeof *objectives);

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        for (size_t j = 0; j < service->need_count; j++) {
            const struct need *need = &service->needs[j];

            for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
                keep_smallest(&objectives[need->dataset].rpo[d], service_rpo(service, need, d));
            }
        }
    }
    for (size_t i = 0; i < config->dataset_count; i++) {
        const struct dataset *dataset = &config->datasets[i];

        for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
            if (objectives[i].rpo[d].stated) {
                exposition_sample(
                    exposition, NO_LABELS,
                    (const char *[]){dataset->name, dataset->strictest->name, disruption_name(d)},
                    seconds_of(objectives[i].rpo[d]));
            }
        }
    }
}

void plan_write_drill_max_age(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        for (enum drill_type drill = 0; drill < DRILL_TYPE_COUNT; drill++) {
            if (service->tier->drill_max_age[drill].stated) {
                exposition_sample(
                    exposition, NO_LABELS,
                    (const char *[]){service->name, service->tier->name, drill_type_names[drill]},
                    seconds_of(service->tier->drill_max_age[drill]));
            }
        }
    }
}

void plan_write_runbook_max_age(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        if (service->tier->runbook_max_age.stated) {
            exposition_sample(exposition, NO_LABELS,
                              (const char *[]){service->name, service->tier->name},
                              seconds_of(service->tier->runbook_max_age));
        }
    }
}

void plan_write_rpo_met_min_ratio(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        exposition_sample(exposition, NO_LABELS,
                          (const char *[]){service->name, service->tier->name},
                          service->tier->rpo_met_min_ratio);
    }
}

void plan_write_capacity_min_ratio(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        if (service->tier->has_capacity_min_ratio) {
            exposition_sample(exposition, NO_LABELS,
                              (const char *[]){service->name, service->tier->name},
                              service->tier->capacity_min_ratio);
        }
    }
}

void plan_write_dns_max_ttl(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        if (service->tier->dns_max_ttl.stated) {
            exposition_sample(exposition, NO_LABELS,
                              (const char *[]){service->name, service->tier->name},
                              seconds_of(service->tier->dns_max_ttl));
        }
    }
}

void plan_write_recovery_window_objective(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        if (service->tier->recovery_window.stated) {
            exposition_sample(exposition, NO_LABELS,
                              (const char *[]){service->name, service->tier->name},
                              seconds_of(service->tier->recovery_window));
        }
    }
}
