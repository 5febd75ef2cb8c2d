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
    double began; /* By clock_unix_seconds(): the comparison of the prefix. */
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

static bool judge(struct sampling *sampling, struct arena *arena, struct s3_suspect *suspect,
                  size_t counts[S3_OBJECT_STATUS_COUNT], struct error *error)
{
    const char *key = suspect->object->key;
    enum s3_object_status status;
    double seconds = suspect->object->last_modified;
    double since;

    sampling->asked++;
    if (!ask_status(sampling, arena, key, &status, error)) {
        return false;
    }
    if (status == S3_OBJECT_GONE || status == S3_OBJECT_REPLICATED) {
        counts[S3_OBJECT_REPLICATED] += status == S3_OBJECT_REPLICATED;
        suspect->since = sampling->began;
        return true;
    }
    counts[status]++;
    if (!find_since(sampling, arena, key, &seconds, error)) {
        return false;
    }
    since = s3_client_local_seconds(sampling->session->source, seconds) - clock_step_seconds();
    /* Not of the future, where nobody would ask for it any more. */
    suspect->since = fmin(since, sampling->began);
    sampling->oldest = fmin(sampling->oldest, suspect->since);
    return true;
}

/* How many are asked for: where not all can be, those that did not differ before are missing since
 * the comparison before, whichever of them are asked for. */
static size_t count_asked(const struct sampling *sampling, const struct s3_differing *differing,
                          const struct s3_suspect *suspects, size_t count)
{
    size_t most = S3_OBJECTS_ASKED_MAX - sampling->asked;
    size_t before = 0;

    if (count <= most) {
        return count;
    }
    while (before < most &&
           (!differing->is_known || suspects[before].since < differing->compared_at)) {
        before++;
    }
    return before;
}

static bool judge_all(struct sampling *sampling, struct arena *arena, struct s3_suspect *suspects,
                      size_t count, size_t asked, size_t counts[S3_OBJECT_STATUS_COUNT],
                      struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (i < asked &&
            deadline_remaining_ms(&sampling->collection->deadline) > sampling->kept_ms) {
            if (!judge(sampling, arena, &suspects[i], counts, error)) {
                return false;
            }
            continue;
        }
        counts[S3_OBJECT_UNASKED]++;
        sampling->oldest = fmin(sampling->oldest, suspects[i].since);
    }
    return true;
}

/* Both ends; the objects that differ, in the arena. */
static bool list_both(struct sampling *sampling, struct arena *arena, const char *prefix,
                      size_t *ret_count, const struct s3_object ***ret_missing,
                      size_t *ret_missing_count, struct error *error)
{
    struct s3_replication_session *session = sampling->session;
    struct objects objects = {.count = 0};
    struct objects replicas = {.count = 0};

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
    *ret_count = objects.count;
    *ret_missing = arena_alloc_array(arena, objects.count + 1, sizeof(const struct s3_object *));
    *ret_missing_count =
        s3_sample_compare(objects.list, objects.count, replicas.list, replicas.count, *ret_missing);
    return true;
}

static bool compare(struct sampling *sampling, struct arena *arena, size_t at, struct error *error)
{
    struct s3_replication_memory *memory = sampling->collection->memory;
    struct s3_differing *differing = &memory->differing[at];
    const char *prefix = sampling->session->settings->sample_prefixes[at];
    size_t counts[S3_OBJECT_STATUS_COUNT] = {0};
    const struct s3_object **missing = NULL;
    struct s3_suspect *suspects;
    size_t count = 0;
    size_t missing_count = 0;
    size_t asked;
    bool good;

    sampling->began = clock_unix_seconds();
    if (!list_both(sampling, arena, prefix, &count, &missing, &missing_count, error)) {
        return false;
    }
    counts[S3_OBJECT_REPLICATED] = count - missing_count;
    suspects = arena_alloc_array(arena, missing_count + 1, sizeof *suspects);
    s3_differing_suspect(differing, missing, missing_count, suspects);
    asked = count_asked(sampling, differing, suspects, missing_count);
    good = judge_all(sampling, arena, suspects, missing_count, asked, counts, error);
    s3_differing_replace(differing, suspects, missing_count, sampling->began);
    if (!good) {
        return false;
    }
    for (size_t i = 0; i < S3_OBJECT_STATUS_COUNT; i++) {
        const char *const labels[] = {prefix, status_names[i]};

        samples_add_labelled(sampling->collection->samples, S3_METRIC_OBJECTS_SAMPLED,
                             (double)counts[i], labels);
    }
    /* One that is written again and again is among the newest however long it is missing. */
    return sampling->oldest > -HUGE_VAL ||
           error_set(error, ERROR_INCONSISTENT,
                     "%zu objects below \"%s\" differ beyond those that could be asked for, and "
                     "nothing tells yet since when; wait, raise \"timeout\", or sample fewer "
                     "objects",
                     counts[S3_OBJECT_UNASKED], prefix);
}

/* What is known of each prefix; of how many. */
static size_t make_memory(struct s3_replication_memory *memory, const char *const *prefixes)
{
    size_t count = 0;

    while (prefixes != NULL && prefixes[count] != NULL) {
        count++;
    }
    if (memory->differing == NULL && count > 0) {
        memory->differing = calloc(count, sizeof *memory->differing);
        if (memory->differing == NULL) {
            abort();
        }
        memory->differing_count = count;
    }
    return count;
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
    struct s3_replication_memory *memory = collection->memory;
    size_t count = make_memory(memory, prefixes);

    if (session->settings->canary_prefix == NULL) {
        /* All that was complete by now will be in the lists. */
        evidence->has_recovery_point = count > 0;
        evidence->recovery_point = clock_unix_seconds();
    }
    /* Each is the first one in its turn: another may use up all that can be asked for. */
    memory->turn++;
    for (size_t i = 0; i < count; i++) {
        CLEANUP(free_arena) struct arena *arena = arena_new();

        if (!compare(&sampling, arena, (memory->turn + i) % count, error)) {
            evidence->has_recovery_point = false;
            return false;
        }
    }
    evidence->recovery_point = fmin(evidence->recovery_point, sampling.oldest);
    return true;
}
