/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what is wrong in a plan: every message, its place and its remedy. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/cleanup.h"
#include "exporter/config.h"
#include "tests/unit/example_collectors.h"

/* A plan that is right but for what a case puts in place of one of these lines. */
#define TIERS "tiers: [{name: \"0\", rpo: 30s}]\n"
#define SERVICES "services: [{name: shop, tier: 0, datasets: [orders]}]\n"
#define SOURCES "sources: [{name: west, collector: replica, dataset: orders, dsn: x}]\n"

struct bad_plan {
    const char *text;
    const char *report;
};

static void check(const struct bad_plan *plans, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP(free_text) char *report = NULL;
        struct config *config =
            config_load_text(plans[i].text, strlen(plans[i].text), "f", &report);

        assert_null(config);
        assert_non_null(report);
        assert_string_equal(report, plans[i].report);
    }
}

static void reports_what_is_not_yaml(void **state)
{
    static const struct bad_plan plans[] = {
        {"", "f:1:1: the file is empty; write tiers, services and sources, see \"dr_exporter "
             "settings\"\n"},
        {"# nothing\n", "f:1:1: the file is empty; write tiers, services and sources, see "
                        "\"dr_exporter settings\"\n"},
        {"~", "f:1:1: the file is empty; write tiers, services and sources, see \"dr_exporter "
              "settings\"\n"},
        {"- a", "f:1:1: this file must be a mapping, not a list; write \"key: value\"\n"},
        {"text", "f:1:1: this file must be a mapping, not text; write \"key: value\"\n"},
        {"tiers:\n\t- name: a\n",
         "f:2:1: not YAML: there is a tab in the indentation; indent with spaces\n"},
        {"tiers: [a\nb: c\n",
         "f:2:2: not YAML: did not find expected ',' or ']' while parsing a flow sequence; check "
         "indentation and quotes from here upwards\n"},
        {"a: *b\n", "f:1:4: not YAML: found undefined alias; check indentation and quotes from "
                    "here upwards\n"},
        {"a: b\nc: \"\xff\"\n", "f:2:1: not UTF-8 text: invalid leading UTF-8 octet; save the "
                                "file as UTF-8\n"},
        {TIERS SERVICES SOURCES "---\na: b\n",
         "f:5:1: a second YAML document begins here; remove the \"---\" before it\n"},
        {TIERS SERVICES SOURCES "---\n[\n",
         "f:6:1: not YAML: did not find expected node content while parsing a flow node; check "
         "indentation and quotes from here upwards\n"},
        {"include: a.yml\n" TIERS SERVICES SOURCES,
         "f:1:10: \"include\" needs a file on disk; load this one by its path\n"},
    };

    (void)state;
    check(plans, sizeof plans / sizeof plans[0]);
}

static void reports_wrong_sections(void **state)
{
    static const struct bad_plan plans[] = {
        {"exporter: {}\n", "f:1:1: missing \"tiers\"; add a list with at least one entry\n"
                           "f:1:1: missing \"services\"; add a list with at least one entry\n"
                           "f:1:1: missing \"sources\"; add a list with at least one entry\n"},
        {"tier: []\n" TIERS SERVICES SOURCES,
         "f:1:1: unknown key \"tier\" in this file; did you mean \"tiers\"?\n"},
        {TIERS "services: []\n" SOURCES, "f:2:11: \"services\" must be a list with at least one "
                                         "entry, not an empty one; write \"- name: …\" below it\n"},
        {"tiers: {name: a}\n" SERVICES SOURCES,
         "f:1:8: \"tiers\" must be a list with at least one entry, not a mapping; write \"- name: "
         "…\" below it\n"},
        {TIERS TIERS SERVICES SOURCES,
         "f:2:1: duplicate key \"tiers\"; remove it or the one in line 1\n"},
        {"exporter: [a]\n" TIERS SERVICES SOURCES,
         "f:1:11: \"exporter\" must be a mapping, not a list; write \"key: value\"\n"},
        {"exporter: {intervall: 5s, timeout: 5}\n" TIERS SERVICES SOURCES,
         "f:1:12: unknown key \"intervall\" in \"exporter\"; did you mean \"interval\"?\n"
         "f:1:36: key \"timeout\" in \"exporter\": \"5\" has no unit; write \"5s\"\n"},
    };

    (void)state;
    check(plans, sizeof plans / sizeof plans[0]);
}

static void reports_wrong_tiers(void **state)
{
    static const struct bad_plan plans[] = {
        {"tiers: [{name: 0}]\n" SERVICES SOURCES,
         "f:1:9: tier \"0\" states neither \"rto\" nor \"rpo\"; add one, for example rpo: 30s\n"},
        {"tiers: [{name: 0, rto: 0s}]\n" SERVICES SOURCES,
         "f:1:24: key \"rto\" in tier \"0\": \"0s\" is too short; write more than 0s\n"},
        {"tiers: [{name: 0, rto: 60, rpo: {region: 5}}]\n" SERVICES SOURCES,
         "f:1:24: key \"rto\" in tier \"0\": \"60\" has no unit; write \"60s\"\n"
         "f:1:42: key \"rpo\" in tier \"0\": \"5\" has no unit; write \"5s\"\n"},
        {"tiers: [{name: 0, rpo: {regoin: 5s}}]\n" SERVICES SOURCES,
         "f:1:25: unknown disruption \"regoin\" in tier \"0\"; did you mean \"region\"?\n"},
        {"tiers: [{name: 0, rpo: {flood: 5s}}]\n" SERVICES SOURCES,
         "f:1:25: unknown disruption \"flood\" in tier \"0\"; known: zone, region, corruption, "
         "ransomware\n"},
        {"tiers: [{name: 0, rpo: [5s]}]\n" SERVICES SOURCES,
         "f:1:24: key \"rpo\" in tier \"0\" must be a duration, not a list; write for example "
         "15s\n"},
        {"tiers: [{name: 0, rpo: {}}]\n" SERVICES SOURCES,
         "f:1:24: key \"rpo\" in tier \"0\" is empty; name at least one disruption, or remove the "
         "key\n"},
        {"tiers: [{name: 0, rpo: }]\n" SERVICES SOURCES,
         "f:1:24: key \"rpo\" in tier \"0\" has no value; write for example 15s, or remove the "
         "key\n"},
        {"tiers: [{rpo: 5s}, {name: 0, rpo: 5s}]\n" SERVICES SOURCES,
         "f:1:9: missing key \"name\" in tier 1; add for example \"name: some-name\"\n"},
        {"tiers: [{name: \"\", rpo: 5s}, {name: 0, rpo: 5s}]\n" SERVICES SOURCES,
         "f:1:16: key \"name\" in tier 1 is empty; give it a name\n"},
        {"tiers: [{name: \"a\\nb\", rpo: 5s}, {name: 0, rpo: 5s}]\n" SERVICES SOURCES,
         "f:1:16: key \"name\" in tier \"a b\" contains a line end, tab or other control "
         "character; write it as one line\n"},
        {"tiers: [{name: 0, rpo: 5s}, {name: \"0\", rpo: 6s}]\n" SERVICES SOURCES,
         "f:1:29: duplicate tier \"0\"; give it another name, the first is at f:1\n"},
        {"tiers: [{name: 0, rpo: 5s, strategy: lukewarm}]\n" SERVICES SOURCES,
         "f:1:38: unknown strategy \"lukewarm\" in tier \"0\"; known: hot_standby_sync, "
         "hot_standby_async, warm_standby, pilot_light, cold_standby\n"},
        {"tiers: [{name: 0, rpo: 5s, severity: page}]\n" SERVICES SOURCES,
         "f:1:38: unknown severity \"page\" in tier \"0\"; known: critical, warning, info\n"},
        {"tiers: [{name: 0, rpo: 5s, drill_max_age: 5d}]\n" SERVICES SOURCES,
         "f:1:43: key \"drill_max_age\" in tier \"0\" must be a mapping, not text; write for "
         "example {full: 365d}\n"},
        {"tiers: [{name: 0, rpo: 5s, drill_max_age: {ful: 5d, partial: 0s}}]\n" SERVICES SOURCES,
         "f:1:44: unknown drill \"ful\" in tier \"0\"; did you mean \"full\"?\n"
         "f:1:62: key \"drill_max_age\" in tier \"0\": \"0s\" is too short; write more than 0s\n"},
        {"tiers: [{name: 0, rpo: 5s, capacity_min_ratio: 80%}]\n" SERVICES SOURCES,
         "f:1:48: key \"capacity_min_ratio\" in tier \"0\": \"80%\" is not a number from 0 up; "
         "write for example 0.8\n"},
        {"tiers: [{name: 0, rpo: 5s, rpo_met_min_ratio: 1}]\n" SERVICES SOURCES,
         "f:1:47: key \"rpo_met_min_ratio\" in tier \"0\" is to be more than 0 and less than 1; "
         "write for example 0.999\n"},
        {"tiers: [{name: 0, rpo: 5s, runbook_max_age: 90}]\n" SERVICES SOURCES,
         "f:1:45: key \"runbook_max_age\" in tier \"0\": \"90\" has no unit; write \"90s\"\n"},
    };

    (void)state;
    check(plans, sizeof plans / sizeof plans[0]);
}

#define NOTHING_OF_SHOP                                                                            \
    "f:2:12: service \"shop\" has neither \"datasets\" nor \"evidence\"; add one, or nothing "     \
    "can be said of it\n"

static void reports_wrong_services(void **state)
{
    static const struct bad_plan plans[] = {
        {TIERS "services: [{name: shop, tier: 1, datasets: [orders]}]\n" SOURCES,
         "f:2:31: unknown tier \"1\" in service \"shop\"; did you mean \"0\"?\n"},
        {TIERS "services: [{name: shop, datasets: [orders]}]\n" SOURCES,
         "f:2:12: missing key \"tier\" in service \"shop\"; add for example \"tier: "
         "some-name\"\n"},
        {TIERS
         "services: [{name: shop, tier: 0}, {name: b, tier: 0, datasets: [orders]}]\n" SOURCES,
         NOTHING_OF_SHOP},
        {TIERS "services: [{name: shop, tier: 0, datasets: [], evidence: []}, {name: b, tier: 0, "
               "datasets: [orders]}]\n" SOURCES,
         NOTHING_OF_SHOP},
        {TIERS "services: [{name: shop, tier: 0, datasets: [orders, orders]}]\n" SOURCES,
         "f:2:53: \"orders\" stands twice in \"datasets\" of service \"shop\"; remove one\n"},
        {TIERS "services: [{name: shop, tier: 0, datasets: orders}]\n"
               "sources: [{name: west, collector: backup, dataset: orders}]\n",
         "f:2:44: key \"datasets\" in service \"shop\" must be a list of at most 10000 names, not "
         "text; write for example [orders]\n"
         "f:3:52: dataset \"orders\" of source \"west\" is needed by no service; add it to the "
         "\"datasets\" of a service, or remove the source\n"},
        {TIERS "services: [{name: shop, tier: 0, datasets: [orders, {name: sessions, rpo: "
               "5}]}]\n" SOURCES,
         "f:2:60: no source has dataset \"sessions\"; add a source with \"dataset: sessions\", or "
         "remove it here\n"
         "f:2:75: key \"rpo\" in a dataset of service \"shop\": \"5\" has no unit; write \"5s\"\n"},
        {TIERS "services: [{name: shop, tier: 0, datasets: [orders, {rpo: 5s}, [x]]}]\n" SOURCES,
         "f:2:53: missing key \"name\" in a dataset of service \"shop\"; add for example \"name: "
         "some-name\"\n"
         "f:2:64: key \"datasets\" in service \"shop\" must be a name, not a list; write for "
         "example some-name\n"},
        {TIERS "services: [{name: shop, tier: 0, datasets: [orders], evidence: [wset]}]\n" SOURCES,
         "f:2:65: unknown source \"wset\" in service \"shop\"; known: west\n"},
        {TIERS
         "services: [{name: shop, tier: 0, datasets: [orders], depends_on: [auth]}]\n" SOURCES,
         "f:2:67: unknown service \"auth\" in service \"shop\"; known: shop\n"},
        {TIERS "services: [{name: shop, tier: 0, datasets: [orders], depends_on: shop}]\n" SOURCES,
         "f:2:66: key \"depends_on\" in service \"shop\" must be a list, not text; write for "
         "example [one, two]\n"},
        {TIERS
         "services: [{name: shop, tier: 0, datasets: [orders], depends_on: [shop]}]\n" SOURCES,
         "f:2:66: services depend on each other in a circle: shop -> shop; remove one "
         "dependency\n"},
        {TIERS "services:\n"
               "- {name: a, tier: 0, datasets: [orders], depends_on: [b]}\n"
               "- {name: b, tier: 0, datasets: [orders], depends_on: [c]}\n"
               "- {name: c, tier: 0, datasets: [orders], depends_on: [d, b]}\n"
               "- {name: d, tier: 0, datasets: [orders]}\n" SOURCES,
         "f:5:54: services depend on each other in a circle: b -> c -> b; remove one "
         "dependency\n"},
        {TIERS "services:\n"
               "- {name: a, tier: 0, datasets: [orders]}\n"
               "- {name: a, tier: 0, datasets: [orders]}\n" SOURCES,
         "f:4:3: duplicate service \"a\"; give it another name, the first is at f:3\n"},
    };

    (void)state;
    check(plans, sizeof plans / sizeof plans[0]);
}

static void reports_wrong_sources(void **state)
{
    static const struct bad_plan plans[] = {
        {TIERS SERVICES "sources:\n- {name: west, collector: replica, dataset: orders, dsn: x, "
                        "inteval: 5s}\n",
         "f:4:61: unknown key \"inteval\" in source \"west\"; did you mean \"interval\"?\n"},
        {TIERS SERVICES "sources:\n- {name: west, collector: relpica, dataset: orders, foo: x, "
                        "timeout: 5}\n",
         "f:4:27: unknown collector \"relpica\" in source \"west\"; did you mean \"replica\"?\n"
         "f:4:70: key \"timeout\" in source \"west\": \"5\" has no unit; write \"5s\"\n"},
        {TIERS SERVICES "sources:\n- {name: west, collector: kafka, dataset: orders}\n",
         "f:4:27: unknown collector \"kafka\" in source \"west\"; known: replica, backup\n"},
        {TIERS SERVICES "sources:\n- {name: west, dataset: orders}\n",
         "f:4:3: missing key \"collector\" in source \"west\"; add for example \"collector: "
         "some-name\"\n"},
        {TIERS SERVICES "sources:\n- {name: west, collector: backup, dataset: ordes}\n",
         "f:2:45: no source has dataset \"orders\"; add a source with \"dataset: orders\", or "
         "remove it here\n"
         "f:4:44: dataset \"ordes\" of source \"west\" is needed by no service; did you mean "
         "\"orders\"?\n"},
        {TIERS SERVICES SOURCES "- [x]\n",
         "f:4:1: not YAML: did not find expected key while parsing a block mapping; check "
         "indentation and quotes from here upwards\n"},
        {TIERS SERVICES "sources:\n- {name: west, collector: backup, dataset: orders}\n- x\n-\n",
         "f:5:3: source 2 must be a mapping, not text; write \"key: value\"\n"
         "f:6:2: source 3 must be a mapping, not nothing; write \"key: value\"\n"},
        {TIERS SERVICES "sources:\n- {name: west, collector: backup, dataset: orders}\n"
                        "- {name: spare, collector: backup}\n",
         "f:5:3: source \"spare\" has no \"dataset\" and is in no service's \"evidence\"; add one "
         "of them, or remove the source\n"},
        {TIERS SERVICES "sources:\n- {name: west, collector: backup, dataset: orders, survives: "
                        "[zone, moon, zone]}\n",
         "f:4:69: unknown disruption \"moon\" in source \"west\"; known: zone, region, corruption, "
         "ransomware\n"
         "f:4:75: \"zone\" stands twice in \"survives\" of source \"west\"; remove one\n"},
        {TIERS SERVICES "sources:\n- {name: west, collector: backup, dataset: orders, survives: "
                        "[]}\n",
         "f:4:62: key \"survives\" in source \"west\" is empty; name a disruption, or remove the "
         "key\n"},
        {TIERS SERVICES "sources:\n- {name: west, collector: replica, dataset: orders, dsn: x, "
                        "slots: 101}\n",
         "f:4:3: source \"west\": slots are more than 100; write at most 100\n"},
        {TIERS SERVICES "sources:\n- {name: west, collector: replica, dataset: orders, dsn: x, "
                        "strict: false, survives: [zone, ransomware]}\n",
         "f:4:3: source \"west\": only a strict one survives ransomware; write strict: true\n"},
        {TIERS SERVICES "sources:\n- &a {name: west, collector: backup, dataset: orders}\n- *a\n",
         "f:4:3: duplicate source \"west\"; give it another name, the first is at f:4\n"},
        {TIERS SERVICES "sources:\n- {name: west, collector: replica, dataset: orders, dsn: "
                        "[password=s3cret]}\n",
         "f:4:58: key \"dsn\" in source \"west\" must be a connection string, not a list; write "
         "for example host=db.example.com user=dr_monitor\n"},
    };

    (void)state;
    check(plans, sizeof plans / sizeof plans[0]);
}

/* Whatever a hostile file has, the report stays short, whole and in order. */
static void caps_the_report(void **state)
{
    CLEANUP(free_text) char *report = NULL;
    CLEANUP(free_text) char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    size_t lines = 0;

    (void)state;
    assert_non_null(out);
    (void)fputs(TIERS SERVICES "sources:\n", out);
    for (int i = 0; i < 1000; i++) {
        (void)fprintf(out, "- {name: s%d, collector: backup, dataset: orders, zzz%d: 1}\n", i, i);
    }
    assert_int_equal(fclose(out), 0);
    assert_null(config_load_text(text, size, "f", &report));
    for (const char *c = report; *c != '\0'; c++) {
        lines += *c == '\n';
    }
    assert_int_equal(lines, 101);
    assert_int_equal(strncmp(report, "f:4:50: unknown key \"zzz0\" in source \"s0\"; known: ", 50),
                     0);
    assert_non_null(strstr(report, "\nf:103:51: unknown key \"zzz99\""));
    assert_null(strstr(report, "zzz100"));
    assert_string_equal(strrchr(report, '\n') - 12, "and 900 more\n");
}

static void cuts_long_values(void **state)
{
    CLEANUP(free_text) char *report = NULL;
    CLEANUP(free_text) char *text = NULL;
    char value[2001];

    (void)state;
    for (size_t i = 0; i < 2000; i += 2) {
        memcpy(&value[i], "\xC3\xA4", 2);
    }
    value[2000] = '\0';
    assert_true(asprintf(&text, "tiers: [{name: 0, rpo: %s}]\n", value) > 0);
    assert_null(config_load_text(text, strlen(text), "f", &report));

    /* No character is cut in half. */
    char *end = strrchr(report, '\n');

    assert_true(end - strstr(report, "f:1:24: ") < 600);
    assert_int_equal((unsigned char)end[-1], 0xA4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_what_is_not_yaml), cmocka_unit_test(reports_wrong_sections),
        cmocka_unit_test(reports_wrong_tiers),      cmocka_unit_test(reports_wrong_services),
        cmocka_unit_test(reports_wrong_sources),    cmocka_unit_test(caps_the_report),
        cmocka_unit_test(cuts_long_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
