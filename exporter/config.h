/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: tiers, services, datasets and sources, as the configuration file states them.
 *
 * A loaded configuration is immutable, but for `sources`: a reload puts the unchanged ones of the
 * running configuration in the place of its own (crew.h). */

#ifndef EXPORTER_CONFIG_H
#define EXPORTER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "exporter/evidence.h"
#include "exporter/source.h"
#include "exporter/strategy.h"

enum severity { SEVERITY_CRITICAL, SEVERITY_WARNING, SEVERITY_INFO, SEVERITY_COUNT };

/* A limit that the plan may leave open. */
struct limit {
    bool stated;
    int64_t ms;
};

/* What the plan says of the time to recover that no drill shows; those that it does not state are
 * 0. */
struct recovery_terms {
    struct limit dns_ttl;
    struct limit scale_out_time;
};

struct tier {
    const char *name;
    const char *description; /* "" when absent, as every optional text below. */
    enum severity severity;
    bool in_scope[DISRUPTION_COUNT]; /* Those that `rto` or `rpo` name; a scalar means region. */
    struct limit rto[DISRUPTION_COUNT];
    struct limit rpo[DISRUPTION_COUNT];
    struct limit runbook_max_age;
    struct limit drill_max_age[DRILL_TYPE_COUNT];
    struct limit recovery_window;
    struct limit dns_max_ttl;
    bool has_capacity_min_ratio;
    double capacity_min_ratio;
    double rpo_met_min_ratio; /* Of all time; more than 0 and less than 1. */
    enum strategy strategy;   /* For the loss of the region. */
    struct recovery_terms recovery_terms;
    bool gate_requires[CHECK_KIND_COUNT]; /* Beside what the gate always requires. */
};

/* Until an instant (as others write it down) the gate takes more loss than the RPO allows. */
struct accepted_loss {
    const char *reason; /* NULL: none. */
    double until;
};

/* A service needs a dataset, perhaps with another RPO than its tier's. */
struct need {
    size_t dataset; /* Index into config.datasets. */
    struct limit rpo;
};

struct service {
    const char *name;
    const struct tier *tier;
    const char *owner;
    const char *runbook_url;
    struct need *needs;
    size_t need_count;
    size_t *evidence; /* Indices into config.sources. */
    size_t evidence_count;
    size_t *depends_on; /* Indices into config.services. */
    size_t depends_on_count;
    struct recovery_terms recovery_terms; /* Its own, or those of its tier. */
    struct accepted_loss accepted_loss;
};

struct dataset {
    const char *name;
    const struct tier *strictest; /* Of the services that need it: the first in the list. */
    size_t *sources;              /* Indices into config.sources. */
    size_t source_count;
};

struct config {
    struct arena *arena;
    const char *path;
    const char *observer; /* "" when absent. */
    /* From when the exporter shows a fault to when somebody is told: `alert_path` as a whole. */
    struct limit alert_path;
    struct tier *tiers;
    size_t tier_count;
    struct service *services; /* In the order of the file. */
    size_t service_count;
    size_t *service_order; /* Indices, dependencies before the services that depend on them. */
    size_t *service_names; /* Indices, by name. */
    struct dataset *datasets;
    size_t dataset_count;
    struct source **sources;
    size_t source_count;
    bool sources_adopted; /* A crew of workers owns them now; the configuration did before. */
    char **warnings;      /* What this plan cannot meet, with the arithmetic. */
    size_t warning_count;
};

/* Loads `path` and what it includes. On failure NULL; *ret_report is then all errors, one a line,
 * `file:line:column: what is wrong; what would be right`, to be freed by the caller. */
struct config *config_load(const char *path, char **ret_report);

/* The same from memory, without includes; for tests and fuzzing. `name` stands for the file. */
struct config *config_load_text(const char *text, size_t length, const char *name,
                                char **ret_report);

void config_free(struct config *config);

/* The objective that holds for a need: its own RPO for every disruption in scope of which its
 * tier states one, else the tier's. */
struct limit service_rpo(const struct service *service, const struct need *need,
                         enum disruption disruption);

/* The index of the service of that name; service_count if the plan has none. */
size_t config_find_service(const struct config *config, const char *name);

const char *disruption_name(enum disruption disruption);
const char *severity_name(enum severity severity);

/* Writes the reference of the file format and of every collector's settings as Markdown; only
 * the collector `name` unless NULL. False if there is no such collector. */
bool config_print_settings(FILE *out, const char *name);

#endif
