/* SPDX-License-Identifier: Apache-2.0 */
/* Are all objects of the sampled prefixes at the destination? */

#include "collectors/s3_replication_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/s3_replication_canary.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

static const char *const status_names[S3_OBJECT_STATUS_COUNT] = {
    "replicated", "pending", "failed", "none", "lost", "unasked"};

/* Of all prefixes of one collection. */
struct sampling {
    struct s3_replication_session *session;
    struct collection *collection;
    size_t asked;
    int64_t kept_ms; /* Nothing is asked any more when no more of the deadline is left. */
    double oldest;   /* Of those that are not replicated, by this host's clock; else infinite. */
};

/* One end of one prefix. */
struct objects {
    const struct s3_object **list;
    size_t count;
};

/* --- Comparing. --- */

enum s3_object_status s3_object_status_read(const char *text)
{
    if (text == NULL) {
        return S3_OBJECT_NONE;
    }
    /* MinIO used to write COMPLETE. */
    if (strcmp(text, "COMPLETED") == 0 || strcmp(text, "COMPLETE") == 0) {
        return S3_OBJECT_REPLICATED;
    }
    /* It came here from elsewhere, and need not be at this destination. */
    if (strcmp(text, "REPLICA") == 0) {
        return S3_OBJECT_NONE;
    }
    return strcmp(text, "FAILED") == 0 ? S3_OBJECT_FAILED : S3_OBJECT_PENDING;
}

static bool is_same(const struct s3_object *object, const struct s3_object *replica)
{
    return object->etag != NULL && replica->etag != NULL && *object->etag != '\0' &&
           strcmp(object->etag, replica->etag) == 0 &&
           fabs(object->size_bytes - replica->size_bytes) < 1;
}

static int compare_age(const void *a, const void *b)
{
    const struct s3_object *const *left = a;
    const struct s3_object *const *right = b;
    double difference = (*left)->last_modified - (*right)->last_modified;

    return (difference > 0) - (difference < 0);
}

size_t s3_sample_compare(const struct s3_object *const *objects, size_t count,
                         const struct s3_object *const *replicas, size_t replica_count,
                         const struct s3_object **ret_missing)
{
    size_t missing = 0;
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        while (at < replica_count && strcmp(replicas[at]->key, objects[i]->key) < 0) {
            at++;
        }
        if (at == replica_count || strcmp(replicas[at]->key, objects[i]->key) != 0 ||
            !is_same(objects[i], replicas[at])) {
            ret_missing[missing++] = objects[i];
        }
    }
    if (missing > 1) {
        qsort(ret_missing, missing, sizeof *ret_missing, compare_age);
    }
    return missing;
}

/* --- Listing. --- */

static void add_page(const struct sampling *sampling, const struct s3_page *page,
                     struct objects *objects)
{
    const char *canaries = sampling->session->settings->canary_prefix;

    for (size_t i = 0; i < page->count; i++) {
        double seconds;

        if (canaries == NULL || !s3_canary_read_key(canaries, page->objects[i].key, &seconds)) {
            objects->list[objects->count++] = &page->objects[i];
        }
    }
}

/* As far as `last`, unless that is NULL. */
static bool list(const struct sampling *sampling, struct s3_client *client, const char *prefix,
                 size_t pages_max, const char *last, struct arena *arena, struct objects *objects,
                 struct error *error)
{
    struct s3_listing listing = {.prefix = prefix};
    size_t size = 0;

    for (size_t pages = 0; pages < pages_max; pages++) {
        const struct s3_object **longer;
        struct s3_page page;

        if (!s3_list(client, &listing, &sampling->collection->deadline, arena, &page, error)) {
            return false;
        }
        if (size - objects->count < page.count) {
            size = objects->count * 2 + page.count;
            longer = arena_alloc_array(arena, size, sizeof(const struct s3_object *));
            if (objects->count > 0) {
                memcpy(longer, objects->list, objects->count * sizeof(const struct s3_object *));
            }
            objects->list = longer;
        }
        add_page(sampling, &page, objects);
        if (page.continuation == NULL || (last != NULL && page.count > 0 &&
                                          strcmp(page.objects[page.count - 1].key, last) >= 0)) {
            return true;
        }
        listing.continuation = page.continuation;
    }
    return error_set(error, ERROR_INCONSISTENT,
                     "more than %zu objects begin with \"%s\"; give a longer sample prefix",
                     pages_max * 1000, prefix);
}

/* --- Asking for one object. --- */

/* Whether the destination has that very version, as a replica. */
static bool look_for_replica(struct sampling *sampling, const char *key, const char *version,
                             enum s3_object_status *ret_status, struct error *error)
{
    struct s3_client *client = sampling->session->destination;
    const char *status;
    const char *found;

    *ret_status = S3_OBJECT_LOST;
    if (!s3_head(client, key, &sampling->collection->deadline, error)) {
        return error->kind == ERROR_NOT_FOUND || error_prefix(error, "destination");
    }
    status = s3_client_header(client, "x-amz-replication-status");
    found = s3_client_header(client, "x-amz-version-id");
    if (status != NULL && strcmp(status, "REPLICA") == 0 && found != NULL && version != NULL &&
        strcmp(found, version) == 0) {
        *ret_status = S3_OBJECT_REPLICATED;
    }
    return true;
}

static bool ask_status(struct sampling *sampling, struct arena *arena, const char *key,
                       enum s3_object_status *ret_status, struct error *error)
{
    struct s3_client *client = sampling->session->source;
    const char *version;

    if (!s3_head(client, key, &sampling->collection->deadline, error)) {
        *ret_status = S3_OBJECT_GONE;
        return error->kind == ERROR_NOT_FOUND || error_prefix(error, "source");
    }
    *ret_status = s3_object_status_read(s3_client_header(client, "x-amz-replication-status"));
    if (*ret_status != S3_OBJECT_REPLICATED) {
        return true;
    }
    version = s3_client_header(client, "x-amz-version-id");
    version = version != NULL ? arena_strdup(arena, version) : NULL;
    return look_for_replica(sampling, key, version, ret_status, error);
}

/* An object that is written again and again looks new all the time: since when has the destination
 * not had what the source had? */
static bool find_since(struct sampling *sampling, struct arena *arena, const char *key,
                       double *seconds, struct error *error)
{
    CLEANUP(http_answer_release) struct http_answer answer = {0};
    struct s3_replication_session *session = sampling->session;
    const struct aws_pair query[] = {{"versions", ""}, {"prefix", key}};
    const struct s3_request request = {
        .query = query, .query_count = 2, .body_bytes_max = S3_PAGE_BYTES_MAX};
    const char *known = NULL;
    double since = *seconds;

    if (s3_head(session->destination, key, &sampling->collection->deadline, error)) {
        known = s3_client_header(session->destination, "x-amz-version-id");
        known = known != NULL ? arena_strdup(arena, known) : NULL;
    } else if (error->kind != ERROR_NOT_FOUND) {
        return error_prefix(error, "destination");
    }
    if (!s3_ask(session->source, &request, &sampling->collection->deadline, &answer, error) ||
        !s3_versions_read(answer.body, answer.length, key, known, &since, error)) {
        return error_prefix(error, "source, versions of an object");
    }
    *seconds = fmin(*seconds, since);
    return true;
}

/* --- All together. --- */

static bool judge(struct sampling *sampling, struct arena *arena, const struct s3_object *object,
                  size_t counts[S3_OBJECT_STATUS_COUNT], struct error *error)
{
    enum s3_object_status status;
    double seconds = object->last_modified;

    if (sampling->asked == S3_OBJECTS_ASKED_MAX ||
        deadline_remaining_ms(&sampling->collection->deadline) <= sampling->kept_ms) {
        counts[S3_OBJECT_UNASKED]++;
        return true;
    }
    sampling->asked++;
    if (!ask_status(sampling, arena, object->key, &status, error)) {
        return false;
    }
    if (status == S3_OBJECT_GONE) {
        return true;
    }
    counts[status]++;
    if (status != S3_OBJECT_REPLICATED) {
        if (!find_since(sampling, arena, object->key, &seconds, error)) {
            return false;
        }
        sampling->oldest =
            fmin(sampling->oldest, s3_client_local_seconds(sampling->session->source, seconds) -
                                       clock_step_seconds());
    }
    return true;
}

static bool compare(struct sampling *sampling, struct arena *arena, const char *prefix,
                    struct error *error)
{
    struct s3_replication_session *session = sampling->session;
    struct objects objects = {.count = 0};
    struct objects replicas = {.count = 0};
    size_t counts[S3_OBJECT_STATUS_COUNT] = {0};
    const struct s3_object **missing;
    size_t missing_count;

    /* The source first: what comes over in between is found. */
    if (!list(sampling, session->source, prefix, S3_SAMPLE_PAGES_MAX, NULL, arena, &objects,
              error)) {
        return error_prefix(error, "source");
    }
    sampling->collection->evidence->origin_answered = true;
    if (objects.count > 0 && !list(sampling, session->destination, prefix, S3_REPLICA_PAGES_MAX,
                                   objects.list[objects.count - 1]->key, arena, &replicas, error)) {
        return error_prefix(error, "destination");
    }
    sampling->collection->evidence->copy_answered |= objects.count > 0;
    if (objects.count == 0 && session->settings->canary_prefix == NULL) {
        return error_set(error, ERROR_INCONSISTENT,
                         "source: no object begins with \"%s\", which proves nothing without "
                         "canaries; correct \"sample_prefixes\" or give a \"canary_prefix\"",
                         prefix);
    }
    missing = arena_alloc_array(arena, objects.count + 1, sizeof(const struct s3_object *));
    missing_count =
        s3_sample_compare(objects.list, objects.count, replicas.list, replicas.count, missing);
    counts[S3_OBJECT_REPLICATED] = objects.count - missing_count;
    for (size_t i = 0; i < missing_count; i++) {
        if (!judge(sampling, arena, missing[i], counts, error)) {
            return false;
        }
    }
    for (size_t i = 0; i < S3_OBJECT_STATUS_COUNT; i++) {
        const char *const labels[] = {prefix, status_names[i]};

        samples_add_labelled(sampling->collection->samples, S3_METRIC_OBJECTS_SAMPLED,
                             (double)counts[i], labels);
    }
    /* One that is written again and again is among the newest however long it is missing. */
    return counts[S3_OBJECT_UNASKED] == 0 ||
           error_set(error, ERROR_INCONSISTENT,
                     "%zu objects below \"%s\" differ beyond those that could be asked for, and "
                     "nothing tells since when; wait, raise \"timeout\", or sample fewer objects",
                     counts[S3_OBJECT_UNASKED], prefix);
}

bool s3_sample_collect(struct s3_replication_session *session, struct collection *collection,
                       struct error *error)
{
    struct evidence *evidence = collection->evidence;
    struct sampling sampling = {.session = session,
                                .collection = collection,
                                .kept_ms = deadline_remaining_ms(&collection->deadline) / 2,
                                .oldest = HUGE_VAL};
    const char *const *prefixes = session->settings->sample_prefixes;

    if (session->settings->canary_prefix == NULL) {
        /* All that was complete by now will be in the lists. */
        evidence->has_recovery_point = prefixes != NULL && prefixes[0] != NULL;
        evidence->recovery_point = clock_unix_seconds();
    }
    for (size_t i = 0; prefixes != NULL && prefixes[i] != NULL; i++) {
        CLEANUP(free_arena) struct arena *arena = arena_new();

        if (!compare(&sampling, arena, prefixes[i], error)) {
            evidence->has_recovery_point = false;
            return false;
        }
    }
    evidence->recovery_point = fmin(evidence->recovery_point, sampling.oldest);
    return true;
}
