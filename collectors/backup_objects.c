/* SPDX-License-Identifier: Apache-2.0 */
/* Formats `objects` and `etcd` by S3: backups are objects of a bucket. */

#include "collectors/backup_objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/backup_etcd_objects.h"
#include "collectors/backup_names.h"
#include "collectors/backup_object_heap.h"
#include "collectors/backup_object_locks.h"
#include "collectors/backup_object_search.h"
#include "collectors/s3_client.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"

/* A schedule is kept by and large, and the next backup takes its time. */
#define SCHEDULE_SLACK 1.25

struct session {
    struct s3_client *client;
    struct backup_object_locks *locks;
};

/* One look at the bucket. */
struct gathering {
    const struct session *session;
    const struct backup_asking *asking;
    struct backup_object_heap heap;
    bool is_etcd;
    struct backup_etcd_directory directory; /* Of etcd-manager; the latest one in the list. */
    bool found;                             /* A usable one, while one object is taken. */
};

static const struct backup_objects_settings *own(const struct backup_asking *asking)
{
    return &asking->settings->objects;
}

/* --- From objects to backups. --- */

static void fill(const struct gathering *gathering, const struct backup_object *object,
                 struct arena *arena, struct backup *backup)
{
    struct backup_settings settings = *gathering->asking->settings;

    if (gathering->is_etcd && settings.name_time == NULL && backup_etcd_is_directory(object->key)) {
        settings.name_time = BACKUP_ETCD_NAME_TIME;
    }
    backup_name_fill(&settings, arena, object->key, object->completed, object->size_bytes, backup);
    if (object->is_unfinished) {
        backup_etcd_set_unfinished(object->completed, gathering->asking->query.now, backup);
    } else if (backup_name_ignored(&settings, object->key)) {
        backup->state = BACKUP_RUNNING;
        backup->problem = "its name says that it is not finished (ignore)";
    }
}

/* Would it count, as far as the list tells? */
static bool is_usable(const struct gathering *gathering, const struct backup_object *object)
{
    CLEANUP(free_arena) struct arena *arena = arena_new();
    double latest = gathering->asking->query.now + BACKUP_CLOCKS_APART_SECONDS_MAX;
    struct backup backup = {.repository = "", .set = ""};

    fill(gathering, object, arena, &backup);
    return backup.state == BACKUP_USABLE &&
           object->size_bytes >= (double)gathering->asking->settings->min_size_bytes &&
           backup.completed.value <= latest && backup.restores_to.known &&
           backup.restores_to.value <= latest;
}

static void keep(struct gathering *gathering, struct backup_object *object)
{
    object->is_usable = is_usable(gathering, object);
    gathering->found = gathering->found || object->is_usable;
    backup_object_heap_add(&gathering->heap, object);
}

static void end_directory(struct gathering *gathering)
{
    struct backup_object object;

    if (backup_etcd_directory_end(&gathering->directory, &object)) {
        keep(gathering, &object);
        free(object.key);
    }
}

static bool take(void *context, const struct s3_object *listed)
{
    struct gathering *gathering = context;
    size_t length = strlen(listed->key);
    struct backup_object object = {
        .key = (char *)(uintptr_t)listed->key,
        .last_modified = listed->last_modified,
        .completed = s3_client_local_seconds(gathering->session->client, listed->last_modified),
        .size_bytes = listed->size_bytes};

    gathering->found = false;
    /* Consoles make such objects to show folders. */
    if (length > 0 && listed->key[length - 1] == '/') {
        return false;
    }
    if (gathering->is_etcd) {
        if (!backup_etcd_directory_has(&gathering->directory, listed->key)) {
            end_directory(gathering);
        }
        if (backup_etcd_is_other(listed->key)) {
            return gathering->found;
        }
        if (backup_etcd_directory_add(&gathering->directory, &object)) {
            return gathering->found || backup_etcd_directory_is_whole(&gathering->directory);
        }
    }
    keep(gathering, &object);
    return gathering->found;
}

static bool list(void *context, const char *prefix, const char *start_after,
                 const char *continuation, int keys_max, struct arena *arena,
                 struct s3_page *ret_page, struct error *error)
{
    const struct gathering *gathering = context;
    const struct s3_listing listing = {.prefix = prefix,
                                       .start_after = start_after,
                                       .continuation = continuation,
                                       .keys_max = keys_max};

    return s3_list(gathering->session->client, &listing, &gathering->asking->deadline, arena,
                   ret_page, error);
}

/* --- The catalog. --- */

static bool add_all(struct gathering *gathering, struct backup_catalog *catalog,
                    struct error *error)
{
    const struct backup_query *query = &gathering->asking->query;
    struct backup_object_heap *heap = &gathering->heap;
    struct backup_locks_asking asking = {.settings = own(gathering->asking),
                                         .client = gathering->session->client,
                                         .deadline = &gathering->asking->deadline,
                                         .now = query->now};

    backup_object_heap_sort(heap);
    for (size_t i = 0; i < heap->count; i++) {
        struct backup_object *object = &heap->objects[i];
        struct backup *backup = backup_catalog_add(catalog, error);

        if (backup == NULL) {
            return false;
        }
        fill(gathering, object, catalog->arena, backup);
        backup->name = arena_strdup(catalog->arena, object->key);
        if (query->must_be_immutable && object->is_usable &&
            !backup_object_locks_judge(gathering->session->locks, &asking, object, catalog->arena,
                                       backup, error)) {
            return error_prefix(error, backup->name);
        }
    }
    catalog->truncated = catalog->truncated || heap->has_dropped || asking.is_partial;
    return true;
}

static bool explain_timeout(const struct backup_object_search *search, struct error *error)
{
    char context[64];

    if (error->kind != ERROR_TIMEOUT || search->pages == 0) {
        return false;
    }
    (void)snprintf(context, sizeof context, "after %zu pages of the list", search->pages);
    return error_prefix(error, context);
}

static bool search_and_add(struct gathering *gathering, struct backup_catalog *catalog,
                           struct error *error)
{
    const struct backup_asking *asking = gathering->asking;
    struct backup_object_search search = {
        .prefix = own(asking)->prefix,
        .now = asking->query.now,
        .expected_seconds = (double)asking->settings->schedule_ms / 1000 * SCHEDULE_SLACK,
        .lookback_seconds = (double)own(asking)->lookback_ms / 1000,
        .list = list,
        .take = take,
        .context = gathering};
    struct backup_repository *repository;

    if (!backup_object_search_run(&search, error)) {
        return explain_timeout(&search, error);
    }
    end_directory(gathering);
    repository = backup_catalog_add_repository(catalog, error);
    if (repository == NULL) {
        return false;
    }
    catalog->truncated = search.is_partial;
    return add_all(gathering, catalog, error);
}

static bool gather(void *session, const struct backup_asking *asking,
                   struct backup_catalog *catalog, bool is_etcd, struct error *error)
{
    struct gathering gathering = {.session = session, .asking = asking, .is_etcd = is_etcd};
    bool good;

    backup_object_heap_init(&gathering.heap, BACKUP_OBJECTS_KEPT);
    good = search_and_add(&gathering, catalog, error);
    backup_object_heap_release(&gathering.heap);
    backup_etcd_directory_release(&gathering.directory);
    return good || error_prefix(error, own(asking)->s3.bucket);
}

/* --- The talkers. --- */

static bool gather_objects(void *session, const struct backup_asking *asking,
                           struct backup_catalog *catalog, struct error *error)
{
    return gather(session, asking, catalog, false, error);
}

static bool gather_etcd(void *session, const struct backup_asking *asking,
                        struct backup_catalog *catalog, struct error *error)
{
    return gather(session, asking, catalog, true, error);
}

static void *open_session(const struct backup_settings *settings, const struct deadline *deadline,
                          struct error *error)
{
    struct session *session = calloc(1, sizeof *session);

    (void)deadline;
    (void)error;
    if (session == NULL) {
        abort();
    }
    session->client = s3_client_new(&settings->objects.s3, settings->ca_file);
    session->locks = backup_object_locks_new();
    return session;
}

static void close_session(void *data)
{
    struct session *session = data;

    s3_client_free(session->client);
    backup_object_locks_free(session->locks);
    free(session);
}

const struct backup_talker backup_objects_talker = {open_session, gather_objects, close_session};
const struct backup_talker backup_etcd_objects_talker = {open_session, gather_etcd, close_session};
