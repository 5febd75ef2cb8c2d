/* SPDX-License-Identifier: Apache-2.0 */
/* From the end of a WAL archive to the instant at which the primary was there. */

#include <stdio.h>

#include "collectors/backup_archiver.h"
#include "tests/unit/backup_formats_fixture.h"

#define SYSTEM "7710588268858904986"

struct archiver_fixture {
    struct fixture base;
    struct history *history;
    struct backup_position last;
    struct backup_archive archive;
    struct backup_repository repository;
};

static void set_up_archiver(struct archiver_fixture *f)
{
    *f = (struct archiver_fixture){.history = history_new()};
    set_up(&f->base);
    f->repository = (struct backup_repository){.system_id = 7710588268858904986U};
}

static void tear_down_archiver(struct archiver_fixture *f)
{
    history_free(f->history);
    tear_down(&f->base);
}

/* `archiver` and `ready` are members of these objects. */
static bool answer(struct archiver_fixture *f, const char *format, const char *position,
                   const char *commits, const char *archiver, const char *ready)
{
    char json[2000];

    (void)snprintf(json, sizeof json,
                   "{\"in_recovery\":false,\"may_monitor\":true,\"system_id\":\"" SYSTEM
                   "\",\"segment_bytes\":\"16777216\",\"commits\":\"%s\",\"position\":\"%s\","
                   "\"file\":\"000000010000000000000001\",\"mode\":\"on\",\"empty\":false,"
                   "\"archiver\":{%s},\"ready\":{%s}}",
                   commits, position, archiver, ready);
    return backup_archive_read(json, format, &f->base.query, &f->archive, &f->base.error);
}

/* The primary was at a position at an instant, and committed something to get there. */
static void at(struct archiver_fixture *f, double time, const char *position)
{
    assert_true(answer(f, "pgbackrest", position, position, "\"archived\":3,\"failed\":0",
                       "\"count\":0,\"first\":null"));
    backup_archive_note(&f->archive, time, &f->last, f->history);
}

/* One that goes on. */
static void set_up_on_the_way(struct archiver_fixture *f)
{
    set_up_archiver(f);
    at(f, 100, "0/2000500");
    at(f, 110, "0/3000500");
    at(f, 120, "0/5000500");
}

static bool recover(struct archiver_fixture *f, const char *last, double *ret_time)
{
    struct backup_wal end = {.known = false};

    (void)backup_wal_parse(last, &end);
    return backup_archiver_recovery_point(&f->archive, f->history, &f->base.query, &f->repository,
                                          end, ret_time);
}

static void assert_recovers(struct archiver_fixture *f, const char *last, double expected)
{
    double time = 0;

    assert_true(recover(f, last, &time));
    assert_true(time == expected);
}

static void test_the_archive_follows(void **state)
{
    struct archiver_fixture f;
    double time;

    (void)state;
    set_up_on_the_way(&f);
    /* Segment 2 ends at 0/3000000, segment 3 at 0/4000000. */
    assert_recovers(&f, "000000010000000000000002", 100);
    assert_recovers(&f, "000000010000000000000003", 110);
    /* What the repository has of the segment that is being written does not help. */
    assert_recovers(&f, "000000010000000000000004", 110);
    assert_recovers(&f, "000000010000000000000005", 110);
    at(&f, 130, "0/6000028");
    assert_recovers(&f, "000000010000000000000005", 130);
    assert_false(recover(&f, "000000010000000000000001", &time));
    /* The primary is lost: what is known stays. */
    f.archive = (struct backup_archive){0};
    assert_recovers(&f, "000000010000000000000003", 110);
    tear_down_archiver(&f);
}

static void test_what_still_waits_is_no_use(void **state)
{
    struct archiver_fixture f;
    double time;

    (void)state;
    set_up_on_the_way(&f);
    /* Segment 4 overtook segment 3. */
    assert_true(answer(&f, "pgbackrest", "0/5000500", "a", "",
                       "\"count\":1,\"first\":"
                       "\"000000010000000000000003\""));
    assert_recovers(&f, "000000010000000000000004", 100);
    /* One of an earlier timeline never arrived. */
    f.archive.first_ready.timeline = 0;
    assert_false(recover(&f, "000000010000000000000004", &time));
    /* Barman says itself how far it came. */
    assert_true(answer(&f, "barman", "0/5000500", "a", "",
                       "\"count\":1,\"first\":"
                       "\"000000010000000000000003\""));
    assert_recovers(&f, "000000010000000000000004", 110);
    tear_down_archiver(&f);
}

static void test_another_database_or_timeline(void **state)
{
    struct archiver_fixture f;
    double time;

    (void)state;
    set_up_on_the_way(&f);
    f.repository.system_id--;
    assert_false(recover(&f, "000000010000000000000002", &time));
    assert_false(backup_archiver_check(&f.archive, &f.repository, &f.base.error));
    assert_int_equal(f.base.error.kind, ERROR_INCONSISTENT);
    f.repository.system_id = 0;
    assert_false(recover(&f, "000000010000000000000002", &time));
    assert_true(backup_archiver_check(&f.archive, &f.repository, &f.base.error));
    f.repository.system_id = 7710588268858904986U;
    assert_true(backup_archiver_check(&f.archive, &f.repository, &f.base.error));
    assert_false(recover(&f, "000000020000000000000002", &time));
    assert_false(recover(&f, "0000000100000000FFFFFFFF", &time));
    assert_false(recover(&f, "00000001FFFFFFFF00000001", &time));
    assert_recovers(&f, "000000010000000000000002", 100);
    tear_down_archiver(&f);
}

/* Trap P1 of the archive: an idle primary writes WAL that nobody misses. */
static void test_an_idle_primary(void **state)
{
    struct archiver_fixture f;

    (void)state;
    set_up_archiver(&f);
    at(&f, 100, "0/2FFFF00");
    assert_true(answer(&f, "pgbackrest", "0/3000028", "idle", "", "\"count\":0"));
    backup_archive_note(&f.archive, 110, &f.last, f.history);
    assert_true(answer(&f, "pgbackrest", "0/3000100", "idle", "", "\"count\":0"));
    backup_archive_note(&f.archive, 120, &f.last, f.history);
    assert_recovers(&f, "000000010000000000000002", 120);
    assert_true(answer(&f, "pgbackrest", "0/3000200", "busy", "", "\"count\":0"));
    backup_archive_note(&f.archive, 130, &f.last, f.history);
    assert_recovers(&f, "000000010000000000000002", 120);
    tear_down_archiver(&f);
}

static void test_segments_tell_of_the_past(void **state)
{
    static const char json[] =
        "{\"segments\":[{\"name\":\"000000010000000000000002\",\"age\":50},"
        "{\"name\":\"000000010000000000000003\",\"age\":60},"
        "{\"name\":\"000000010000000000000004\",\"age\":30.5},"
        "{\"name\":\"000000020000000000000005\",\"age\":1},"
        "{\"name\":\"000000010000000000000006\",\"age\":1},{\"name\":\"x\",\"age\":1}]}";
    struct archiver_fixture f;

    (void)state;
    set_up_archiver(&f);
    assert_true(answer(&f, "pgbackrest", "0/6000500", "a", "", "\"count\":0"));
    assert_true(backup_archive_needs_segments(&f.archive, f.history, 200));
    assert_true(backup_archive_note_segments(json, &f.archive, &f.base.query, 200, f.history,
                                             &f.base.error));
    backup_archive_note(&f.archive, 200, &f.last, f.history);
    assert_false(backup_archive_needs_segments(&f.archive, f.history, 210));
    assert_true(backup_archive_needs_segments(&f.archive, f.history, 300));
    assert_recovers(&f, "000000010000000000000002", 150);
    /* Its date contradicts that of the one before. */
    assert_recovers(&f, "000000010000000000000003", 150);
    assert_recovers(&f, "000000010000000000000004", 169.5);
    assert_recovers(&f, "000000010000000000000005", 169.5);
    assert_false(backup_archive_note_segments("[", &f.archive, &f.base.query, 200, f.history,
                                              &f.base.error));
    tear_down_archiver(&f);
}

/* WAL that is switched while nothing is committed, and nobody asks. */
static void test_segments_of_an_idle_primary(void **state)
{
    static const char json[] =
        "{\"segments\":[{\"name\":\"000000010000000000000003\",\"age\":30}]}";
    struct archiver_fixture f;

    (void)state;
    set_up_archiver(&f);
    at(&f, 100, "0/2000500");
    at(&f, 110, "0/3000500");
    assert_true(answer(&f, "pgbackrest", "0/4000100", "0/3000500", "", "\"count\":0"));
    assert_true(backup_archive_note_segments(json, &f.archive, &f.base.query, 200, f.history,
                                             &f.base.error));
    backup_archive_note(&f.archive, 200, &f.last, f.history);
    assert_recovers(&f, "000000010000000000000002", 100);
    assert_recovers(&f, "000000010000000000000003", 200);
    tear_down_archiver(&f);
}

static void test_state_of_the_archiver(void **state)
{
    struct archiver_fixture f;

    (void)state;
    set_up_archiver(&f);
    assert_true(answer(&f, "pgbackrest", "0/2000500", "a",
                       "\"archived\":7,\"failed\":2,\"last_archived\":1795261241.9,"
                       "\"last_failed\":1795261240",
                       "\"count\":3,\"first\":\"000000010000000000000001\""));
    assert_int_equal(f.archive.failing, ANSWER_NO);
    assert_instant(f.archive.last_archived, 1795261241.9);
    assert_instant(f.archive.archived, 7);
    assert_instant(f.archive.failed, 2);
    assert_instant(f.archive.ready_files, 3);
    assert_wal(f.archive.first_ready, "000000010000000000000001");
    assert_null(f.archive.problem);
    assert_true(
        answer(&f, "pgbackrest", "0/2000500", "a", "\"last_failed\":1795261240", "\"count\":3"));
    assert_int_equal(f.archive.failing, ANSWER_YES);
    assert_false(f.archive.last_archived.known);
    tear_down_archiver(&f);
}

static void assert_wrong(struct archiver_fixture *f, const char *json, enum error_kind kind,
                         const char *message)
{
    assert_false(
        backup_archive_read(json, "pgbackrest", &f->base.query, &f->archive, &f->base.error));
    assert_int_equal(f->base.error.kind, kind);
    assert_non_null(strstr(f->base.error.message, message));
}

#define HEAD "{\"segment_bytes\":\"16777216\",\"system_id\":\"1\","

static void test_wrong_answers(void **state)
{
    struct archiver_fixture f;

    (void)state;
    set_up_archiver(&f);
    assert_wrong(&f, "", ERROR_PROTOCOL, "not the JSON");
    assert_wrong(&f, HEAD "\"in_recovery\":true}", ERROR_INCONSISTENT, "standby");
    assert_wrong(&f, HEAD "\"may_monitor\":false}", ERROR_PERMISSION, "pg_monitor");
    assert_wrong(&f, HEAD "\"may_monitor\":true}", ERROR_PROTOCOL, "position");
    assert_wrong(&f, "{\"segment_bytes\":\"67108864\",\"may_monitor\":true}", ERROR_INCONSISTENT,
                 "67108864");
    tear_down_archiver(&f);
}

static void test_archive_mode(void **state)
{
    static const char off[] = HEAD
        "\"may_monitor\":true,\"position\":\"0/2000500\",\"file\":\"000000010000000000000002\","
        "\"commits\":\"a\",\"mode\":\"off\",\"empty\":true,\"ready\":{\"count\":0},"
        "\"archiver\":{\"archived\":0,\"failed\":0}}";
    static const char empty[] = HEAD
        "\"may_monitor\":true,\"position\":\"0/2000500\",\"file\":\"000000010000000000000002\","
        "\"commits\":\"a\",\"mode\":\"on\",\"empty\":true}";
    struct archiver_fixture f;

    (void)state;
    set_up_archiver(&f);
    assert_true(backup_archive_read(off, "pgbackrest", &f.base.query, &f.archive, &f.base.error));
    assert_non_null(f.archive.problem);
    assert_int_equal(f.archive.failing, ANSWER_UNKNOWN);
    assert_false(f.archive.archived.known);
    /* It may stream. */
    assert_true(backup_archive_read(off, "barman", &f.base.query, &f.archive, &f.base.error));
    assert_null(f.archive.problem);
    assert_true(backup_archive_read(empty, "wal-g", &f.base.query, &f.archive, &f.base.error));
    assert_non_null(f.archive.problem);
    assert_int_equal(f.archive.failing, ANSWER_YES);
    assert_true(backup_archive_read(empty, "barman", &f.base.query, &f.archive, &f.base.error));
    assert_null(f.archive.problem);
    tear_down_archiver(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_archive_follows),
        cmocka_unit_test(test_what_still_waits_is_no_use),
        cmocka_unit_test(test_another_database_or_timeline),
        cmocka_unit_test(test_an_idle_primary),
        cmocka_unit_test(test_segments_tell_of_the_past),
        cmocka_unit_test(test_segments_of_an_idle_primary),
        cmocka_unit_test(test_state_of_the_archiver),
        cmocka_unit_test(test_wrong_answers),
        cmocka_unit_test(test_archive_mode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
