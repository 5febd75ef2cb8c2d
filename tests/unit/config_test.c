/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of plans that are right: what is loaded, from which files, and the warnings. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/cleanup.h"
#include "exporter/config.h"
#include "tests/unit/example_collectors.h"

static const char full_plan[] =
    "exporter:\n"
    "  observer: us-west-2\n"
    "  interval: 10s\n"
    "tiers:\n"
    "  - name: \"0\"\n"
    "    description: Checkout and payments\n"
    "    rto: 60s\n"
    "    rpo: 0s\n"
    "    severity: warning\n"
    "    capacity_min_ratio: 1.0\n"
    "    runbook_max_age: 90d\n"
    "    drill_max_age: {tabletop: 30d, full: 365d}\n"
    "  - name: 1\n"
    "    recovery_window: 7d\n"
    "    dns_max_ttl: 1m\n"
    "    drill_max_age: {restore: 90d}\n"
    "    rto: {region: 5m, corruption: 1h}\n"
    "    rpo: {region: 30s, corruption: 15m}\n"
    "services:\n"
    "  - name: checkout\n"
    "    tier: 0\n"
    "    owner: payments\n"
    "    runbook_url: https://runbooks.example.com/checkout\n"
    "    datasets: [orders, {name: sessions, rpo: 5m}]\n"
    "    evidence: [west-backup]\n"
    "    depends_on: [auth]\n"
    "  - {name: auth, tier: \"1\", datasets: [sessions]}\n"
    "sources:\n"
    "  - name: orders-west\n"
    "    collector: replica\n"
    "    dataset: orders\n"
    "    survives: [zone, ransomware]\n"
    "    interval: 1s\n"
    "    timeout: 2s\n"
    "    dsn: host=west\n"
    "  - {name: sessions-west, collector: replica, dataset: sessions, dsn: host=west}\n"
    "  - {name: west-backup, collector: backup}\n";

static struct config *load(const char *text)
{
    CLEANUP(free_text) char *report = NULL;
    struct config *config = config_load_text(text, strlen(text), "dr.yml", &report);

    if (config == NULL) {
        print_error("%s", report);
    }
    assert_non_null(config);
    assert_null(report);
    return config;
}

static void free_config(struct config **config)
{
    config_free(*config);
}

static void assert_limit(const struct limit *limit, int64_t ms)
{
    assert_true(limit->stated);
    assert_int_equal(limit->ms, ms);
}

static void loads_tiers(void **state)
{
    CLEANUP(free_config) struct config *config = load(full_plan);
    const struct tier *strict = &config->tiers[0];
    const struct tier *lax = &config->tiers[1];

    (void)state;
    assert_string_equal(config->observer, "us-west-2");
    assert_int_equal(config->tier_count, 2);
    assert_string_equal(strict->name, "0");
    assert_string_equal(strict->description, "Checkout and payments");
    assert_int_equal(strict->severity, SEVERITY_WARNING);
    assert_limit(&strict->rto[DISRUPTION_REGION], 60000);
    assert_limit(&strict->rpo[DISRUPTION_REGION], 0);
    assert_false(strict->rto[DISRUPTION_ZONE].stated || strict->in_scope[DISRUPTION_ZONE]);
    assert_true(strict->in_scope[DISRUPTION_REGION]);
    assert_true(strict->has_capacity_min_ratio && strict->capacity_min_ratio == 1.0);
    assert_limit(&strict->runbook_max_age, 90LL * 86400000);
    assert_limit(&strict->drill_max_age[DRILL_TABLETOP], 30LL * 86400000);
    assert_limit(&strict->drill_max_age[DRILL_FULL], 365LL * 86400000);
    assert_false(strict->drill_max_age[DRILL_PARTIAL].stated);
    assert_string_equal(lax->name, "1");
    assert_string_equal(lax->description, "");
    assert_int_equal(lax->severity, SEVERITY_CRITICAL);
    assert_limit(&lax->rto[DISRUPTION_CORRUPTION], 3600000);
    assert_limit(&lax->rpo[DISRUPTION_CORRUPTION], 900000);
    assert_true(lax->in_scope[DISRUPTION_CORRUPTION] && lax->in_scope[DISRUPTION_REGION]);
    assert_false(lax->in_scope[DISRUPTION_ZONE] || lax->in_scope[DISRUPTION_RANSOMWARE]);
    assert_false(lax->has_capacity_min_ratio || lax->runbook_max_age.stated);
    assert_limit(&lax->recovery_window, 7LL * 86400000);
    assert_limit(&lax->dns_max_ttl, 60000);
    assert_limit(&lax->drill_max_age[DRILL_RESTORE], 90LL * 86400000);
    assert_false(strict->recovery_window.stated);
    assert_false(strict->dns_max_ttl.stated);
}

static void loads_services_and_datasets(void **state)
{
    CLEANUP(free_config) struct config *config = load(full_plan);
    const struct service *checkout = &config->services[0];
    const struct service *auth = &config->services[1];
    struct limit rpo;

    (void)state;
    assert_int_equal(config->service_count, 2);
    assert_string_equal(checkout->name, "checkout");
    assert_ptr_equal(checkout->tier, &config->tiers[0]);
    assert_string_equal(checkout->owner, "payments");
    assert_string_equal(checkout->runbook_url, "https://runbooks.example.com/checkout");
    assert_int_equal(checkout->need_count, 2);
    assert_int_equal(checkout->evidence_count, 1);
    assert_int_equal(checkout->evidence[0], 2);
    assert_int_equal(checkout->depends_on_count, 1);
    assert_int_equal(checkout->depends_on[0], 1);
    assert_string_equal(auth->owner, "");
    assert_int_equal(auth->evidence_count + auth->depends_on_count, 0);
    assert_int_equal(config->service_order[0], 1);
    assert_int_equal(config->service_order[1], 0);
    rpo = service_rpo(checkout, &checkout->needs[0], DISRUPTION_REGION);
    assert_limit(&rpo, 0);
    rpo = service_rpo(checkout, &checkout->needs[1], DISRUPTION_REGION);
    assert_limit(&rpo, 300000);
    assert_false(service_rpo(checkout, &checkout->needs[1], DISRUPTION_ZONE).stated);
    assert_int_equal(config->dataset_count, 2);
    assert_string_equal(config->datasets[0].name, "orders");
    assert_ptr_equal(config->datasets[0].strictest, &config->tiers[0]);
    assert_string_equal(config->datasets[1].name, "sessions");
    /* The first tier in the list, though the other one accepts less loss of this dataset. */
    assert_ptr_equal(config->datasets[1].strictest, &config->tiers[0]);
    assert_int_equal(config->datasets[1].source_count, 1);
    assert_int_equal(config->datasets[1].sources[0], 1);
}

static void loads_sources(void **state)
{
    CLEANUP(free_config) struct config *config = load(full_plan);
    const struct source *orders = config->sources[0];
    const struct source *sessions = config->sources[1];
    const struct source *backup = config->sources[2];
    const struct replica_settings *settings = orders->settings;

    (void)state;
    assert_int_equal(config->source_count, 3);
    assert_string_equal(orders->name, "orders-west");
    assert_ptr_equal(orders->collector, &replica_collector);
    assert_string_equal(orders->dataset, "orders");
    assert_int_equal(orders->survives, SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_RANSOMWARE));
    assert_int_equal(orders->interval_ms, 1000);
    assert_int_equal(orders->timeout_ms, 2000);
    assert_string_equal(settings->dsn, "host=west");
    assert_int_equal(settings->slots, 3);
    assert_int_equal(sessions->survives, SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION));
    assert_int_equal(sessions->interval_ms, 10000);
    assert_int_equal(sessions->timeout_ms, 5000);
    assert_null(backup->dataset);
    assert_int_equal(backup->survives,
                     SURVIVES(DISRUPTION_REGION) | SURVIVES(DISRUPTION_CORRUPTION));
}

/* Sources move from one configuration to another and outlive the first. */
static void frees_sources_one_by_one(void **state)
{
    struct config *config = load(full_plan);
    struct source *source = config->sources[0];

    (void)state;
    config->sources[0] = NULL;
    config_free(config);
    assert_string_equal(source->name, "orders-west");
    source_free(source);
    source_free(NULL);
    config_free(NULL);
}

#define PLAN(tiers, services, sources)                                                             \
    "tiers: [" tiers "]\nservices: [" services "]\nsources: [" sources "]\n"
#define SHOP "{name: shop, tier: a, datasets: [orders]}"
#define WEST "{name: west, collector: replica, dataset: orders, dsn: x, "

struct warning_case {
    const char *text;
    const char *warning; /* The only one; NULL: none. */
};

static void check_warnings(const struct warning_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP(free_config) struct config *config = load(cases[i].text);

        assert_int_equal(config->warning_count, cases[i].warning != NULL);
        if (cases[i].warning != NULL) {
            assert_string_equal(config->warnings[0], cases[i].warning);
        }
    }
}

static void warns_of_what_cannot_be_met(void **state)
{
    static const struct warning_case cases[] = {
        {PLAN("{name: a, rpo: 30s}", SHOP, WEST "interval: 15s}"), NULL},
        {PLAN("{name: a, rpo: 30s}", SHOP, WEST "interval: 16s}"),
         "source \"west\": interval 16s is more than half of the RPO 30s that service \"shop\" has "
         "for dataset \"orders\" (region); write interval: 15s or less"},
        {PLAN("{name: a, rpo: 30s}", SHOP,
              WEST "interval: 16s}, {name: b, collector: backup, dataset: orders, interval: 5s}"),
         NULL},
        {PLAN("{name: a, rpo: 0s}", SHOP, WEST "interval: 5s}"), NULL},
        {PLAN("{name: a, rpo: 0s}", SHOP, WEST "interval: 15s}"),
         "source \"west\": with interval 15s the end of synchronous commits may go unnoticed for "
         "twice that, and service \"shop\" has an RPO of 0s for dataset \"orders\" (region); "
         "write interval: 1s"},
        {PLAN("{name: a, rpo: 0s}", SHOP, "{name: b, collector: backup, dataset: orders}"),
         "service \"shop\": RPO 0s for region, but no source of dataset \"orders\" that survives "
         "it can prove that no commit is lost (\"b\" is of collector backup); add one that can, or "
         "accept another RPO: {name: orders, rpo: 5m}"},
        {PLAN("{name: a, rpo: {region: 1m, corruption: 1h}, drill_max_age: {restore: 90d}}", SHOP,
              WEST "interval: 5s}"),
         "service \"shop\": no source of dataset \"orders\" survives corruption, so its exposure "
         "has no bound against an RPO of 1h; add a source that survives it"},
        {PLAN("{name: a, rto: {zone: 5m}, rpo: 1m}", SHOP, WEST "interval: 5s}"),
         "service \"shop\": tier \"a\" states an RTO but no RPO for zone, so the check rpo stays "
         "unknown; add rpo: {zone: …} to the tier"},
        {PLAN("{name: a, rpo: {zone: 1m, region: 1m}}, {name: b, rpo: 1m}",
              "{name: shop, tier: a, datasets: [orders], depends_on: [auth]}, "
              "{name: auth, tier: b, datasets: [orders]}",
              WEST "interval: 5s}"),
         "service \"shop\" depends on service \"auth\", whose tier \"b\" has no objective for "
         "zone, so the check dependency stays unknown; add one to that tier"},
        {PLAN("{name: a, rpo: 1m}", SHOP, WEST "interval: 1s, timeout: 2s}"), NULL},
        {PLAN("{name: a, rpo: 1m}", SHOP, WEST "interval: 1s, timeout: 2001ms}"),
         "source \"west\": timeout 2s1ms is more than twice its interval 1s, so a source that "
         "hangs is noticed late; write timeout: 2s or less"},
    };

    (void)state;
    check_warnings(cases, sizeof cases / sizeof cases[0]);
}

static void warns_of_restores_that_nobody_tests(void **state)
{
    static const struct warning_case cases[] = {
        {PLAN("{name: a, rpo: {region: 1m, corruption: 1h}, recovery_window: 7d}", SHOP,
              "{name: b, collector: backup, dataset: orders}"),
         "tier \"a\": corruption is in scope, but a tested restore never expires; write "
         "drill_max_age: {restore: 90d}"},
        {PLAN("{name: a, rto: {ransomware: 1h}}", "{name: shop, tier: a, evidence: [b]}",
              "{name: b, collector: backup}"),
         "tier \"a\": ransomware is in scope, but a tested restore never expires; write "
         "drill_max_age: {restore: 90d}"},
        {PLAN("{name: a, rpo: 1m, recovery_window: 7d}", SHOP, WEST "interval: 5s}"),
         "tier \"a\": recovery_window 1w is for corruption and ransomware, and neither is in "
         "scope; add one, for example rpo: {corruption: 1h}, or remove the key"},
    };

    (void)state;
    check_warnings(cases, sizeof cases / sizeof cases[0]);
}

#define TIER(settings) PLAN("{name: a, rpo: 1m, " settings "}", SHOP, WEST "interval: 5s}")

static void warns_of_checks_that_the_gate_waits_for_in_vain(void **state)
{
    static const struct warning_case cases[] = {
        {TIER("rto: 11s, runbook_max_age: 1d, gate_requires: [rto, runbook]"), NULL},
        {TIER("runbook_max_age: 1d, gate_requires: [drill]"),
         "tier \"a\": gate_requires drill, but nothing in the tier asks for that check, so the "
         "gate opens without it; add for example drill_max_age: {full: 365d}"},
        {TIER("gate_requires: [restore]"),
         "tier \"a\": gate_requires restore, but nothing in the tier asks for that check, so the "
         "gate opens without it; add for example rpo: {corruption: 1h}"},
    };

    (void)state;
    check_warnings(cases, sizeof cases / sizeof cases[0]);
}

static void warns_of_strategies_that_are_too_cold(void **state)
{
    static const struct warning_case cases[] = {
        {TIER("rto: 11s, strategy: hot_standby_async"), NULL},
        {TIER("rto: 15m1s, strategy: warm_standby"), NULL},
        {TIER("rto: 15m, strategy: warm_standby"),
         "tier \"a\": warm_standby cannot meet the RTO 15m for region, because it has to grow to "
         "full size first; choose a hotter strategy, or an RTO of more than 15m"},
        {TIER("rto: 4h, strategy: pilot_light"), NULL},
        {TIER("rto: 1h, strategy: pilot_light"),
         "tier \"a\": pilot_light cannot meet the RTO 1h for region, because what serves the data "
         "has to be started first; choose a hotter strategy, or an RTO of more than 1h"},
        {TIER("rto: 30m, strategy: cold_standby"),
         "tier \"a\": cold_standby cannot meet the RTO 30m for region, because everything has to "
         "be built and restored first; choose a hotter strategy, or an RTO of more than 1h"},
        /* Without an RTO for the region nothing can be said. */
        {TIER("strategy: cold_standby"), NULL},
        {PLAN("{name: a, rpo: 0s, strategy: hot_standby_sync}", SHOP, WEST "interval: 5s}"), NULL},
        {PLAN("{name: a, rpo: 0s, strategy: hot_standby_async}", SHOP, WEST "interval: 5s}"),
         "tier \"a\": hot_standby_async cannot meet the RPO 0s for region, because what was not "
         "copied yet is lost; choose hot_standby_sync, or accept a loss, for example rpo: 30s"},
    };

    (void)state;
    check_warnings(cases, sizeof cases / sizeof cases[0]);
}

static void warns_of_lax_dependencies(void **state)
{
    static const struct {
        const char *tiers;
        bool warns;
    } cases[] = {
        {"{name: a, rto: 1m, rpo: 1m}, {name: b, rto: 5m, rpo: 1m}", true},
        {"{name: a, rto: 5m, rpo: 1m}, {name: b, rto: 1m, rpo: 5m}", false},
        {"{name: a, rto: 5m, rpo: 1m}, {name: b, rto: 5m, rpo: 5m}", true},
        {"{name: a, rto: 5m, rpo: 1m}, {name: b, rto: 5m, rpo: 1m}", false},
        {"{name: a, rpo: 1m}, {name: b, rpo: 5m}", true},
        {"{name: b, rpo: 1m}, {name: a, rpo: 5m}", false},
        /* Not comparable: the order of the file decides. */
        {"{name: a, rpo: {zone: 1m}}, {name: b, rpo: {zone: 1m}}", true},
        {"{name: b, rpo: {zone: 1m}}, {name: a, rpo: {zone: 1m}}", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(free_text) char *text = NULL;

        assert_true(asprintf(&text,
                             "tiers: [%s]\n"
                             "services:\n"
                             "- {name: shop, tier: a, datasets: [orders], depends_on: [auth]}\n"
                             "- {name: auth, tier: b, datasets: [orders]}\n"
                             "sources: [" WEST "}]\n",
                             cases[i].tiers) > 0);

        CLEANUP(free_config) struct config *config = load(text);

        assert_int_equal(config->warning_count, cases[i].warns);
        if (cases[i].warns) {
            assert_non_null(
                strstr(config->warnings[0], " depends on service \"auth\" (tier \"b\""));
        }
    }
}

static void prints_the_reference(void **state)
{
    CLEANUP(free_text) char *all = NULL;
    CLEANUP(free_text) char *one = NULL;
    size_t size;
    FILE *out = open_memstream(&all, &size);

    (void)state;
    assert_non_null(out);
    assert_true(config_print_settings(out, NULL));
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(all, "\n### `exporter`\n"));
    assert_non_null(strstr(all, "\n| `interval` | duration | `15s` | "));
    assert_non_null(strstr(all, "\n### Collector `replica`\n\nA synchronous copy. Survives by "
                                "default: `zone`, `region`. Can prove that no commit is lost (RPO "
                                "0).\n\n| key |"));
    out = open_memstream(&one, &size);
    assert_non_null(out);
    assert_false(config_print_settings(out, "kafka"));
    assert_true(config_print_settings(out, "backup"));
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strncmp(one, "### Collector `backup`\n", 23), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_tiers),
        cmocka_unit_test(loads_services_and_datasets),
        cmocka_unit_test(loads_sources),
        cmocka_unit_test(frees_sources_one_by_one),
        cmocka_unit_test(warns_of_what_cannot_be_met),
        cmocka_unit_test(warns_of_restores_that_nobody_tests),
        cmocka_unit_test(warns_of_checks_that_the_gate_waits_for_in_vain),
        cmocka_unit_test(warns_of_strategies_that_are_too_cold),
        cmocka_unit_test(warns_of_lax_dependencies),
        cmocka_unit_test(prints_the_reference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
