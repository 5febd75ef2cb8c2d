/* SPDX-License-Identifier: Apache-2.0 */
/* Results of drills and validations of runbooks, dropped as .prom files into a directory. */

#include "collectors/textfile.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collectors/textfile_results.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/drill_file.h"
#include "exporter/file.h"

struct settings {
    const char *directory;
    int64_t max_age_ms; /* 0: none. */
};

static const struct setting setting_table[] = {
    {"directory", SETTING_TEXT, offsetof(struct settings, directory), NULL, true,
     "Directory whose .prom files are read: those that drill record writes, and others of the same "
     "form. Only the metrics of drills and runbooks are taken from them."},
    {"max_age", SETTING_DURATION, offsetof(struct settings, max_age_ms), NULL, false,
     "Files that were not written for longer are shown in dr_textfile_stale, for scripts that "
     "write theirs at every run. What they say still counts: it carries its own dates."},
};

enum {
    TEXTFILE_FILES = DRILL_METRIC_COUNT,
    TEXTFILE_ERROR,
    TEXTFILE_MODIFIED,
    TEXTFILE_STALE,
    METRIC_COUNT
};

/* The metrics of the contract come first: textfile_results.c adds them by their number. */
static const struct metric metric_table[METRIC_COUNT] = {
    DRILL_METRIC_ROWS,
    [TEXTFILE_FILES] = {"dr_textfile_files",
                        METRIC_GAUGE,
                        "How many .prom files the directory has.",
                        {NULL}},
    [TEXTFILE_ERROR] =
        {"dr_textfile_error",
         METRIC_GAUGE,
         "1 if the file could not be read or has a problem, so that nothing in it counts; drill "
         "check says which. Else 0. In names of files, what is no letter, digit, dot, _ or - is "
         "shown as %XX.",
         {"file"}},
    [TEXTFILE_MODIFIED] = {"dr_textfile_modified_timestamp_seconds",
                           METRIC_GAUGE,
                           "When the file was last written, as Unix time. From the file system.",
                           {"file"}},
    [TEXTFILE_STALE] =
        {"dr_textfile_stale",
         METRIC_GAUGE,
         "1 if the file was last written longer ago than the setting max_age, else 0; absent "
         "without that setting.",
         {"file"}},
};

/* One .prom file of the directory. */
struct entry {
    const char *name;
    const char *path;
    bool failed;
    struct reading modified;
};

/* A directory being read. */
struct reader {
    struct collection *collection;
    const struct settings *settings;
    struct arena *arena; /* Of this collection only: nothing in it is published. */
    double now;          /* By the system's clock, as the files are. */
    struct entry *entries;
    size_t count;
    size_t capacity;
    size_t bytes;
    struct textfile_results results;
};

static bool ends_in_prom(const char *name)
{
    size_t length = strlen(name);

    return length >= 5 && strcmp(name + length - 5, ".prom") == 0;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void close_directory(DIR **directory)
{
    if (*directory != NULL) {
        (void)closedir(*directory);
    }
}

static bool fail_directory(const struct reader *reader, struct error *error)
{
    int number = errno;
    enum error_kind kind = number == ENOENT || number == ENOTDIR ? ERROR_NOT_FOUND
                           : number == EACCES || number == EPERM ? ERROR_PERMISSION
                                                                 : ERROR_INTERNAL;

    return error_set(error, kind, "%s: cannot be read: %s", reader->settings->directory,
                     strerrordesc_np(number));
}

static void add_entry(struct reader *reader, const char *name)
{
    if (reader->count == reader->capacity) {
        size_t capacity = 2 * reader->capacity + 16;
        struct entry *entries = arena_alloc_array(reader->arena, capacity, sizeof *entries);

        for (size_t i = 0; i < reader->count; i++) {
            entries[i] = reader->entries[i];
        }
        reader->entries = entries;
        reader->capacity = capacity;
    }
    reader->entries[reader->count++] = (struct entry){
        .name = arena_strdup(reader->arena, name),
        .path = arena_printf(reader->arena, "%s/%s", reader->settings->directory, name)};
}

static bool list_files(struct reader *reader, struct error *error)
{
    CLEANUP(close_directory) DIR *directory = opendir(reader->settings->directory);

    if (directory == NULL) {
        return fail_directory(reader, error);
    }
    for (;;) {
        const struct dirent *found;

        errno = 0;
        found = readdir(directory);
        if (found == NULL) {
            break;
        }
        if (deadline_remaining_ms(&reader->collection->deadline) == 0) {
            return error_set(error, ERROR_TIMEOUT, "%s: has too many files to list in time",
                             reader->settings->directory);
        }
        if (!ends_in_prom(found->d_name)) {
            continue;
        }
        if (reader->count == TEXTFILE_FILES_MAX) {
            return error_set(error, ERROR_INCONSISTENT,
                             "%s: has more than %d .prom files; remove those that are not needed",
                             reader->settings->directory, TEXTFILE_FILES_MAX);
        }
        add_entry(reader, found->d_name);
    }
    if (errno != 0) {
        return fail_directory(reader, error);
    }
    if (reader->count > 0) {
        qsort(reader->entries, reader->count, sizeof *reader->entries, compare_entries);
    }
    return true;
}

static bool read_file(struct reader *reader, const struct entry *entry)
{
    CLEANUP(free_text) char *text = NULL;
    struct drill_file file;
    struct arena *arena;
    struct error error;
    size_t length;
    bool good;

    if (reader->bytes > TEXTFILE_TOTAL_BYTES_MAX ||
        !file_read(entry->path, TEXT_FORMAT_BYTES_MAX, &text, &length, &error)) {
        return false;
    }
    reader->bytes += length;
    arena = arena_new();
    drill_file_read(arena, text, length, reader->now, &file);
    good = file.document.problems.count == 0 && textfile_results_add(&reader->results, &file);
    arena_free(arena);
    return good;
}

/* Reads every file. One that was removed since the directory was listed is forgotten. */
static bool read_files(struct reader *reader, struct error *error)
{
    size_t kept = 0;

    for (size_t i = 0; i < reader->count; i++) {
        struct entry entry = reader->entries[i];
        struct stat status;

        if (deadline_remaining_ms(&reader->collection->deadline) == 0) {
            return error_set(error, ERROR_TIMEOUT,
                             "%s: only %zu of %zu files could be read in time; give a longer "
                             "\"timeout\", or remove files",
                             reader->settings->directory, i, reader->count);
        }
        if (lstat(entry.path, &status) != 0 && errno == ENOENT) {
            continue;
        }
        if (stat(entry.path, &status) == 0) {
            entry.modified =
                (struct reading){.known = true,
                                 .value = (double)status.st_mtim.tv_sec +
                                          (double)(status.st_mtim.tv_nsec / 1000) / 1e6};
        }
        entry.failed = !read_file(reader, &entry);
        reader->entries[kept++] = entry;
    }
    reader->count = kept;
    return true;
}

static void add_file(const struct reader *reader, size_t i)
{
    struct samples *samples = reader->collection->samples;
    const struct entry *entry = &reader->entries[i];
    const char *shown = drill_encode_name(reader->arena, entry->name);

    if (strlen(shown) > LABEL_VALUE_BYTES_MAX) {
        /* Cut, but still different from all others. */
        shown = arena_printf(reader->arena, "%.400s~%zu", shown, i);
    }
    samples_add_labelled(samples, TEXTFILE_ERROR, entry->failed, &shown);
    if (entry->modified.known) {
        samples_add_labelled(samples, TEXTFILE_MODIFIED, entry->modified.value, &shown);
    }
    if (entry->modified.known && reader->settings->max_age_ms > 0) {
        double age_ms = (reader->now - entry->modified.value) * 1000;

        samples_add_labelled(samples, TEXTFILE_STALE, age_ms > (double)reader->settings->max_age_ms,
                             &shown);
    }
}

/* Those with errors come first, so that the cap hides none of them while there are others. */
static void add_files(const struct reader *reader)
{
    size_t shown = 0;

    samples_add(reader->collection->samples, TEXTFILE_FILES, (double)reader->count);
    for (int failed = 1; failed >= 0; failed--) {
        for (size_t i = 0; i < reader->count && shown < TEXTFILE_FILES_SHOWN_MAX; i++) {
            if (reader->entries[i].failed == (failed == 1)) {
                add_file(reader, i);
                shown++;
            }
        }
    }
}

/* The directory is opened anew each time: it may be another one by now. */
static void *open_session(const void *settings, const struct deadline *deadline,
                          struct error *error)
{
    static char nothing;

    (void)settings;
    (void)deadline;
    (void)error;
    return &nothing;
}

static void close_session(void *session)
{
    (void)session;
}

static bool collect(void *session, struct collection *collection, struct error *error)
{
    struct reader reader = {.collection = collection,
                            .settings = collection->settings,
                            .arena = arena_new(),
                            .now = clock_unix_seconds() + clock_step_seconds()};
    bool complete;

    (void)session;
    textfile_results_init(&reader.results, collection->arena);
    complete = list_files(&reader, error) && read_files(&reader, error);
    if (complete) {
        textfile_results_merge(&reader.results);
        textfile_results_publish(&reader.results, collection->samples, collection->evidence);
        add_files(&reader);
    }
    textfile_results_release(&reader.results);
    arena_free(reader.arena);
    return complete;
}

const struct collector textfile_collector = {
    .name = "textfile",
    .summary = "Results of drills and validations of runbooks, from .prom files in a directory.",
    .names_services = true,
    .feeds = FEEDS(CHECK_DRILL) | FEEDS(CHECK_RTO),
    .metrics = metric_table,
    .metric_count = METRIC_COUNT,
    .settings = setting_table,
    .setting_count = sizeof setting_table / sizeof setting_table[0],
    .settings_size = sizeof(struct settings),
    .open = open_session,
    .collect = collect,
    .close = close_session,
};
