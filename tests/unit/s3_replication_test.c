/* SPDX-License-Identifier: Apache-2.0 */
/* Replication of buckets: keys of canaries, what they prove, and the rules of the store. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/s3_replication_canary.h"
#include "collectors/s3_replication_places.h"
#include "collectors/s3_replication_rules.h"
#include "collectors/s3_replication_sample.h"

#define RULE(status, filter, bucket)                                                               \
    "<Rule><ID>a</ID><Status>" status "</Status>" filter "<Destination><Bucket>" bucket            \
    "</Bucket></Destination></Rule>"
#define CONFIGURATION(rules)                                                                       \
    "<ReplicationConfiguration "                                                                   \
    "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Role>r</Role>" rules                       \
    "</ReplicationConfiguration>"
#define FILTER(text) "<Filter>" text "</Filter>"

static void test_keys(void **state)
{
    static const char *const foreign[] = {
        "",
        "p/",
        "p/dr-canary-",
        "p/dr-canary-1795262400123",
        "p/dr-canary-1795262400123-0123456789abcdeF",
        "p/dr-canary-179526240012x-0123456789abcdef",
        "p/dr-canary-1795262400123-0123456789abcdef0",
        "p/dr-canary-1795262400123_0123456789abcdef",
        "q/dr-canary-1795262400123-0123456789abcdef",
    };
    double seconds = 0;

    (void)state;
    assert_true(s3_canary_read_key("p/", "p/dr-canary-1795262400123-0123456789abcdef", &seconds));
    assert_true(seconds > 1795262400.1229 && seconds < 1795262400.1231);
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        assert_false(s3_canary_read_key("p/", foreign[i], &seconds));
    }
}

static void test_recovery_point(void **state)
{
    static const struct {
        double instants[4];
        bool arrived[4];
        size_t count;
        double expected; /* 0: none. */
    } cases[] = {
        {{0}, {false}, 0, 0},
        {{1}, {false}, 1, 0},
        {{1}, {true}, 1, 1},
        {{1, 2, 3}, {true, true, false}, 3, 2},
        {{1, 2, 3}, {true, false, true}, 3, 1},
        {{1, 2, 3}, {false, true, true}, 3, 0},
        /* In the order of keys, whose clocks were wrong. */
        {{5, 2, 3}, {true, true, false}, 3, 2},
        /* As old as one that is missing. */
        {{2, 2}, {true, false}, 2, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double instant = 0;
        bool found =
            s3_canary_recovery_point(cases[i].instants, cases[i].arrived, cases[i].count, &instant);

        assert_int_equal(found, cases[i].expected > 0);
        assert_true(!found || (instant >= cases[i].expected && instant <= cases[i].expected));
    }
}

static void test_rules(void **state)
{
    static const struct {
        const char *text;
        bool covered;
    } cases[] = {
        {CONFIGURATION(""), false},
        {CONFIGURATION(RULE("Enabled", "", "arn:aws:s3:::copy")), true},
        {CONFIGURATION(RULE("Enabled", "", "arn:minio:replication::1-2:copy")), true},
        {CONFIGURATION(RULE("Enabled", "", "arn:aws:s3:::copy2")), false},
        {CONFIGURATION(RULE("Enabled", "", "copy")), false},
        {CONFIGURATION(RULE("Disabled", "", "arn:aws:s3:::copy")), false},
        {CONFIGURATION(RULE("Enabled", "<Prefix>p/</Prefix>", "arn:aws:s3:::copy")), true},
        {CONFIGURATION(RULE("Enabled", FILTER("<Prefix>p</Prefix>"), "arn:aws:s3:::copy")), true},
        {CONFIGURATION(RULE("Enabled", FILTER("<Prefix></Prefix>"), "arn:aws:s3:::copy")), true},
        {CONFIGURATION(RULE("Enabled", FILTER("<Prefix>p/q</Prefix>"), "arn:aws:s3:::copy")),
         false},
        {CONFIGURATION(RULE("Enabled", FILTER("<Tag><Key>a</Key><Value>b</Value></Tag>"),
                            "arn:aws:s3:::copy")),
         false},
        {CONFIGURATION(RULE("Enabled",
                            FILTER("<And><Prefix>p/</Prefix><Tag><Key>a</Key></Tag></And>"),
                            "arn:aws:s3:::copy")),
         false},
        /* No half of one rule and half of another. */
        {CONFIGURATION(RULE("Disabled", "", "arn:aws:s3:::copy")
                           RULE("Enabled", "", "arn:aws:s3:::other")),
         false},
        {CONFIGURATION(RULE("Disabled", "", "arn:aws:s3:::copy")
                           RULE("Enabled", "", "arn:aws:s3:::copy")),
         true},
    };
    struct error error;
    bool covered;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(
            s3_rules_cover(cases[i].text, strlen(cases[i].text), "copy", "p/", &covered, &error));
        assert_int_equal(covered, cases[i].covered);
    }
    assert_false(s3_rules_cover("<html/>", 7, "copy", "p/", &covered, &error));
    assert_false(s3_rules_cover("", 0, "copy", "p/", &covered, &error));
}

static void test_versioning(void **state)
{
    static const struct {
        const char *text;
        bool good;
        bool enabled;
    } cases[] = {
        {"<VersioningConfiguration/>", true, false},
        {"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", true, true},
        {"<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>", true,
         false},
        {"<Other><Status>Enabled</Status></Other>", false, false},
        {"Enabled", false, false},
    };
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool enabled = false;

        assert_int_equal(s3_versioning_read(cases[i].text, strlen(cases[i].text), &enabled, &error),
                         cases[i].good);
        assert_int_equal(enabled, cases[i].enabled);
    }
}

static void test_statuses(void **state)
{
    (void)state;
    assert_int_equal(s3_object_status_read(NULL), S3_OBJECT_NONE);
    assert_int_equal(s3_object_status_read("COMPLETED"), S3_OBJECT_REPLICATED);
    assert_int_equal(s3_object_status_read("COMPLETE"), S3_OBJECT_REPLICATED);
    assert_int_equal(s3_object_status_read("REPLICA"), S3_OBJECT_NONE);
    assert_int_equal(s3_object_status_read("FAILED"), S3_OBJECT_FAILED);
    assert_int_equal(s3_object_status_read("PENDING"), S3_OBJECT_PENDING);
    /* What is not known is no success. */
    assert_int_equal(s3_object_status_read(""), S3_OBJECT_PENDING);
    assert_int_equal(s3_object_status_read("completed"), S3_OBJECT_PENDING);
}

/* An object, and what the destination has in its place; `expected` is its key where it differs. */
static void check_compare(const struct s3_object *objects, size_t count,
                          const struct s3_object *replicas, size_t replica_count,
                          const char *expected)
{
    const struct s3_object *left[8];
    const struct s3_object *right[8];
    const struct s3_object *missing[8];
    char found[64] = "";
    size_t missing_count;

    for (size_t i = 0; i < count; i++) {
        left[i] = &objects[i];
    }
    for (size_t i = 0; i < replica_count; i++) {
        right[i] = &replicas[i];
    }
    missing_count = s3_sample_compare(left, count, right, replica_count, missing);
    for (size_t i = 0; i < missing_count; i++) {
        assert_true(strlen(found) + strlen(missing[i]->key) < sizeof found);
        memcpy(found + strlen(found), missing[i]->key, strlen(missing[i]->key) + 1);
    }
    assert_string_equal(found, expected);
}

static void test_comparison(void **state)
{
    static const struct s3_object objects[] = {
        {"a", 30, 1, "\"1\""}, {"b", 20, 1, "\"2\""}, {"c", 10, 1, "\"3\""}};
    static const struct s3_object more[] = {{"0", 1, 1, "\"0\""},  {"a", 30, 1, "\"1\""},
                                            {"aa", 1, 1, "\"0\""}, {"b", 99, 1, "\"2\""},
                                            {"c", 10, 1, "\"3\""}, {"d", 1, 1, "\"0\""}};
    static const struct s3_object size[] = {{"a", 30, 2, "\"1\""}};
    static const struct s3_object etag[] = {{"a", 30, 1, "\"2\""}};
    static const struct s3_object none[] = {{"a", 30, 1, NULL}};
    static const struct s3_object empty[] = {{"a", 30, 1, ""}};
    static const struct s3_object disordered[] = {{"c", 10, 1, "\"3\""}, {"a", 30, 1, "\"1\""}};

    (void)state;
    check_compare(objects, 0, more, 6, "");
    check_compare(objects, 3, objects, 3, "");
    check_compare(objects, 3, more, 6, "");
    /* The oldest one first. */
    check_compare(objects, 3, objects, 0, "cba");
    check_compare(objects, 3, objects, 1, "cb");
    check_compare(objects, 3, objects + 2, 1, "ba");
    check_compare(objects, 1, size, 1, "a");
    check_compare(objects, 1, etag, 1, "a");
    /* Two that both have none are not the same. */
    check_compare(none, 1, none, 1, "a");
    check_compare(empty, 1, empty, 1, "a");
    check_compare(objects, 3, disordered, 2, "ba");
}

static void test_places(void **state)
{
    static const struct {
        const char *one;
        const char *other;
        bool apart;
    } cases[] = {
        {"US-EAST1", "US-EAST4", true},
        {"US-EAST1", "us-east1", false},
        {"US-EAST1", "EUROPE-WEST1", true},
        /* Several regions, which may be that one. */
        {"EU", "EUROPE-WEST1", false},
        {"EUR4", "EUROPE-WEST4", false},
        {"EU", "EUR4", false},
        {"EU", "EU", false},
        {"NAM4", "US-CENTRAL1", false},
        {"NAM4", "US", false},
        {"US-CENTRAL1+US-WEST1", "US-WEST1", false},
        {"US-CENTRAL1+US-WEST1", "EUROPE-WEST1", true},
        {"ASIA1", "ASIA-NORTHEAST1", false},
        {"ASIA", "ASIA", false},
        {"EU", "US", true},
        {"EU", "US-EAST1", true},
        {"EUR4", "NAM4", true},
        {"ASIA1", "EU", true},
        {"US", "NORTHAMERICA-NORTHEAST1", true},
        {"ASIA", "AUSTRALIA-SOUTHEAST1", true},
        /* What is not known may be anywhere. */
        {"IN", "ASIA-SOUTH1", false},
        {"XY", "EU", false},
        {"XY", "US-EAST1", false},
        {"XY", "XZ", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(s3_places_are_apart(cases[i].one, cases[i].other), cases[i].apart);
        assert_int_equal(s3_places_are_apart(cases[i].other, cases[i].one), cases[i].apart);
    }
}

static void test_place(void **state)
{
    static const struct {
        const char *text;
        const char *place; /* NULL: an error. */
    } cases[] = {
        {"<?xml version='1.0' encoding='UTF-8'?><LocationConstraint>EU</LocationConstraint>", "EU"},
        {"<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">us-west1"
         "</LocationConstraint>",
         "us-west1"},
        {"<CreateBucketConfiguration><LocationConstraint>US</LocationConstraint>"
         "</CreateBucketConfiguration>",
         "US"},
        {"<LocationConstraint/>", NULL},
        {"<LocationConstraint></LocationConstraint>", NULL},
        {"<Other>EU</Other>", NULL},
        {"<LocationConstraint>EU", NULL},
        {"", NULL},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *place = NULL;
        struct error error;

        assert_int_equal(s3_place_read(arena, cases[i].text, strlen(cases[i].text), &place, &error),
                         cases[i].place != NULL);
        if (cases[i].place != NULL) {
            assert_string_equal(place, cases[i].place);
        }
    }
    arena_free(arena);
}

static void test_settings(void **state)
{
    static const char *const two[] = {"a/", "b/", NULL};
    static const char *const same[] = {"a/", "b/", "a/", NULL};
    static const char *const canaries[] = {"c/", NULL};
    static const char *const none[] = {NULL};
    static const struct {
        const char *canary_prefix;
        int64_t interval_ms;
        const char *const *sample_prefixes;
        unsigned survives;
        bool good;
    } cases[] = {
        {"c/", 1, NULL, SURVIVES(DISRUPTION_REGION), true},
        {"c/", 1, two, SURVIVES(DISRUPTION_REGION), true},
        {NULL, 1, two, SURVIVES(DISRUPTION_ZONE), true},
        {NULL, 1, NULL, SURVIVES(DISRUPTION_REGION), false},
        {NULL, 1, none, SURVIVES(DISRUPTION_REGION), false},
        {"", 1, NULL, SURVIVES(DISRUPTION_REGION), false},
        {"/c", 1, NULL, SURVIVES(DISRUPTION_REGION), false},
        {"c/", 0, NULL, SURVIVES(DISRUPTION_REGION), false},
        {"c/", 1, same, SURVIVES(DISRUPTION_REGION), false},
        {"c/", 1, canaries, SURVIVES(DISRUPTION_REGION), false},
        {"c/", 1, two, SURVIVES(DISRUPTION_CORRUPTION), false},
        {"c/", 1, two, SURVIVES(DISRUPTION_REGION) | SURVIVES(DISRUPTION_RANSOMWARE), false},
    };
    struct s3_replication_settings own = {
        .source = {.bucket = "bucket-a", .aws = {.region = "r"}},
        .destination = {.bucket = "bucket-b", .aws = {.region = "s"}},
        .provider = "s3"};
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        own.canary_prefix = cases[i].canary_prefix;
        own.canary_interval_ms = cases[i].interval_ms;
        own.sample_prefixes = cases[i].sample_prefixes;
        assert_int_equal(s3_replication_collector.check(&own, cases[i].survives, &error),
                         cases[i].good);
    }
    own.canary_prefix = NULL;
    own.sample_prefixes = two;
    own.destination.bucket = "bucket-a";
    assert_true(s3_replication_collector.check(&own, SURVIVES(DISRUPTION_REGION), &error));
    own.destination.aws.region = "r";
    assert_false(s3_replication_collector.check(&own, SURVIVES(DISRUPTION_ZONE), &error));
    /* Another bucket of the same region is lost with it. */
    own.destination.bucket = "bucket-b";
    assert_true(s3_replication_collector.check(&own, SURVIVES(DISRUPTION_ZONE), &error));
    assert_false(s3_replication_collector.check(&own, SURVIVES(DISRUPTION_REGION), &error));
    own.source.endpoint = "https://s3.one.example";
    own.destination.endpoint = own.source.endpoint;
    assert_false(s3_replication_collector.check(&own, SURVIVES(DISRUPTION_REGION), &error));
    /* For which region its requests are signed makes no difference, nor how its name is written. */
    own.destination.aws.region = "s";
    own.destination.endpoint = "https://S3.one.example/";
    assert_false(s3_replication_collector.check(&own, SURVIVES(DISRUPTION_REGION), &error));
    own.destination.endpoint = "https://s3.two.example";
    assert_true(s3_replication_collector.check(&own, SURVIVES(DISRUPTION_REGION), &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),     cmocka_unit_test(test_recovery_point),
        cmocka_unit_test(test_rules),    cmocka_unit_test(test_versioning),
        cmocka_unit_test(test_statuses), cmocka_unit_test(test_comparison),
        cmocka_unit_test(test_places),   cmocka_unit_test(test_place),
        cmocka_unit_test(test_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
