/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of objects as they are searched, up to a million keys, and what is kept of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/backup_etcd_objects.h"
#include "collectors/backup_object_dates.h"
#include "collectors/backup_object_heap.h"
#include "collectors/backup_object_search.h"
#include "collectors/s3_answer.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"

#define DAY 86400.0
#define NOON 1795262400.0 /* 2026-11-21T12:00:00Z */

/* --- Dates in prefixes. --- */

static void test_dates(void **state)
{
    static const struct {
        const char *prefix;
        bool good;
    } cases[] = {
        {"", true},
        {"db/", true},
        {"db/%Y/%m/%d/", true},
        {"%Y", true},
        {"100%%/%Y%m", true},
        {"%Y-%m-%dT%H%M%S", true},
        {"%d/%m/%Y", false},
        {"%m", false},
        {"%Y/%d", false},
        {"%Y%Y", false},
        {"a%", false},
        {"%j", false},
        {"%Y%m%d%H%M%S%S", false},
    };
    CLEANUP(free_text) char *text = backup_dates_format("a%%/%Y/%m/%d/%H", NOON);
    CLEANUP(free_text) char *fixed = backup_dates_fixed("a%%/%Y/%m");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error;

        print_message("%s\n", cases[i].prefix);
        assert_int_equal(backup_dates_check(cases[i].prefix, &error), cases[i].good);
    }
    assert_string_equal(text, "a%/2026/11/21/12");
    assert_string_equal(fixed, "a%/");
    assert_true(backup_dates_match("a/%Y/%m/db-", "a/2026/11/db-1"));
    assert_false(backup_dates_match("a/%Y/%m/db-", "a/2026/11/wal-1"));
    assert_false(backup_dates_match("a/%Y/%m/", "a/latest/"));
    assert_false(backup_dates_match("a/%Y/%m/", "a/202"));
    assert_true(backup_dates_unit_seconds("%Y/%m/%d/") == DAY);
    assert_true(backup_dates_unit_seconds("a%%") == 0);
    assert_false(backup_dates_have("a%%"));
}

/* --- The search, in a store that makes its keys up: `per_day` a day since 2024, below db/. --- */

struct store {
    const char *format; /* Of a key: year, month, day, number. */
    double first;
    double last; /* The latest one. */
    int per_day;
    size_t pages;
    size_t taken;
    double newest;
};

static double instant(const struct store *store, size_t index)
{
    return store->first + (double)index * DAY / store->per_day;
}

static void make_key(const struct store *store, size_t index, char key[64])
{
    CLEANUP(free_text) char *day = backup_dates_format(store->format, instant(store, index));

    (void)snprintf(key, 64, "%s%08zu", day, index);
}

/* As real ones: 1,000 keys a page, behind the one given. */
static bool list(void *context, const char *prefix, const char *start_after,
                 const char *continuation, int keys_max, struct arena *arena,
                 struct s3_page *ret_page, struct error *error)
{
    struct store *store = context;
    size_t count =
        store->per_day == 0 ? 0 : (size_t)((store->last - store->first) / DAY * store->per_day) + 1;
    size_t low = 0;
    size_t high = count;
    const char *after = continuation != NULL ? continuation : start_after;
    size_t wanted = keys_max > 0 ? (size_t)keys_max : 1000;
    char key[64];

    (void)error;
    store->pages++;
    while (after != NULL && low < high) {
        size_t middle = (low + high) / 2;

        make_key(store, middle, key);
        if (strcmp(key, after) > 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    *ret_page =
        (struct s3_page){.objects = arena_alloc_array(arena, wanted, sizeof *ret_page->objects)};
    for (; low < count && ret_page->count < wanted; low++) {
        make_key(store, low, key);
        assert_memory_equal(key, prefix, strlen(prefix));
        ret_page->objects[ret_page->count++] = (struct s3_object){
            .key = arena_strdup(arena, key), .last_modified = instant(store, low), .size_bytes = 1};
    }
    ret_page->continuation = low < count ? arena_strdup(arena, key) : NULL;
    return true;
}

static bool take(void *context, const struct s3_object *object)
{
    struct store *store = context;

    store->taken++;
    store->newest = object->last_modified > store->newest ? object->last_modified : store->newest;
    return true;
}

static struct backup_object_search search_in(struct store *store, const char *prefix)
{
    return (struct backup_object_search){.prefix = prefix,
                                         .now = NOON,
                                         .lookback_seconds = 14 * DAY,
                                         .list = list,
                                         .take = take,
                                         .context = store};
}

static void test_million_keys(void **state)
{
    (void)state;
    /* Two years of them; at noon, just before and just after midnight. */
    for (double hour = -12.1; hour <= 12.1; hour += 2.42) {
        struct store store = {.format = "db/%Y/%m/%d/",
                              .first = NOON - 730 * DAY,
                              .last = NOON + hour * 3600,
                              .per_day = 1370};
        struct backup_object_search search = search_in(&store, "db/%Y/%m/%d/");
        struct error error = {.message = ""};

        search.now = NOON + hour * 3600 + 60;
        assert_true(backup_object_search_run(&search, &error));
        assert_true(search.now - store.newest < 60 + 2 * DAY / 1370);
        assert_in_range(search.pages, 1, 3);
        assert_int_equal(search.pages, store.pages);
        assert_true(search.is_partial);
    }
}

static void test_schedule(void **state)
{
    struct store store = {
        .format = "db/%Y%m%dT%H%M%S-", .first = NOON - 30 * DAY, .last = NOON, .per_day = 86400};
    struct backup_object_search search = search_in(&store, "db/%Y%m%dT%H%M%S-");
    struct error error = {.message = ""};

    (void)state;
    /* 2.6 million keys, one a second. Steps are of one hour at least. */
    search.expected_seconds = 1800;
    assert_true(backup_object_search_run(&search, &error));
    assert_true(store.newest == NOON);
    assert_in_range(search.pages, 1, 4);
}

static void test_old_ones(void **state)
{
    struct store store = {
        .format = "db/%Y/%m/%d/", .first = NOON - 100 * DAY, .last = NOON - 10 * DAY, .per_day = 2};
    struct backup_object_search search = search_in(&store, "db/%Y/%m/%d/");
    struct error error = {.message = ""};

    (void)state;
    assert_true(backup_object_search_run(&search, &error));
    assert_true(store.newest <= store.last && store.newest > store.last - DAY);
    assert_in_range(search.pages, 1, 3);
    /* Older than it looks back: not found, and not empty either. */
    search.lookback_seconds = 5 * DAY;
    store.taken = 0;
    assert_true(backup_object_search_run(&search, &error));
    assert_int_equal(store.taken, 0);
    assert_true(search.is_partial);
}

static void test_nothing(void **state)
{
    struct store store = {.format = "db/%Y/%m/%d/", .per_day = 0};
    struct backup_object_search search = search_in(&store, "db/%Y/%m/%d/");
    struct error error = {.message = ""};

    (void)state;
    assert_true(backup_object_search_run(&search, &error));
    assert_int_equal(store.taken, 0);
    assert_false(search.is_partial);
}

static void test_full_scan(void **state)
{
    struct store store = {
        .format = "db/%Y/%m/%d/", .first = NOON - 100 * DAY, .last = NOON, .per_day = 100};
    struct backup_object_search search = search_in(&store, "db/");
    struct error error = {.message = ""};

    (void)state;
    assert_true(backup_object_search_run(&search, &error));
    assert_int_equal(store.taken, 10001);
    assert_int_equal(search.pages, 11);
    assert_false(search.is_partial);
    store.per_day = 10000;
    assert_false(backup_object_search_run(&search, &error));
    assert_int_equal(error.kind, ERROR_INCONSISTENT);
    assert_non_null(strstr(error.message, "write the date into \"prefix\""));
    assert_int_equal(search.pages, S3_PAGES_MAX);
}

/* The object of the very name where the search begins. */
static void test_first_key(void **state)
{
    struct store store = {
        .format = "db-%Y%m%d", .first = NOON - DAY, .last = NOON - DAY, .per_day = 1};
    struct backup_object_search search = search_in(&store, "db-%Y%m%d");
    struct error error = {.message = ""};

    (void)state;
    assert_true(backup_object_search_run(&search, &error));
    assert_int_equal(store.taken, 1);
    assert_int_equal(search.pages, 1);
}

/* --- What is kept. --- */

static void test_heap(void **state)
{
    struct backup_object_heap heap;

    (void)state;
    backup_object_heap_init(&heap, 100);
    for (int i = 0; i < 1000; i++) {
        char key[16];
        int shuffled = i * 617 % 1000;
        struct backup_object object = {
            .key = key, .completed = shuffled, .is_usable = shuffled % 20 == 0};

        (void)snprintf(key, sizeof key, "%d", shuffled);
        backup_object_heap_add(&heap, &object);
    }
    backup_object_heap_sort(&heap);
    assert_int_equal(heap.count, 100);
    assert_true(heap.has_dropped);
    for (size_t i = 0; i < heap.count; i++) {
        assert_true(heap.objects[i].is_usable == (i < 50));
    }
    assert_string_equal(heap.objects[0].key, "980");
    assert_string_equal(heap.objects[49].key, "0");
    assert_string_equal(heap.objects[50].key, "999");
    backup_object_heap_release(&heap);
}

/* --- etcd-manager. --- */

static void test_etcd(void **state)
{
    struct backup_etcd_directory directory = {.name = NULL};
    struct backup_object data = {
        .key = (char[]){"b/1/etcd.backup.gz"}, .completed = 10, .size_bytes = 5};
    struct backup_object marker = {.key = (char[]){"b/1/_etcd_backup.meta"}, .completed = 12};
    struct backup_object other = {.key = (char[]){"b/snapshot.db"}};
    struct backup_object whole;

    (void)state;
    assert_false(backup_etcd_directory_end(&directory, &whole));
    assert_false(backup_etcd_directory_add(&directory, &other));
    assert_true(backup_etcd_directory_add(&directory, &marker));
    assert_false(backup_etcd_directory_is_whole(&directory));
    assert_true(backup_etcd_directory_has(&directory, data.key));
    assert_false(backup_etcd_directory_has(&directory, "b/12/etcd.backup.gz"));
    assert_false(backup_etcd_directory_has(&directory, "b/1/x/etcd.backup.gz"));
    assert_true(backup_etcd_directory_add(&directory, &data));
    assert_true(backup_etcd_directory_is_whole(&directory));
    assert_true(backup_etcd_directory_end(&directory, &whole));
    assert_string_equal(whole.key, data.key);
    assert_true(whole.completed == 12 && whole.size_bytes == 5 && !whole.is_unfinished);
    free(whole.key);

    assert_true(backup_etcd_directory_add(&directory, &data));
    assert_true(backup_etcd_directory_end(&directory, &whole));
    assert_true(whole.is_unfinished);
    free(whole.key);
    assert_true(backup_etcd_directory_add(&directory, &marker));
    assert_true(backup_etcd_directory_end(&directory, &whole));
    assert_true(!whole.is_unfinished && whole.size_bytes == 0);
    free(whole.key);

    assert_true(backup_etcd_is_other("main/control/etcd-cluster-created"));
    assert_true(backup_etcd_is_other("k3s/.metadata/etcd-snapshot-1"));
    assert_false(backup_etcd_is_other("k3s/etcd-snapshot-control"));
    assert_false(backup_etcd_is_other("a.b/control.db"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),     cmocka_unit_test(test_million_keys),
        cmocka_unit_test(test_schedule),  cmocka_unit_test(test_old_ones),
        cmocka_unit_test(test_nothing),   cmocka_unit_test(test_full_scan),
        cmocka_unit_test(test_first_key), cmocka_unit_test(test_heap),
        cmocka_unit_test(test_etcd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
