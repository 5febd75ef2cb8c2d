/* SPDX-License-Identifier: Apache-2.0 */
/* The command `drill record`: put the result of a drill where Prometheus finds it.
 *
 * Each service has a file of its own, which is read, changed and replaced under a lock on the
 * directory. Whoever reads meanwhile sees the old file or the new one. */

#include "exporter/drill_record.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/file.h"

/* Other recorders hold the lock for some milliseconds. */
#define LOCK_TIMEOUT_MS 10000
#define LOCK_POLL_MICROSECONDS 20000
#define INSTANT_TEXT_BYTES 32

static void format_instant(char text[INSTANT_TEXT_BYTES], double seconds)
{
    time_t whole = (time_t)seconds;
    struct tm parts;

    if (gmtime_r(&whole, &parts) == NULL ||
        strftime(text, INSTANT_TEXT_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        abort();
    }
}

/* --- What changes in a file. --- */

static struct drill_result *find_result(struct arena *arena, struct drill_file *file,
                                        const struct drill_record *record)
{
    struct drill_result *results;
    size_t i = 0;

    while (i < file->result_count && (file->results[i].type != record->type ||
                                      strcmp(file->results[i].service, record->service) != 0)) {
        i++;
    }
    if (i == file->result_count) {
        results = arena_alloc_array(arena, i + 1, sizeof *results);
        for (size_t j = 0; j < i; j++) {
            results[j] = file->results[j];
        }
        results[i].service = record->service;
        results[i].type = record->type;
        file->results = results;
        file->result_count++;
    }
    return &file->results[i];
}

static void validate_runbook(struct arena *arena, struct drill_file *file, const char *service,
                             double at)
{
    struct drill_validation *validations;
    size_t count = file->validation_count;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(file->validations[i].service, service) == 0) {
            file->validations[i].validated = fmax(file->validations[i].validated, at);
            return;
        }
    }
    validations = arena_alloc_array(arena, count + 1, sizeof *validations);
    for (size_t i = 0; i < count; i++) {
        validations[i] = file->validations[i];
    }
    validations[count] = (struct drill_validation){.service = service, .validated = at};
    file->validations = validations;
    file->validation_count++;
}

static void set_success(struct drill_result *result, struct reading success,
                        const struct drill_record *measured)
{
    result->values[DRILL_METRIC_LAST_SUCCESS] = success;
    result->values[DRILL_METRIC_RECOVERY] = measured->recovery_seconds;
    result->values[DRILL_METRIC_DATA_LOSS] = measured->data_loss_seconds;
    result->values[DRILL_METRIC_DATA_BYTES] = measured->data_bytes;
    memcpy(result->phases, measured->phases, sizeof result->phases);
}

bool drill_merge(struct arena *arena, struct drill_file *file, const struct drill_record *record,
                 double at, struct error *error)
{
    static const struct drill_record nothing;
    struct drill_result *result = find_result(arena, file, record);
    struct reading *attempt = &result->values[DRILL_METRIC_LAST_ATTEMPT];
    struct reading *success = &result->values[DRILL_METRIC_LAST_SUCCESS];
    const struct reading *newest = attempt->known ? attempt : success;
    char theirs[INSTANT_TEXT_BYTES];
    char ours[INSTANT_TEXT_BYTES];

    if (newest->known && at < newest->value) {
        format_instant(ours, at);
        format_instant(theirs, newest->value);
        return error_set(error, ERROR_INCONSISTENT,
                         "a %s drill at %s is recorded already, which is newer than %s; only the "
                         "newest counts, so nothing was changed",
                         drill_type_names[record->type], theirs, ours);
    }
    *attempt = (struct reading){true, at};
    result->values[DRILL_METRIC_LAST_RESULT] = (struct reading){true, record->succeeded};
    if (record->succeeded) {
        set_success(result, *attempt, record);
    } else if (success->known && success->value == at) {
        set_success(result, nothing.at, &nothing);
    }
    if (record->runbook_validated) {
        validate_runbook(arena, file, record->service, at);
    }
    return true;
}

/* --- Files. --- */

static bool fail(struct error *error, const char *what, const char *path)
{
    int number = errno;

    return error_set(error, number == EACCES || number == EPERM ? ERROR_PERMISSION : ERROR_INTERNAL,
                     "%s %s: %s", what, path, strerrordesc_np(number));
}

static bool lock_directory(int directory, const char *path, struct error *error)
{
    int64_t until_ms = clock_monotonic_ms() + LOCK_TIMEOUT_MS;

    while (flock(directory, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return fail(error, "cannot lock", path);
        }
        if (clock_monotonic_ms() > until_ms) {
            return error_set(error, ERROR_TIMEOUT,
                             "%s is locked by another process (fuser %s shows which); try again",
                             path, path);
        }
        (void)usleep(LOCK_POLL_MICROSECONDS);
    }
    return true;
}

/* What the file has so far; nothing if there is none. */
static bool read_former(struct arena *arena, const char *path, struct drill_file *ret_file,
                        struct error *error)
{
    CLEANUP(free_text) char *text = NULL;
    const struct text_problems *problems = &ret_file->document.problems;
    size_t length = 0;

    if (!file_read(path, TEXT_FORMAT_BYTES_MAX, &text, &length, error)) {
        return error->kind == ERROR_NOT_FOUND || error_prefix(error, path);
    }
    drill_file_read(arena, text, length, clock_unix_seconds(), ret_file);
    if (problems->count > 0) {
        return error_set(error, ERROR_INCONSISTENT, "%s:%zu:%zu: %s; correct or remove the file",
                         path, problems->list[0].place.line, problems->list[0].place.column,
                         problems->list[0].message);
    }
    for (size_t i = 0; i < ret_file->document.sample_count; i++) {
        const struct text_sample *sample = &ret_file->document.samples[i];

        if (drill_metric_find(sample->name) == DRILL_METRIC_COUNT) {
            return error_set(error, ERROR_INCONSISTENT,
                             "%s:%zu: %s was not written by drill record and would be lost; move "
                             "it to another file",
                             path, sample->place.line, sample->name);
        }
    }
    return true;
}

static bool write_all(int descriptor, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(descriptor, text, length);

        if (written < 0 && errno != EINTR) {
            return false;
        }
        text += written < 0 ? 0 : written;
        length -= written < 0 ? 0 : (size_t)written;
    }
    /* Whatever the umask says: another user's exporter reads it. */
    return fchmod(descriptor, 0644) == 0 && fsync(descriptor) == 0;
}

/* Without a moment at which the file is not whole, also when power fails. */
static bool replace(struct arena *arena, int directory, const char *path, const struct buffer *text,
                    struct error *error)
{
    const char *name = strrchr(path, '/') + 1;
    /* Does not end in .prom, so nobody reads it. */
    const char *temporary = arena_printf(arena, ".%s.new", name);
    CLEANUP(close_descriptor) int descriptor = -1;

    /* Left by a recorder that was killed: the lock is ours. */
    (void)unlinkat(directory, temporary, 0);
    descriptor = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return fail(error, "cannot create", path);
    }
    if (!write_all(descriptor, text->text, text->length) ||
        renameat(directory, temporary, directory, name) != 0) {
        (void)fail(error, "cannot write", path);
        (void)unlinkat(directory, temporary, 0);
        return false;
    }
    return fsync(directory) == 0 || fail(error, "cannot write the directory of", path);
}

static bool record_in(struct arena *arena, int directory, const char *path,
                      const struct drill_record *record, double *ret_at, struct error *error)
{
    struct drill_file file = {.result_count = 0};
    struct buffer text;
    bool replaced;

    if (!lock_directory(directory, record->directory, error) ||
        !read_former(arena, path, &file, error)) {
        return false;
    }
    /* Under the lock, so that whoever comes second is not older. */
    *ret_at = record->at.known ? record->at.value : nearbyint(clock_unix_seconds() * 1000) / 1000;
    if (!drill_merge(arena, &file, record, *ret_at, error)) {
        return error_prefix(error, path);
    }
    buffer_init(&text, 4096);
    drill_file_print(&text, arena, &file);
    replaced = replace(arena, directory, path, &text, error);
    buffer_release(&text);
    return replaced;
}

int drill_record(const struct drill_record *record)
{
    CLEANUP(close_descriptor)
    int directory = open(record->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct arena *arena = arena_new();
    const char *path = arena_printf(arena, "%s/dr_drill_%s.prom", record->directory,
                                    drill_encode_name(arena, record->service));
    char instant[INSTANT_TEXT_BYTES];
    struct error error;
    double at;
    bool recorded = directory >= 0 || fail(&error, "cannot open the directory", record->directory);

    recorded = recorded && record_in(arena, directory, path, record, &at, &error);
    if (recorded) {
        format_instant(instant, at);
        (void)printf("recorded the %s of a %s drill of %s at %s in %s\n",
                     record->succeeded ? "success" : "failure", drill_type_names[record->type],
                     record->service, instant, path);
    } else {
        (void)fprintf(stderr, "dr_exporter: %s\n", error.message);
    }
    arena_free(arena);
    return recorded ? EXIT_SUCCESS : EXIT_FAILURE;
}
