/* SPDX-License-Identifier: Apache-2.0 */
/* The sections `exporter` and `tiers`: this process, and the objectives of the services. */

#include <string.h>

#include "exporter/config_reader.h"

const char *const disruption_names[DISRUPTION_COUNT] = {
    [DISRUPTION_ZONE] = "zone",
    [DISRUPTION_REGION] = "region",
    [DISRUPTION_CORRUPTION] = "corruption",
    [DISRUPTION_RANSOMWARE] = "ransomware",
};

const char *const severity_names[SEVERITY_COUNT] = {
    [SEVERITY_CRITICAL] = "critical",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_INFO] = "info",
};

static const struct setting exporter_rows[] = {
    {.key = "observer",
     .type = SETTING_TEXT,
     .offset = offsetof(struct config_defaults, observer),
     .default_text = "",
     .help = "The failure domain that this process runs in, for example `us-west-2`."},
    {.key = "interval",
     .type = SETTING_DURATION,
     .offset = offsetof(struct config_defaults, interval_ms),
     .default_text = "15s",
     .help = "How often a source is measured unless it says otherwise."},
    {.key = "timeout",
     .type = SETTING_DURATION,
     .offset = offsetof(struct config_defaults, timeout_ms),
     .default_text = "5s",
     .help = "How long measuring it once may take unless it says otherwise."},
    {.key = "alert_path",
     .type = SETTING_MAPPING,
     .help = "How Prometheus and Alertmanager are set up for the alerts of the plan, for the time "
             "until a fault is noticed: `{scrape_interval: 15s, evaluation_interval: 15s, for: "
             "30s, group_wait: 10s}`, all four. Without it that time is taken to be 0."},
};
const struct config_table config_exporter_table = {exporter_rows,
                                                   sizeof exporter_rows / sizeof exporter_rows[0]};

static const struct setting tier_rows[] = {
    {.key = "name",
     .type = SETTING_NAME,
     .required = true,
     .help = "How services refer to it. Stricter tiers come first in the list."},
    {.key = "description",
     .type = SETTING_TEXT,
     .offset = offsetof(struct tier, description),
     .default_text = "",
     .help = "For people."},
    {.key = "rto",
     .type = SETTING_MAPPING,
     .help = "Recovery time objective: a duration for the loss of the region, or one for each "
             "disruption that is in scope: `{region: 5m, corruption: 1h}`. The disruptions are "
             "`zone`, `region`, `corruption` and `ransomware`. A tier states `rto`, `rpo` or "
             "both."},
    {.key = "rpo",
     .type = SETTING_MAPPING,
     .help = "Recovery point objective, in the same form: how much of the newest data may be "
             "lost. `0s` means that nothing may be."},
    {.key = "severity",
     .type = SETTING_NAME,
     .default_text = "critical",
     .help = "Of the alerts about this tier: `critical`, `warning` or `info`."},
    {.key = "capacity_min_ratio",
     .type = SETTING_RATIO,
     .offset = offsetof(struct tier, capacity_min_ratio),
     .help = "Capacity that the recovery region must have, as a share of what is used."},
    {.key = "rpo_met_min_ratio",
     .type = SETTING_RATIO,
     .offset = offsetof(struct tier, rpo_met_min_ratio),
     .default_text = "0.999",
     .help = "The share of all time in which the RPO should be met. What is left is the budget of "
             "which DrRpoBudgetBurn warns; no verdict depends on it."},
    {.key = "runbook_max_age",
     .type = SETTING_DURATION,
     .offset = offsetof(struct tier, runbook_max_age.ms),
     .help = "How long ago the runbook may have been validated."},
    {.key = "drill_max_age",
     .type = SETTING_MAPPING,
     .help = "How long ago the last successful drill of each kind may be: `{tabletop: 30d, full: "
             "365d}`. The kinds are `tabletop`, `component`, `restore`, `partial` and `full`."},
    {.key = "strategy",
     .type = SETTING_NAME,
     .help = "How it stands by for the loss of the region: `hot_standby_sync`, "
             "`hot_standby_async`, `warm_standby`, `pilot_light` or `cold_standby`. "
             "`check-config` warns where that cannot meet the objectives; `dr_exporter "
             "objectives` proposes one."},
    {.key = "recovery_window",
     .type = SETTING_DURATION,
     .offset = offsetof(struct tier, recovery_window.ms),
     .help =
         "How long ago the data must still be restorable to, for corruption and ransomware that "
         "are noticed late."},
    {.key = "dns_max_ttl",
     .type = SETTING_DURATION,
     .offset = offsetof(struct tier, dns_max_ttl.ms),
     .help =
         "How long resolvers may keep a DNS record that users follow to the recovery region: the "
         "limit for the TTL that probes in `evidence` find."},
    {.key = "dns_ttl",
     .type = SETTING_PERIOD,
     .help = "Time until clients follow a changed DNS record, added to what drills measured. Where "
             "probes in `evidence` find a larger TTL, that counts."},
    {.key = "scale_out_time",
     .type = SETTING_PERIOD,
     .help = "Time until the recovery region has grown to what is needed, added to what drills "
             "measured; not for `zone`."},
    {.key = "gate_requires",
     .type = SETTING_LIST,
     .help = "Checks that keep the gate closed although a failover could go ahead: of `rto`, "
             "`drill`, `runbook` and `restore`. Without it they only warn."},
};
const struct config_table config_tier_table = {tier_rows, sizeof tier_rows / sizeof tier_rows[0]};

void config_read_exporter(struct config_reader *reader)
{
    struct arena *arena = reader->config->arena;
    struct setting_loader loader = {arena, &reader->report, "\"exporter\"", false};
    struct setting_section section = {exporter_rows, config_exporter_table.count,
                                      &reader->defaults};
    struct yaml_value first = {NULL, NULL};

    settings_load(&loader, first, &section, 1);
    for (size_t i = 0; i < reader->file_count; i++) {
        struct yaml_value exporter = yaml_lookup(yaml_root(reader->files[i]), "exporter");

        if (exporter.node == NULL) {
            continue;
        }
        if (first.node != NULL) {
            yaml_report_value(&reader->report, exporter,
                              "\"exporter\" stands in %s already; keep it in one file",
                              first.file->name);
            continue;
        }
        first = exporter;
        settings_load(&loader, exporter, &section, 1);
        config_read_alert_path(&loader, yaml_lookup(exporter, "alert_path"),
                               &reader->config->alert_path);
    }
    reader->config->observer = reader->defaults.observer;
}

/* `{region: 5m, corruption: 1h}`: one limit for each word that is there. */
static void read_limits(const struct setting_loader *loader, const char *key,
                        struct yaml_value mapping, const char *kind, const char *const *words,
                        size_t count, bool zero_allowed, struct limit *limits)
{
    if (yaml_length(mapping) == 0) {
        yaml_report_value(loader->report, mapping,
                          "key \"%s\" in %s is empty; name at least one %s, or remove the key", key,
                          loader->owner, kind);
    }
    for (size_t i = 0; i < yaml_length(mapping); i++) {
        struct yaml_value place = yaml_pair_key(mapping, i);
        struct config_name word = {yaml_text(place) == NULL ? "" : yaml_text(place), place};
        size_t index = config_find_word(loader, kind, word, words, count);

        if (index < count) {
            limits[index].stated = setting_duration(loader, key, yaml_pair_value(mapping, i),
                                                    zero_allowed, &limits[index].ms);
        }
    }
}

/* `rto` or `rpo`: a scalar is the objective for the loss of a region. */
static void read_objective(const struct setting_loader *loader, const char *key,
                           struct yaml_value value, bool zero_allowed, struct limit *limits)
{
    if (yaml_is_mapping(value)) {
        read_limits(loader, key, value, "disruption", disruption_names, DISRUPTION_COUNT,
                    zero_allowed, limits);
    } else if (value.node != NULL) {
        struct limit *region = &limits[DISRUPTION_REGION];

        region->stated = setting_duration(loader, key, value, zero_allowed, &region->ms);
    }
}

static void read_scope(const struct setting_loader *loader, struct yaml_value entry,
                       struct tier *tier)
{
    struct yaml_value rto = yaml_lookup(entry, "rto");
    struct yaml_value rpo = yaml_lookup(entry, "rpo");

    read_objective(loader, "rto", rto, false, tier->rto);
    read_objective(loader, "rpo", rpo, true, tier->rpo);
    for (size_t i = 0; i < DISRUPTION_COUNT; i++) {
        tier->in_scope[i] = tier->rto[i].stated || tier->rpo[i].stated;
    }
    if (yaml_is_mapping(entry) && rto.node == NULL && rpo.node == NULL) {
        yaml_report_value(loader->report, entry,
                          "%s states neither \"rto\" nor \"rpo\"; add one, for example rpo: 30s",
                          loader->owner);
    }
}

static void read_severity(const struct setting_loader *loader, struct yaml_value value,
                          struct tier *tier)
{
    struct config_name word = {NULL, value};

    if (value.node != NULL) {
        word.text = setting_name(loader, "severity", value);
    }
    if (word.text != NULL) {
        tier->severity = (enum severity)config_find_word(loader, "severity", word, severity_names,
                                                         SEVERITY_COUNT);
    }
}

static void read_drill_ages(const struct setting_loader *loader, struct yaml_value value,
                            struct tier *tier)
{
    if (value.node == NULL) {
        return;
    }
    if (!yaml_is_mapping(value)) {
        yaml_report_value(loader->report, value,
                          "key \"drill_max_age\" in %s must be a mapping, not %s; write for "
                          "example {full: 365d}",
                          loader->owner, yaml_kind(value));
        return;
    }
    read_limits(loader, "drill_max_age", value, "drill", drill_type_names, DRILL_TYPE_COUNT, false,
                tier->drill_max_age);
}

/* A budget of nothing would always burn for ever, and one of everything never. */
static void check_rpo_met_min_ratio(const struct setting_loader *loader, struct yaml_value value,
                                    const struct tier *tier)
{
    if (value.node != NULL && !(tier->rpo_met_min_ratio > 0 && tier->rpo_met_min_ratio < 1)) {
        yaml_report_value(loader->report, value,
                          "key \"rpo_met_min_ratio\" in %s is to be more than 0 and less than 1; "
                          "write for example 0.999",
                          loader->owner);
    }
}

static void read_strategy(const struct setting_loader *loader, struct yaml_value value,
                          struct tier *tier)
{
    struct config_name word = {NULL, value};

    tier->strategy = STRATEGY_NONE;
    if (value.node != NULL) {
        word.text = setting_name(loader, "strategy", value);
    }
    if (word.text != NULL) {
        tier->strategy = (enum strategy)config_find_word(loader, "strategy", word, strategy_names,
                                                         STRATEGY_COUNT);
    }
}

static void read_tier(struct config_reader *reader, struct yaml_value entry, size_t i)
{
    struct arena *arena = reader->config->arena;
    struct setting_loader loader = config_loader(reader, arena, "tier", entry, i);
    struct tier *tier = &reader->config->tiers[i];
    struct setting_section section = {tier_rows, config_tier_table.count, tier};

    tier->name = config_entry_name(&loader, entry);
    settings_load(&loader, entry, &section, 1);
    read_scope(&loader, entry, tier);
    read_severity(&loader, yaml_lookup(entry, "severity"), tier);
    read_strategy(&loader, yaml_lookup(entry, "strategy"), tier);
    read_drill_ages(&loader, yaml_lookup(entry, "drill_max_age"), tier);
    config_read_recovery_terms(&loader, entry, &tier->recovery_terms);
    config_read_gate_requires(&loader, yaml_lookup(entry, "gate_requires"), tier);
    tier->runbook_max_age.stated = tier->runbook_max_age.ms > 0;
    tier->recovery_window.stated = tier->recovery_window.ms > 0;
    tier->dns_max_ttl.stated = tier->dns_max_ttl.ms > 0;
    check_rpo_met_min_ratio(&loader, yaml_lookup(entry, "rpo_met_min_ratio"), tier);
    tier->has_capacity_min_ratio = yaml_lookup(entry, "capacity_min_ratio").node != NULL;
}

void config_read_tiers(struct config_reader *reader)
{
    struct config *config = reader->config;
    size_t count;

    reader->tier_places = config_section(reader, "tiers", &count);
    config->tiers = arena_alloc_array(config->arena, count + 1, sizeof *config->tiers);
    config->tier_count = count;
    for (size_t i = 0; i < count; i++) {
        read_tier(reader, reader->tier_places[i], i);
        for (size_t j = 0; j < i; j++) {
            if (*config->tiers[i].name != '\0' &&
                strcmp(config->tiers[i].name, config->tiers[j].name) == 0) {
                config_report_duplicate(reader, "tier", config->tiers[i].name,
                                        reader->tier_places[i], reader->tier_places[j]);
                break;
            }
        }
    }
}
