/* SPDX-License-Identifier: Apache-2.0 */
/* What the plan says of the time to recover, beside its objectives. */

#include "exporter/config_reader.h"
#include "exporter/duration.h"
#include "exporter/rto_estimate.h"

enum { SCRAPE_INTERVAL, EVALUATION_INTERVAL, FOR, GROUP_WAIT, STEP_COUNT };

static const struct setting alert_path_rows[STEP_COUNT] = {
    [SCRAPE_INTERVAL] = {.key = "scrape_interval",
                         .type = SETTING_PERIOD,
                         .required = true,
                         .help = "Of Prometheus, for this exporter."},
    [EVALUATION_INTERVAL] = {.key = "evaluation_interval",
                             .type = SETTING_PERIOD,
                             .required = true,
                             .help = "Of the groups of rules."},
    [FOR] = {.key = "for",
             .type = SETTING_PERIOD,
             .required = true,
             .help = "Of the rule that tells of the fault."},
    [GROUP_WAIT] = {.key = "group_wait",
                    .type = SETTING_PERIOD,
                    .required = true,
                    .help = "Of the route in Alertmanager."},
};

/* A rule fires at the first evaluation at which its condition has held for `for`. */
static int64_t round_up(int64_t ms, int64_t step_ms)
{
    return step_ms == 0 || ms % step_ms == 0 ? ms : (ms / step_ms + 1) * step_ms;
}

void config_read_alert_path(const struct setting_loader *loader, struct yaml_value mapping,
                            struct limit *ret_total)
{
    struct setting_loader inner = *loader;
    struct setting_section section = {alert_path_rows, STEP_COUNT, NULL};
    int64_t steps_ms[STEP_COUNT] = {0};
    bool good = true;

    if (mapping.node == NULL) {
        return;
    }
    inner.owner = arena_printf(loader->arena, "\"alert_path\" of %s", loader->owner);
    settings_load(&inner, mapping, &section, 1);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        struct yaml_value value = yaml_lookup(mapping, alert_path_rows[i].key);
        bool zero_allowed = i == FOR || i == GROUP_WAIT;

        good =
            value.node != NULL &&
            setting_duration(&inner, alert_path_rows[i].key, value, zero_allowed, &steps_ms[i]) &&
            good;
    }
    if (good) {
        ret_total->stated = true;
        ret_total->ms = steps_ms[SCRAPE_INTERVAL] + steps_ms[EVALUATION_INTERVAL] +
                        round_up(steps_ms[FOR], steps_ms[EVALUATION_INTERVAL]) +
                        steps_ms[GROUP_WAIT];
    }
}

static void read_term(const struct setting_loader *loader, const char *key, struct yaml_value entry,
                      struct limit *term)
{
    struct yaml_value value = yaml_lookup(entry, key);
    int64_t ms;

    if (value.node != NULL && setting_duration(loader, key, value, true, &ms)) {
        *term = (struct limit){.stated = true, .ms = ms};
    }
}

void config_read_recovery_terms(const struct setting_loader *loader, struct yaml_value entry,
                                struct recovery_terms *terms)
{
    read_term(loader, "dns_ttl", entry, &terms->dns_ttl);
    read_term(loader, "scale_out_time", entry, &terms->scale_out_time);
}

static void check_service(struct config *config, const struct service *service,
                          enum disruption disruption)
{
    const struct limit *rto = &service->tier->rto[disruption];
    struct rto_estimate estimate;
    double seconds;
    char known[DURATION_TEXT_BYTES];
    char objective[DURATION_TEXT_BYTES];

    rto_estimate_begin(config, service, disruption, &estimate);
    seconds = rto_estimate_own_seconds(&estimate);
    if (!rto->stated || seconds * 1000 < (double)rto->ms) {
        return;
    }
    duration_describe(known, seconds);
    duration_format(objective, rto->ms);
    config_warn(config,
                arena_printf(config->arena,
                             "service \"%s\": %s pass before any recovery begins (%s), and its RTO "
                             "for %s is %s; shorten them, or accept another RTO",
                             service->name, known, rto_estimate_describe(config->arena, &estimate),
                             disruption_name(disruption), objective));
}

void config_check_recovery(struct config *config)
{
    for (size_t i = 0; i < config->service_count; i++) {
        for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
            check_service(config, &config->services[i], d);
        }
    }
}
