/* SPDX-License-Identifier: Apache-2.0 */
/* Archives of WAL, more backups than can be looked at, clocks that were set. */

#include "collectors/backup_runs.h"
#include "tests/unit/backup_fixture.h"

static void test_wal_that_is_missing(void **state)
{
    struct bench *bench = *state;
    struct backup *backup = add(bench, "1", "main", 24);
    struct backup_repository *place = add_place(bench, "1", "main");

    backup->first_wal = wal("000000010000000000000010");
    backup->last_wal = wal("000000010000000000000012");
    assert_recovery_point(bench, 24);
    assert_false(bench->groups.items[0].chain_end.known);

    /* It is empty. */
    place->has_archive = true;
    assert_nothing(bench, "WAL that it needs (up to 000000010000000000000012) is not in the "
                          "archive");
    place->archive_first = wal("000000010000000000000001");
    place->archive_last = wal("000000010000000000000011");
    assert_nothing(bench, "is not in the archive");
    assert_int_equal(bench->groups.items[0].failures, 0);
    place->archive_last = wal("000000010000000000000012");
    assert_recovery_point(bench, 24);
    /* Nobody says that none is missing. */
    assert_false(bench->groups.items[0].chain_end.known);
    place->archive_first = wal("000000010000000000000011");
    assert_nothing(bench, "is not in the archive");
    place->archive_first = wal("000000020000000000000010");
    assert_nothing(bench, "is not in the archive");
}

/* A place whose archive has these runs; backups of segments 10 to 12 and 20 to 21. */
static struct backup_repository *add_runs(struct bench *bench, struct backup_run *runs,
                                          size_t count)
{
    struct backup *old = add(bench, "1", "main", 24);
    struct backup *new = add(bench, "1", "main", 2);
    struct backup_repository *place = add_place(bench, "1", "main");

    old->first_wal = wal("000000010000000000000010");
    old->last_wal = wal("000000010000000000000012");
    new->first_wal = wal("000000010000000000000020");
    new->last_wal = wal("000000010000000000000021");
    place->has_archive = true;
    backup_runs_set(runs, count, place);
    place->archive_first = runs[0].first;
    place->archive_last = runs[count - 1].last;
    return place;
}

static void assert_chain(struct bench *bench, double hours_ago, const char *name)
{
    char text[BACKUP_WAL_TEXT_BYTES] = "";

    assert_recovery_point(bench, hours_ago);
    assert_int_equal(bench->groups.items[0].chain_end.known, name != NULL);
    if (name != NULL) {
        backup_wal_format(text, bench->groups.items[0].chain_end);
        assert_string_equal(text, name);
    }
}

static void test_wal_leads_to_the_first_gap(void **state)
{
    struct bench *bench = *state;
    struct backup_run runs[] = {
        {wal("000000010000000000000030"), wal("000000010000000000000040")},
        {wal("000000010000000000000010"), wal("000000010000000000000028")},
    };
    struct backup_repository *place = add_runs(bench, runs, 2);

    assert_chain(bench, 2, "000000010000000000000028");
    /* The newest lacks WAL itself; the older one leads to where that ends. */
    runs[0].last = wal("000000010000000000000020");
    assert_chain(bench, 24, "000000010000000000000020");
    assert_int_equal(bench->groups.items[0].rejected_for, BACKUP_OBSTACLE_ARCHIVE);
    runs[0].last = wal("000000010000000000000011");
    assert_nothing(bench, "is not in the archive");
    place->run_count = 0;
    assert_nothing(bench, "is not in the archive");
    /* It may have been made after another timeline branched off. */
    place->run_count = 2;
    runs[0].last = wal("000000010000000000000028");
    runs[1].first = wal("000000020000000000000030");
    runs[1].last = wal("000000020000000000000040");
    place->archive_last = runs[1].last;
    assert_chain(bench, 2, NULL);
    /* One that tells where it ends only by half is none. */
    bench->catalog.backups[1].last_wal.known = false;
    assert_chain(bench, 24, NULL);
    /* The server was stopped while it was made. */
    bench->catalog.backups[1].first_wal.known = false;
    assert_chain(bench, 2, NULL);
}

static void test_runs_of_segments(void **state)
{
    struct bench *bench = *state;
    struct backup_repository place = {.repository = ""};
    struct backup_wal segments[] = {
        wal("0000000100000001000000FF"),
        wal("000000010000000200000001"),
        wal("000000010000000200000000"),
        wal("000000020000000200000002"),
        wal("000000010000000200000004"),
        wal("000000010000000200000003"),
        /* Twice: one of them is of another primary. */
        wal("000000010000000200000005"),
        wal("000000010000000200000005"),
        wal("000000010000000200000006"),
    };

    assert_true(backup_runs_fill(bench->arena, segments, 9, 16 << 20, &place, &bench->error));
    assert_true(place.tells_gaps);
    assert_int_equal(place.run_count, 4);
    assert_true(backup_runs_find(&place, wal("000000010000000200000001")) == &place.runs[0]);
    assert_true(place.runs[0].first.segment == UINT64_C(0x1000000FF));
    assert_null(backup_runs_find(&place, wal("000000010000000200000002")));
    assert_true(backup_runs_find(&place, wal("000000010000000200000004")) == &place.runs[1]);
    assert_null(backup_runs_find(&place, wal("000000010000000200000005")));
    assert_true(backup_runs_find(&place, wal("000000010000000200000006")) == &place.runs[2]);
    assert_true(backup_runs_find(&place, wal("000000020000000200000002")) == &place.runs[3]);
    assert_null(backup_runs_find(&place, wal("000000020000000200000001")));
    assert_null(backup_runs_find(&place, (struct backup_wal){.known = false}));
    /* With larger segments a log has fewer of them. */
    assert_false(backup_runs_fill(bench->arena, segments, 9, 64 << 20, &place, &bench->error));
    assert_non_null(strstr(bench->error.message, "wal_segment_size"));
    assert_true(backup_runs_fill(bench->arena, segments, 0, 16 << 20, &place, &bench->error));
    assert_int_equal(place.run_count, 0);
    assert_null(backup_runs_find(&place, wal("000000010000000200000001")));
}

static void test_names_of_segments(void **state)
{
    struct backup_wal result = wal("00000002000000AB000000FE");
    char text[BACKUP_WAL_TEXT_BYTES];

    (void)state;
    assert_int_equal(result.timeline, 2);
    assert_true(result.segment == UINT64_C(0xAB000000FE));
    backup_wal_format(text, result);
    assert_string_equal(text, "00000002000000AB000000FE");
    assert_true(backup_wal_parse("00000002000000AB000000FE-1234abcd.gz", &result));
    assert_true(backup_wal_parse("00000002000000AB000000FE.lz4", &result));
    assert_false(backup_wal_parse("00000002000000AB000000FE.partial", &result));
    assert_false(backup_wal_parse("00000002000000AB000000FE.00000028.backup", &result));
    assert_false(backup_wal_parse("00000002.history", &result));
    assert_false(backup_wal_parse("00000002000000AB000000F", &result));
    assert_false(backup_wal_parse("00000002000000AB000000FEA", &result));
    assert_false(backup_wal_parse("00000002000000ab000000fe", &result));
    assert_false(backup_wal_parse("", &result));
}

static void test_too_many(void **state)
{
    struct bench *bench = *state;

    for (int i = 0; i < BACKUPS_MAX; i++) {
        (void)add(bench, "", "", 1 + i);
    }
    assert_null(backup_catalog_add(&bench->catalog, &bench->error));
    assert_int_equal(bench->error.kind, ERROR_INCONSISTENT);
    assert_recovery_point(bench, 1);
    assert_true(bench->evidence.oldest_restorable.known);

    /* The newest are kept, and how far back they go is not known any more. */
    bench->catalog.backups[0].state = BACKUP_FAILED;
    backup_catalog_keep_newest(&bench->catalog, 10);
    assert_int_equal(bench->catalog.backup_count, 10);
    assert_recovery_point(bench, 2);
    assert_false(bench->evidence.oldest_restorable.known);
    for (size_t i = 0; i < bench->catalog.backup_count; i++) {
        bench->catalog.backups[i].state = BACKUP_FAILED;
    }
    assert_unknown(bench, ERROR_INCONSISTENT, "too many backups to look at all");
}

static void test_a_clock_that_was_set(void **state)
{
    struct bench *bench = *state;

    (void)add(bench, "", "", 1);
    prove(bench);
    assert_true(backup_groups_prove(&bench->groups, &bench->catalog, &bench->query, 500,
                                    bench->arena, &bench->evidence, &bench->error));
    assert_true(fabs(bench->evidence.recovery_point - (NOW - HOUR - 500)) < 1e-6);
    assert_true(fabs(bench->evidence.oldest_restorable.value - (NOW - HOUR - 500)) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_wal_that_is_missing),
        TEST(test_wal_leads_to_the_first_gap),
        TEST(test_runs_of_segments),
        TEST(test_names_of_segments),
        TEST(test_too_many),
        TEST(test_a_clock_that_was_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
