/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog that is read from what a tool prints; ' stands for ". */

#ifndef TESTS_UNIT_BACKUP_FORMATS_FIXTURE_H
#define TESTS_UNIT_BACKUP_FORMATS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/backup_formats.h"

#define SEGMENT_BYTES (16 * 1024 * 1024)

struct fixture {
    struct arena *arena;
    struct backup_catalog catalog;
    struct backup_query query;
    struct error error;
};

static inline void set_up(struct fixture *f)
{
    *f = (struct fixture){.arena = arena_new(),
                          .query = {.repository = "", .set = "", .segment_bytes = SEGMENT_BYTES}};
    backup_catalog_init(&f->catalog, f->arena);
}

static inline void tear_down(struct fixture *f)
{
    arena_free(f->arena);
}

/* Adds to the catalog what a text says. The copy has no room at its end, so that the sanitizer
 * sees a read beyond it. */
static inline bool feed(struct fixture *f, backup_read *read, const char *text)
{
    size_t length = strlen(text);
    char *copy = malloc(length);
    bool ok;

    for (size_t i = 0; i < length; i++) {
        copy[i] = text[i];
        if (copy[i] == '\'') {
            copy[i] = '"';
        }
    }
    ok = read(&f->catalog, &f->query, copy, length, &f->error);
    free(copy);
    return ok;
}

static inline void assert_refused(struct fixture *f, backup_read *read, const char *text,
                                  enum error_kind kind, const char *message)
{
    assert_false(feed(f, read, text));
    assert_int_equal(f->error.kind, kind);
    if (strstr(f->error.message, message) == NULL) {
        fail_msg("\"%s\" is not in: %s", message, f->error.message);
    }
}

/* What is no list of backups, at the instant `now`. */
struct refused {
    const char *text;
    enum error_kind kind;
    const char *message;
};

static inline void assert_all_refused(backup_read *read, double now, const struct refused *cases,
                                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct fixture f;

        set_up(&f);
        f.query.now = now;
        assert_refused(&f, read, cases[i].text, cases[i].kind, cases[i].message);
        tear_down(&f);
    }
}

/* The first backup is in this state, and tells why it does not count. */
static inline void assert_rejected(backup_read *read, double now, const char *text,
                                   enum backup_state state, const char *problem)
{
    struct fixture f;

    set_up(&f);
    f.query.now = now;
    print_message("%s\n", problem);
    assert_true(feed(&f, read, text));
    assert_int_equal(f.catalog.backups[0].state, state);
    assert_non_null(strstr(f.catalog.backups[0].problem, problem));
    tear_down(&f);
}

static inline void assert_instant(struct reading reading, double value)
{
    assert_true(reading.known);
    assert_true(reading.value - value < 0.001 && value - reading.value < 0.001);
}

static inline void assert_wal(struct backup_wal wal, const char *name)
{
    char text[BACKUP_WAL_TEXT_BYTES];

    assert_true(wal.known);
    backup_wal_format(text, wal);
    assert_string_equal(text, name);
}

/* By its name; fails when there is none. */
static inline const struct backup *backup_named(const struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->catalog.backup_count; i++) {
        if (strcmp(f->catalog.backups[i].name, name) == 0) {
            return &f->catalog.backups[i];
        }
    }
    fail_msg("there is no backup %s", name);
    return NULL;
}

#endif
