/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of MirrorMaker and Kafka Connect, as real ones are, and the progress that they tell of. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/mirrormaker_progress.h"

#define BYTES(text) text, sizeof(text) - 1

static bool read_offset(const char *key, const char *value, struct mirrormaker_offset_row *row)
{
    return mirrormaker_offset_row_read(key, strlen(key), value, value == NULL ? 0 : strlen(value),
                                       row);
}

static void test_offset_rows(void **state)
{
    struct mirrormaker_offset_row row;

    (void)state;
    /* Strimzi's. */
    assert_true(read_offset("[\"aws->dc.MirrorSourceConnector\",{\"cluster\":\"m16cdc\","
                            "\"partition\":0,\"topic\":\"cp-mig-test\"}]",
                            "{\"offset\":99}", &row));
    assert_string_equal(row.connector.text, "aws->dc.MirrorSourceConnector");
    assert_string_equal(row.cluster.text, "m16cdc");
    assert_string_equal(row.topic.text, "cp-mig-test");
    assert_int_equal(row.partition, 0);
    assert_true(row.known);
    assert_int_equal(row.offset, 99);
}

#define KEY "[\"c\",{\"topic\":\"t\",\"partition\":3,\"cluster\":\"A\"}]"

static void test_offset_rows_without_an_offset(void **state)
{
    static const char *const values[] = {NULL,
                                         "null",
                                         "{}",
                                         "{\"offset\":null}",
                                         "{\"offset\":-1}",
                                         "{\"offset\":1.5}",
                                         "{\"offset\":\"9\"}",
                                         "nope",
                                         "{\"offset\":1e300}",
                                         "{\"offset\":9007199254740993}"};
    struct mirrormaker_offset_row row;

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_true(read_offset(KEY, values[i], &row));
        assert_int_equal(row.partition, 3);
        assert_false(row.known);
    }
}

static void test_rows_of_others(void **state)
{
    static const char *const keys[] = {
        "",
        "{}",
        "[]",
        "[\"c\"]",
        "[\"c\",{}]",
        ("[\"MirrorHeartbeatConnector\",{\"sourceClusterAlias\":\"A\",\"targetClusterAlias\":\"B\"}"
         "]"),
        "[\"MirrorCheckpointConnector\",{\"group\":\"g\",\"topic\":\"t\",\"partition\":0}]",
        "[\"c\",{\"cluster\":\"A\",\"topic\":\"t\",\"partition\":\"0\"}]",
        "[\"c\",{\"cluster\":\"A\",\"topic\":\"t\",\"partition\":-1}]",
        "[\"c\",{\"cluster\":\"A\",\"topic\":\"t\",\"partition\":4294967296}]",
        "[\"c\",{\"cluster\":\"A\",\"topic\":7,\"partition\":1}]",
        "[\"c\",{\"cluster\":\"A\",\"topic\":\"t\",\"partition\":1},1]",
        "[7,{\"cluster\":\"A\",\"topic\":\"t\",\"partition\":1}]"};
    struct mirrormaker_offset_row row;

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_false(read_offset(keys[i], "{\"offset\":0}", &row));
    }
}

static void test_sync_rows(void **state)
{
    struct mirrormaker_sync_row row;

    (void)state;
    assert_true(mirrormaker_sync_row_read(BYTES("\0\6orders\0\0\0\2"),
                                          BYTES("\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\xfe"), &row));
    assert_string_equal(row.topic.text, "orders");
    assert_int_equal(row.partition, 2);
    assert_true(row.known);
    assert_int_equal(row.upstream, 256);
    assert_int_equal(row.downstream, 254);
    assert_true(mirrormaker_sync_row_read(BYTES("\0\6orders\0\0\0\2"), NULL, 0, &row));
    assert_false(row.known);
    assert_true(mirrormaker_sync_row_read(BYTES("\0\6orders\0\0\0\2"), BYTES("\0\0"), &row));
    assert_false(row.known);
    assert_false(mirrormaker_sync_row_read(NULL, 0, NULL, 0, &row));
    assert_false(mirrormaker_sync_row_read(BYTES("\0\7orders\0\0\0\2"), NULL, 0, &row));
    assert_false(mirrormaker_sync_row_read(BYTES("\0\6orders\0\0\0\2x"), NULL, 0, &row));
    assert_false(mirrormaker_sync_row_read(BYTES("\0\6or\0ers\0\0\0\2"), NULL, 0, &row));
    assert_false(mirrormaker_sync_row_read(BYTES("\0\6orders\x80\0\0\2"), NULL, 0, &row));
    assert_false(mirrormaker_sync_row_read(BYTES("\xff\xffx"), NULL, 0, &row));
}

static void test_checkpoint_rows(void **state)
{
    struct mirrormaker_checkpoint_row row;

    (void)state;
    assert_true(mirrormaker_checkpoint_row_read(BYTES("\0\7billing\0\10A.orders\0\0\0\1"),
                                                BYTES("\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\xfe\0\0"),
                                                &row));
    assert_string_equal(row.group.text, "billing");
    assert_string_equal(row.topic.text, "A.orders");
    assert_int_equal(row.partition, 1);
    assert_true(row.known);
    assert_int_equal(row.upstream, 256);
    assert_int_equal(row.downstream, 254);
    /* Another version may mean anything. */
    assert_true(mirrormaker_checkpoint_row_read(BYTES("\0\7billing\0\10A.orders\0\0\0\1"),
                                                BYTES("\0\1\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\xfe\0\0"),
                                                &row));
    assert_false(row.known);
}

/* --- Progress. --- */

static void add(struct mirrormaker_progress *progress, const char *connector, int64_t offset,
                int64_t time_ms)
{
    struct mirrormaker_offset_row row = {.partition = 0, .known = offset >= 0, .offset = offset};

    (void)snprintf(row.connector.text, sizeof row.connector.text, "%s", connector);
    (void)snprintf(row.topic.text, sizeof row.topic.text, "orders");
    mirrormaker_progress_add_offset(progress, &row, time_ms);
}

static void sync_to(struct mirrormaker_progress *progress, int64_t upstream, int64_t time_ms)
{
    struct mirrormaker_sync_row row = {
        .known = upstream >= 0, .upstream = upstream, .downstream = upstream + 7};

    (void)snprintf(row.topic.text, sizeof row.topic.text, "orders");
    mirrormaker_progress_add_sync(progress, &row, time_ms);
}

static int64_t next_of(const struct mirrormaker_progress *progress)
{
    struct mirrormaker_position position = mirrormaker_progress_find(progress, "orders", 0);

    return position.known ? position.next : -1;
}

static void test_the_further_of_row_and_sync(void **state)
{
    struct mirrormaker_progress *progress = mirrormaker_progress_new();

    (void)state;
    assert_int_equal(next_of(progress), -1);
    sync_to(progress, 10, 1000);
    assert_int_equal(next_of(progress), -1);
    add(progress, "c", 20, 2000);
    assert_int_equal(next_of(progress), 21);
    sync_to(progress, 90, 3000);
    assert_int_equal(next_of(progress), 91);
    assert_true(mirrormaker_progress_find(progress, "orders", 0).has_pair);
    assert_int_equal(mirrormaker_progress_find(progress, "orders", 0).downstream, 97);
    assert_false(mirrormaker_progress_find(progress, "orders", 1).known);
    assert_false(mirrormaker_progress_find(progress, "order", 0).known);
    mirrormaker_progress_clear_syncs(progress);
    assert_int_equal(next_of(progress), 21);
    mirrormaker_progress_clear_offsets(progress);
    assert_int_equal(next_of(progress), -1);
    mirrormaker_progress_free(progress);
}

static void test_deleted_offsets(void **state)
{
    struct mirrormaker_progress *progress = mirrormaker_progress_new();

    (void)state;
    add(progress, "c", 20, 2000);
    sync_to(progress, 90, 3000);
    add(progress, "c", -1, 4000);
    assert_int_equal(next_of(progress), -1);
    /* It begins anew, and the sync is of before. */
    add(progress, "c", 5, 65000);
    assert_int_equal(next_of(progress), 6);
    sync_to(progress, 8, 66000);
    assert_int_equal(next_of(progress), 9);
    mirrormaker_progress_free(progress);
}

/* The topic was created anew: either kind of row goes back first. */
static void test_row_that_goes_back(void **state)
{
    struct mirrormaker_progress *progress = mirrormaker_progress_new();

    (void)state;
    add(progress, "c", 1000, 1000);
    sync_to(progress, 1090, 2000);
    add(progress, "c", 5, 61000);
    assert_int_equal(next_of(progress), 6);
    assert_true(mirrormaker_progress_find(progress, "orders", 0).set_back);
    mirrormaker_progress_free(progress);
}

static void test_sync_that_goes_back(void **state)
{
    struct mirrormaker_progress *progress = mirrormaker_progress_new();

    (void)state;
    sync_to(progress, 990, 900);
    add(progress, "c", 1000, 1000);
    sync_to(progress, 0, 5000);
    assert_int_equal(next_of(progress), 1);
    assert_true(mirrormaker_progress_find(progress, "orders", 0).set_back);
    sync_to(progress, 400, 6000);
    assert_int_equal(next_of(progress), 401);
    add(progress, "c", 450, 61000);
    assert_int_equal(next_of(progress), 451);
    mirrormaker_progress_free(progress);
}

/* Only the newest rows are left in a compacted topic. */
static void test_late_sync_behind_the_row(void **state)
{
    struct mirrormaker_progress *progress = mirrormaker_progress_new();

    (void)state;
    add(progress, "c", 1000, 1000);
    sync_to(progress, 5, 30000);
    assert_int_equal(next_of(progress), 6);
    mirrormaker_progress_clear_syncs(progress);
    /* A little later it is only a delay in sending it. */
    sync_to(progress, 995, 1100);
    assert_int_equal(next_of(progress), 1001);
    mirrormaker_progress_free(progress);
}

/* After a crash it begins at N + 1. */
static void test_restart_of_the_connector(void **state)
{
    struct mirrormaker_progress *progress = mirrormaker_progress_new();

    (void)state;
    add(progress, "c", 1000, 1000);
    sync_to(progress, 1090, 2000);
    sync_to(progress, 1001, 30000);
    assert_int_equal(next_of(progress), 1002);
    assert_false(mirrormaker_progress_find(progress, "orders", 0).set_back);
    mirrormaker_progress_free(progress);
}

static void test_several_connectors(void **state)
{
    struct mirrormaker_progress *progress = mirrormaker_progress_new();
    const char *const *names;

    (void)state;
    add(progress, "one", 1000, 1000);
    add(progress, "two", 10, 2000);
    add(progress, "three", -1, 2000);
    assert_int_equal(next_of(progress), 11);
    assert_int_equal(mirrormaker_progress_connectors(progress, &names), 3);
    assert_string_equal(names[1], "two");
    for (int i = 0; i < 20; i++) {
        char name[8];

        (void)snprintf(name, sizeof name, "n%d", i);
        add(progress, name, 3, 1);
    }
    assert_true(mirrormaker_progress_overflowed(progress));
    mirrormaker_progress_free(progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offset_rows),
        cmocka_unit_test(test_offset_rows_without_an_offset),
        cmocka_unit_test(test_rows_of_others),
        cmocka_unit_test(test_sync_rows),
        cmocka_unit_test(test_checkpoint_rows),
        cmocka_unit_test(test_the_further_of_row_and_sync),
        cmocka_unit_test(test_deleted_offsets),
        cmocka_unit_test(test_row_that_goes_back),
        cmocka_unit_test(test_sync_that_goes_back),
        cmocka_unit_test(test_late_sync_behind_the_row),
        cmocka_unit_test(test_restart_of_the_connector),
        cmocka_unit_test(test_several_connectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
