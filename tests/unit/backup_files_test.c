/* SPDX-License-Identifier: Apache-2.0 */
/* Backups that are files: which are found, and which are finished. */

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/backup_files.h"
#include "collectors/file_glob.h"
#include "exporter/clock.h"

#define NOW 1795262400.0

static char directory[] = "/tmp/backup_files_test.XXXXXX";
static struct stop stop;
static struct arena *arena;

static const char *in_directory(const char *name)
{
    return arena_printf(arena, "%s/%s", directory, name);
}

static void write_file(const char *name, const char *text, double age)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)(NOW - age)},
                                      {.tv_sec = (time_t)(NOW - age)}};
    FILE *file = fopen(in_directory(name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(utimensat(AT_FDCWD, in_directory(name), times, 0), 0);
}

static void make_directory(const char *name)
{
    assert_int_equal(mkdir(in_directory(name), 0755), 0);
}

struct names {
    char text[1000]; /* Sorted, with a blank behind each. */
    size_t count;
    const char *names[100];
};

static bool note(void *context, const char *path, struct error *error)
{
    struct names *names = context;

    (void)error;
    assert_true(strncmp(path, directory, strlen(directory)) == 0);
    names->names[names->count++] = arena_strdup(arena, path + strlen(directory) + 1);
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool search(const char *pattern, struct names *names, struct error *error)
{
    struct deadline deadline = {.monotonic_ms = clock_monotonic_ms() + 5000, .stop = &stop};

    *names = (struct names){.text = ""};
    if (!file_glob(in_directory(pattern), &deadline, note, names, error)) {
        return false;
    }
    qsort(names->names, names->count, sizeof names->names[0], compare_names);
    for (size_t i = 0; i < names->count; i++) {
        size_t length = strlen(names->text);

        (void)snprintf(names->text + length, sizeof names->text - length, "%s ", names->names[i]);
    }
    return true;
}

static void test_patterns(void **state)
{
    static const struct {
        const char *pattern;
        const char *found;
    } cases[] = {
        {"*.dump", "a.dump b.dump "},
        {"a.dump", "a.dump "},
        {"missing.dump", ""},
        {"missing*/x", ""},
        {"[ab].dump", "a.dump b.dump "},
        {"*", "a.dump b.dump dangling link x y "},
        {".*", ".hidden "},
        {"*/*.dump", "link/c.dump x/c.dump "},
        {"x/*.dump", "x/c.dump "},
        {"*//deep/./d?", "y/deep/./d1 "},
        {"*/deep/*", "y/deep/d1 "},
        {"a.dump/*", NULL},
        {"none/*", NULL},
        {"none/x", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {.kind = ERROR_NONE};
        struct names names;

        print_message("%s\n", cases[i].pattern);
        if (cases[i].found == NULL) {
            assert_false(search(cases[i].pattern, &names, &error));
            assert_int_equal(error.kind, ERROR_NOT_FOUND);
        } else {
            assert_true(search(cases[i].pattern, &names, &error));
            assert_string_equal(names.text, cases[i].found);
        }
    }
}

static void test_a_search_ends(void **state)
{
    char pattern[200] = "";
    struct deadline deadline = {.monotonic_ms = clock_monotonic_ms() - 1, .stop = &stop};
    struct error error;
    struct names names = {.text = ""};

    (void)state;
    assert_false(file_glob(in_directory("*"), &deadline, note, &names, &error));
    assert_int_equal(error.kind, ERROR_TIMEOUT);
    for (size_t i = 0; i < 90; i++) {
        memcpy(pattern + 2 * i, "*/", 2);
    }
    assert_false(search(pattern, &names, &error));
    assert_int_equal(error.kind, ERROR_INTERNAL);
}

static struct backup_catalog gather(const struct backup_talker *talker,
                                    struct backup_settings *settings, const char *pattern)
{
    struct backup_asking asking = {
        .settings = settings,
        .query = {.repository = "", .set = "", .now = NOW},
        .deadline = {.monotonic_ms = clock_monotonic_ms() + 5000, .stop = &stop}};
    struct backup_catalog catalog;
    struct error error = {.message = ""};
    void *session = talker->open(settings, &asking.deadline, &error);

    settings->glob = in_directory(pattern);
    settings->settle_ms = 60000;
    backup_catalog_init(&catalog, arena);
    assert_non_null(session);
    if (!talker->gather(session, &asking, &catalog, &error)) {
        fail_msg("%s", error.message);
    }
    talker->close(session);
    return catalog;
}

static const struct backup *find(const struct backup_catalog *catalog, const char *name)
{
    for (size_t i = 0; i < catalog->backup_count; i++) {
        if (strcmp(catalog->backups[i].name, in_directory(name)) == 0) {
            return &catalog->backups[i];
        }
    }
    fail_msg("%s is not there", name);
    return NULL;
}

static void test_files(void **state)
{
    struct backup_settings settings = {.format = "files", .dump_duration_ms = 1000};
    struct backup_catalog catalog;

    (void)state;
    write_file("x/empty.dump", "", 7200);
    write_file("x/new.dump.tmp", "half", 7200);
    write_file("x/writing.dump", "half", 30);
    write_file("x/future.dump", "x", -7200);
    write_file("x/ahead.dump", "x", -20);
    catalog = gather(&backup_files_talker, &settings, "x/*");
    assert_int_equal(catalog.backup_count, 7);
    assert_int_equal(find(&catalog, "x/ahead.dump")->state, BACKUP_RUNNING);
    assert_int_equal(find(&catalog, "x/c.dump")->state, BACKUP_USABLE);
    assert_int_equal((int64_t)find(&catalog, "x/c.dump")->completed.value, (int64_t)NOW - 3600);
    assert_int_equal((int64_t)find(&catalog, "x/c.dump")->size_bytes.value, 4);
    assert_int_equal(find(&catalog, "x/empty.dump")->state, BACKUP_FAILED);
    assert_int_equal(find(&catalog, "x/new.dump.tmp")->state, BACKUP_RUNNING);
    assert_int_equal(find(&catalog, "x/writing.dump")->state, BACKUP_RUNNING);
    /* The evidence says that. */
    assert_int_equal(find(&catalog, "x/future.dump")->state, BACKUP_USABLE);
    assert_int_equal(find(&catalog, "x/sub")->state, BACKUP_FAILED);
    assert_non_null(strstr(find(&catalog, "x/sub")->problem, "is a directory"));

    /* A link to nothing is nothing. */
    catalog = gather(&backup_files_talker, &settings, "d*");
    assert_int_equal(catalog.backup_count, 0);
    catalog = gather(&backup_files_talker, &settings, "y/deep/none*");
    assert_int_equal(catalog.backup_count, 0);
}

/* Only the marker says that it was written to its end. */
static void test_etcd_directories(void **state)
{
    struct backup_settings settings = {.format = "etcd"};
    struct backup_catalog catalog;

    (void)state;
    make_directory("e");
    make_directory("e/2026-11-21T11:00:00Z-000001");
    write_file("e/2026-11-21T11:00:00Z-000001/etcd.backup.gz", "12345", 3500);
    write_file("e/2026-11-21T11:00:00Z-000001/_etcd_backup.meta", "{}", 3400);
    make_directory("e/2026-11-21T11:30:00Z-000002");
    write_file("e/2026-11-21T11:30:00Z-000002/etcd.backup.gz", "12345", 1800);
    make_directory("e/2026-11-21T11:40:00Z-000003");
    write_file("e/2026-11-21T11:40:00Z-000003/_etcd_backup.meta", "{}", 1100);
    /* A copy in the order of names, which has not come to its end. */
    make_directory("e/2026-11-21T11:50:00Z-000004");
    write_file("e/2026-11-21T11:50:00Z-000004/_etcd_backup.meta", "{}", 90);
    write_file("e/2026-11-21T11:50:00Z-000004/etcd.backup.gz", "12", 30);
    write_file("e/snapshot.db", "123", 600);
    catalog = gather(&backup_etcd_files_talker, &settings, "e/*");
    assert_int_equal(catalog.backup_count, 5);
    assert_int_equal(find(&catalog, "e/2026-11-21T11:50:00Z-000004")->state, BACKUP_RUNNING);
    assert_int_equal(find(&catalog, "e/2026-11-21T11:00:00Z-000001")->state, BACKUP_USABLE);
    assert_int_equal((int64_t)find(&catalog, "e/2026-11-21T11:00:00Z-000001")->restores_to.value,
                     (int64_t)NOW - 3600);
    assert_int_equal((int64_t)find(&catalog, "e/2026-11-21T11:00:00Z-000001")->size_bytes.value, 5);
    assert_int_not_equal(find(&catalog, "e/2026-11-21T11:30:00Z-000002")->state, BACKUP_USABLE);
    assert_int_equal(find(&catalog, "e/2026-11-21T11:40:00Z-000003")->state, BACKUP_FAILED);
    assert_int_equal(find(&catalog, "e/snapshot.db")->state, BACKUP_FAILED);
    assert_non_null(strstr(find(&catalog, "e/snapshot.db")->problem, "dump_duration"));
    settings.dump_duration_ms = 60000;
    catalog = gather(&backup_etcd_files_talker, &settings, "e/*");
    assert_int_equal(find(&catalog, "e/snapshot.db")->state, BACKUP_USABLE);
    assert_int_equal((int64_t)find(&catalog, "e/2026-11-21T11:00:00Z-000001")->restores_to.value,
                     (int64_t)NOW - 3600);
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    if (!stop_init(&stop) || mkdtemp(directory) == NULL) {
        return -1;
    }
    write_file("a.dump", "a", 3600);
    write_file("b.dump", "b", 3600);
    write_file(".hidden", "b", 3600);
    make_directory("x");
    make_directory("x/sub");
    write_file("x/c.dump", "text", 3600);
    make_directory("y");
    make_directory("y/deep");
    write_file("y/deep/d1", "b", 3600);
    return symlink("x", in_directory("link")) == 0 &&
                   symlink("nowhere", in_directory("dangling")) == 0
               ? 0
               : -1;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    stop_release(&stop);
    arena_free(arena);
    return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_a_search_ends),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_etcd_directories),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
