/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog of backups that a test fills, and what it proves. */

#ifndef TESTS_UNIT_BACKUP_FIXTURE_H
#define TESTS_UNIT_BACKUP_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/backup_evidence.h"
#include "exporter/bounds.h"

#define NOW 1000000.0
#define HOUR 3600.0

/* A catalog that a test fills, and what came out of it. */
struct bench {
    struct arena *arena;
    struct backup_catalog catalog;
    struct backup_settings settings;
    struct backup_query query;
    struct backup_groups groups;
    struct evidence evidence;
    struct error error;
    bool known;
};

static inline int set_up(void **state)
{
    static struct bench bench;

    bench =
        (struct bench){.arena = arena_new(), .query = {.repository = "", .set = "", .now = NOW}};
    backup_catalog_init(&bench.catalog, bench.arena);
    *state = &bench;
    return 0;
}

static inline int tear_down(void **state)
{
    struct bench *bench = *state;

    arena_free(bench->arena);
    return 0;
}

static inline struct reading at(double value)
{
    return (struct reading){.known = true, .value = value};
}

/* One that took ten minutes and was complete so many hours ago. */
static inline struct backup *add(struct bench *bench, const char *repository, const char *set,
                                 double hours_ago)
{
    struct backup *backup = backup_catalog_add(&bench->catalog, &bench->error);

    assert_non_null(backup);
    backup->repository = repository;
    backup->set = set;
    backup->type = "full";
    backup->name = arena_printf(bench->arena, "%g hours ago", hours_ago);
    backup->completed = at(NOW - hours_ago * HOUR);
    backup->started = at(backup->completed.value - 600);
    backup->restores_to = backup->completed;
    backup->size_bytes = at(1000);
    return backup;
}

static inline struct backup_repository *add_place(struct bench *bench, const char *repository,
                                                  const char *set)
{
    struct backup_repository *place = backup_catalog_add_repository(&bench->catalog, &bench->error);

    assert_non_null(place);
    place->repository = repository;
    place->set = set;
    return place;
}

static inline void prove(struct bench *bench)
{
    bench->groups = backup_groups_judge(&bench->catalog, &bench->settings, &bench->query);
    bench->evidence = (struct evidence){0};
    bench->error = (struct error){.kind = ERROR_NONE};
    bench->known = backup_groups_prove(&bench->groups, &bench->catalog, &bench->query, 0,
                                       bench->arena, &bench->evidence, &bench->error);
}

static inline void assert_recovery_point(struct bench *bench, double hours_ago)
{
    prove(bench);
    assert_true(bench->known);
    assert_true(bench->evidence.has_recovery_point);
    assert_null(bench->evidence.nothing_to_restore);
    assert_true(fabs(bench->evidence.recovery_point - (NOW - hours_ago * HOUR)) < 1e-6);
    assert_int_equal(bench->evidence.zero_data_loss, ANSWER_NO);
}

static inline void assert_nothing(struct bench *bench, const char *reason)
{
    prove(bench);
    assert_true(bench->known);
    assert_false(bench->evidence.has_recovery_point);
    assert_non_null(bench->evidence.nothing_to_restore);
    print_message("%s\n", bench->evidence.nothing_to_restore);
    assert_non_null(strstr(bench->evidence.nothing_to_restore, reason));
}

static inline void assert_unknown(struct bench *bench, enum error_kind kind, const char *reason)
{
    prove(bench);
    print_message("%s\n", bench->error.message);
    assert_false(bench->known);
    assert_false(bench->evidence.has_recovery_point);
    assert_null(bench->evidence.nothing_to_restore);
    assert_string_equal(error_kind_name(bench->error.kind), error_kind_name(kind));
    assert_non_null(strstr(bench->error.message, reason));
}

static inline struct backup_wal wal(const char *name)
{
    struct backup_wal result = {.known = false};

    assert_true(backup_wal_parse(name, &result));
    return result;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
