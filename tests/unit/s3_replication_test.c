/* SPDX-License-Identifier: Apache-2.0 */
/* Replication of buckets: keys of canaries, what they prove, and the rules of the store. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/s3_replication_canary.h"
#include "collectors/s3_replication_rules.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_recovery_point),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_versioning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
