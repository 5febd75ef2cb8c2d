/* SPDX-License-Identifier: Apache-2.0 */
/* Which topics MirrorMaker has to copy, under which names; and the settings that say so. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/mirrormaker_policy.h"

static const struct mirrormaker_settings plain = {
    .source_brokers = "localhost:9092",
    .target_brokers = "localhost:9093",
    .source_alias = "A",
    .target_alias = "B",
    .replication_policy = "default",
    .separator = ".",
    .offset_syncs_topic_location = "source",
    .isolation = "read_uncommitted",
    .topics_shown_max = 500,
    .peeks_max = 100,
};

static bool wants(const struct mirrormaker_settings *settings, const char *topic)
{
    struct mirrormaker_policy policy;
    struct error error;
    bool wanted;

    assert_true(mirrormaker_policy_init(&policy, settings, &error));
    wanted = mirrormaker_wants_topic(&policy, topic);
    mirrormaker_policy_release(&policy);
    return wanted;
}

static void test_default_policy(void **state)
{
    static const char *const yes[] = {"orders", "orders.v1",  "C.orders", "Bx.orders",
                                      "B.",     "B_orders",   "B",        "my-internal-topic",
                                      "mm2",    "heartbeatss"};
    static const char *const no[] = {"heartbeats",
                                     "B.orders",
                                     "B.B.orders",
                                     "C.B.orders",
                                     "B.heartbeats",
                                     "__consumer_offsets",
                                     ".hidden",
                                     "x.internal",
                                     "x-internal",
                                     "A.checkpoints.internal",
                                     "mm2-offset-syncs.B.internal",
                                     "old.replica"};

    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        assert_true(wants(&plain, yes[i]));
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        assert_false(wants(&plain, no[i]));
    }
}

static void test_other_separator(void **state)
{
    struct mirrormaker_settings settings = plain;

    (void)state;
    settings.separator = "_";
    assert_false(wants(&settings, "B_orders"));
    assert_true(wants(&settings, "B.orders"));
    assert_false(wants(&settings, "mm2-offset-syncs_B_internal"));
    assert_false(wants(&settings, "A_checkpoints_internal"));
    settings.internal_separator = ".";
    assert_true(wants(&settings, "A_checkpoints_internal"));
    assert_false(wants(&settings, "A.checkpoints.internal"));
    /* Aliases may have the separator in them; what is before the first one is the alias then. */
    settings.separator = ".";
    settings.target_alias = "us.west";
    assert_true(wants(&settings, "us.west.orders"));
}

static void test_identity_policy(void **state)
{
    struct mirrormaker_settings settings = plain;

    (void)state;
    settings.replication_policy = "identity";
    assert_true(wants(&settings, "B.orders"));
    assert_false(wants(&settings, "heartbeats"));
    assert_false(wants(&settings, "B.checkpoints.internal"));
}

static void test_filters_match_whole_names(void **state)
{
    static const char *const topics[] = {"orders|payments", "pay.*", NULL};
    static const char *const none[] = {"payroll", NULL};
    struct mirrormaker_settings settings = plain;

    (void)state;
    settings.topics = topics;
    settings.topics_exclude = none;
    assert_true(wants(&settings, "orders"));
    assert_false(wants(&settings, "orders2"));
    assert_false(wants(&settings, "reorders"));
    assert_true(wants(&settings, "payments2"));
    assert_false(wants(&settings, "payroll"));
    assert_true(wants(&settings, "payroll2"));
    assert_true(wants(&settings, "pay.replica"));
}

/* An expression that would never come to an end decides for being measured. */
static void test_costly_expressions(void **state)
{
    static const char *const costly[] = {"(a+)+[bc]", NULL};
    static const char *const never[] = {"nothing", NULL};
    struct mirrormaker_settings settings = plain;
    char name[60] = {0};

    (void)state;
    memset(name, 'a', sizeof name - 1);
    settings.topics = costly;
    settings.topics_exclude = never;
    assert_true(wants(&settings, name));
    settings.topics = NULL;
    settings.topics_exclude = costly;
    assert_true(wants(&settings, name));
}

static void test_remote_names(void **state)
{
    struct mirrormaker_settings settings = plain;
    struct mirrormaker_policy policy;
    struct arena *arena = arena_new();
    struct error error;

    (void)state;
    assert_true(mirrormaker_policy_init(&policy, &settings, &error));
    assert_string_equal(mirrormaker_remote_topic(&policy, arena, "orders"), "A.orders");
    assert_true(mirrormaker_wants_remote_topic(&policy, "A.orders"));
    assert_false(mirrormaker_wants_remote_topic(&policy, "orders"));
    assert_false(mirrormaker_wants_remote_topic(&policy, "A.B.orders"));
    assert_false(mirrormaker_wants_remote_topic(&policy, "AA.orders"));
    mirrormaker_policy_release(&policy);
    settings.replication_policy = "identity";
    assert_true(mirrormaker_policy_init(&policy, &settings, &error));
    assert_string_equal(mirrormaker_remote_topic(&policy, arena, "orders"), "orders");
    assert_true(mirrormaker_wants_remote_topic(&policy, "orders"));
    mirrormaker_policy_release(&policy);
    arena_free(arena);
}

static void test_connectors_and_groups(void **state)
{
    static const char *const groups[] = {"billing.*", "connect-sink", NULL};
    struct mirrormaker_settings settings = plain;
    struct mirrormaker_policy policy;
    struct error error;

    (void)state;
    settings.connector = "A->B.MirrorSourceConnector";
    settings.groups = groups;
    assert_true(mirrormaker_policy_init(&policy, &settings, &error));
    assert_true(mirrormaker_wants_connector(&policy, "A->B.MirrorSourceConnector"));
    assert_false(mirrormaker_wants_connector(&policy, "A->C.MirrorSourceConnector"));
    assert_true(mirrormaker_wants_group(&policy, "billing-eu"));
    assert_false(mirrormaker_wants_group(&policy, "connect-sink"));
    assert_false(mirrormaker_wants_group(&policy, "other"));
    mirrormaker_policy_release(&policy);
}

static void test_names_of_internal_topics(void **state)
{
    struct mirrormaker_settings settings = plain;
    struct arena *arena = arena_new();
    struct mirrormaker_names names = mirrormaker_names_make(&settings, arena);

    (void)state;
    assert_string_equal(names.offsets, "mm2-offsets.A.internal");
    assert_string_equal(names.offset_syncs, "mm2-offset-syncs.B.internal");
    assert_string_equal(names.checkpoints, "A.checkpoints.internal");
    assert_string_equal(names.heartbeats, "A.heartbeats");
    settings.separator = "_";
    settings.offset_syncs_topic_location = "target";
    settings.offsets_topic = "mirrormaker2-cluster-offsets";
    names = mirrormaker_names_make(&settings, arena);
    assert_string_equal(names.offsets, "mirrormaker2-cluster-offsets");
    assert_string_equal(names.offset_syncs, "mm2-offset-syncs_A_internal");
    assert_string_equal(names.checkpoints, "A_checkpoints_internal");
    assert_string_equal(names.heartbeats, "A_heartbeats");
    settings.internal_separator = ".";
    names = mirrormaker_names_make(&settings, arena);
    assert_string_equal(names.offset_syncs, "mm2-offset-syncs.A.internal");
    assert_string_equal(names.heartbeats, "A_heartbeats");
    arena_free(arena);
}

static void assert_refused(struct mirrormaker_settings settings, const char *expected)
{
    struct error error;

    assert_false(mirrormaker_settings_check(&settings, 0, &error));
    assert_non_null(strstr(error.message, expected));
}

static void test_settings_that_cannot_be(void **state)
{
    static const char *const broken[] = {"orders", "pay(", NULL};
    static const struct setting_pair properties[] = {{"no.such.property", "1"}, {NULL, NULL}};
    struct mirrormaker_settings settings = plain;
    struct error error;

    (void)state;
    assert_true(mirrormaker_settings_check(&settings, 0, &error));
    settings.target_alias = "A";
    assert_refused(settings, "\"source_alias\" and \"target_alias\" are the same");
    settings = plain;
    settings.replication_policy = "custom";
    assert_refused(settings, "write default or identity");
    settings = plain;
    settings.isolation = "committed";
    assert_refused(settings, "write read_uncommitted or read_committed");
    settings = plain;
    settings.offset_syncs_topic_location = "B";
    assert_refused(settings, "write source or target");
    settings = plain;
    settings.separator = "";
    assert_refused(settings, "\"separator\" is empty");
    settings = plain;
    settings.topics_shown_max = 0;
    assert_refused(settings, "\"topics_shown_max\" is 0");
    settings = plain;
    settings.topics = broken;
    assert_refused(settings, "topics: \"pay(\" is not a regular expression");
    settings = plain;
    settings.target_properties = properties;
    assert_refused(settings, "target: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_policy),
        cmocka_unit_test(test_other_separator),
        cmocka_unit_test(test_identity_policy),
        cmocka_unit_test(test_filters_match_whole_names),
        cmocka_unit_test(test_costly_expressions),
        cmocka_unit_test(test_remote_names),
        cmocka_unit_test(test_connectors_and_groups),
        cmocka_unit_test(test_names_of_internal_topics),
        cmocka_unit_test(test_settings_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
