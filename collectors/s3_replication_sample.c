/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of the source that were written lately: has the store replicated them? */

#include "collectors/s3_replication_sample.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/s3_replication_canary.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

enum { COMPLETED, PENDING, FAILED, NONE, STATUS_COUNT, GONE };

static const char *const status_names[STATUS_COUNT] = {"completed", "pending", "failed", "none"};

struct sampling {
    struct s3_replication_session *session;
    struct collection *collection;
    struct arena *arena;
    const struct s3_object *newest[S3_SAMPLE_OBJECTS_MAX]; /* The newest one first. */
    size_t count;
    size_t counts[STATUS_COUNT];
    bool holds_back;
    double oldest; /* Of those that are not replicated, by this host's clock. */
};

static void consider(struct sampling *sampling, const struct s3_object *object)
{
    size_t at = sampling->count;

    if (at == S3_SAMPLE_OBJECTS_MAX) {
        at--;
        if (sampling->newest[at]->last_modified >= object->last_modified) {
            return;
        }
    } else {
        sampling->count++;
    }
    for (; at > 0 && sampling->newest[at - 1]->last_modified < object->last_modified; at--) {
        sampling->newest[at] = sampling->newest[at - 1];
    }
    sampling->newest[at] = object;
}

static bool list(struct sampling *sampling, const char *prefix, struct error *error)
{
    struct s3_listing listing = {.prefix = prefix};

    for (int pages = 0; pages < S3_SAMPLE_PAGES_MAX; pages++) {
        struct s3_page page;

        if (!s3_list(sampling->session->source, &listing, &sampling->collection->deadline,
                     sampling->arena, &page, error)) {
            return false;
        }
        for (size_t i = 0; i < page.count; i++) {
            double seconds;

            if (!s3_canary_read_key(sampling->session->settings->canary_prefix, page.objects[i].key,
                                    &seconds)) {
                consider(sampling, &page.objects[i]);
            }
        }
        if (page.continuation == NULL) {
            return true;
        }
        listing.continuation = page.continuation;
    }
    return error_set(error, ERROR_INCONSISTENT,
                     "more than %d objects begin with \"%s\"; give a longer sample prefix",
                     S3_SAMPLE_PAGES_MAX * 1000, prefix);
}

static int status_of(const char *text)
{
    if (text == NULL) {
        return NONE;
    }
    /* MinIO used to write COMPLETE. */
    if (strcmp(text, "COMPLETED") == 0 || strcmp(text, "COMPLETE") == 0) {
        return COMPLETED;
    }
    /* It came here from elsewhere, and need not be at this destination. */
    if (strcmp(text, "REPLICA") == 0) {
        return NONE;
    }
    return strcmp(text, "FAILED") == 0 ? FAILED : PENDING;
}

/* GONE: deleted since it was listed. */
static bool ask_status(struct sampling *sampling, const char *key, int *ret_status,
                       struct error *error)
{
    CLEANUP(http_answer_release) struct http_answer answer = {0};
    struct s3_client *client = sampling->session->source;
    const struct s3_request request = {
        .method = HTTP_HEAD, .key = key, .body_bytes_max = AWS_ANSWER_BYTES_MAX};

    if (!s3_ask(client, &request, &sampling->collection->deadline, &answer, error)) {
        *ret_status = GONE;
        return error->kind == ERROR_NOT_FOUND;
    }
    *ret_status = status_of(s3_client_header(client, "x-amz-replication-status"));
    return true;
}

static bool hold(struct s3_replication_session *session, const struct s3_object *object,
                 struct error *error)
{
    for (size_t i = 0; i < session->held_count; i++) {
        if (strcmp(session->held[i].key, object->key) == 0) {
            return true;
        }
    }
    if (session->held_count == S3_OBJECTS_HELD_MAX) {
        return error_set(error, ERROR_INCONSISTENT,
                         "more than %d objects are not replicated; write them again, or use S3 "
                         "Batch Replication",
                         S3_OBJECTS_HELD_MAX);
    }
    session->held[session->held_count++] =
        (struct s3_held_object){strdup(object->key), object->last_modified};
    if (session->held[session->held_count - 1].key == NULL) {
        abort();
    }
    return true;
}

static bool look(struct sampling *sampling, const struct s3_object *object, struct error *error)
{
    int status;

    if (!ask_status(sampling, object->key, &status, error)) {
        return false;
    }
    if (status == GONE) {
        return true;
    }
    sampling->counts[status]++;
    /* One without a status was written when no rule was there for it. */
    return status == COMPLETED || hold(sampling->session, object, error);
}

/* What was once seen not to be replicated counts until it is, or is gone, though newer objects may
 * have taken its place in the sample. */
static bool look_at_held(struct sampling *sampling, struct error *error)
{
    struct s3_replication_session *session = sampling->session;

    for (size_t i = session->held_count; i-- > 0;) {
        struct s3_held_object *held = &session->held[i];
        double instant;
        int status;

        if (!ask_status(sampling, held->key, &status, error)) {
            return false;
        }
        if (status == GONE || status == COMPLETED) {
            free(held->key);
            *held = session->held[--session->held_count];
            continue;
        }
        instant =
            s3_client_local_seconds(session->source, held->last_modified) - clock_step_seconds();
        if (!sampling->holds_back || instant < sampling->oldest) {
            sampling->oldest = instant;
        }
        sampling->holds_back = true;
    }
    return true;
}

static bool sample(struct sampling *sampling, const char *prefix, struct error *error)
{
    sampling->count = 0;
    memset(sampling->counts, 0, sizeof sampling->counts);
    if (!list(sampling, prefix, error)) {
        return false;
    }
    for (size_t i = 0; i < sampling->count; i++) {
        if (!look(sampling, sampling->newest[i], error)) {
            return false;
        }
    }
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        const char *const labels[] = {prefix, status_names[i]};

        samples_add_labelled(sampling->collection->samples, S3_METRIC_OBJECTS_SAMPLED,
                             (double)sampling->counts[i], labels);
    }
    return true;
}

static void free_arena(struct arena **arena)
{
    arena_free(*arena);
}

bool s3_sample_collect(struct s3_replication_session *session, struct collection *collection,
                       struct error *error)
{
    CLEANUP(free_arena) struct arena *arena = arena_new();
    struct evidence *evidence = collection->evidence;
    struct sampling sampling = {.session = session, .collection = collection, .arena = arena};
    const char *const *prefixes = session->settings->sample_prefixes;

    for (size_t i = 0; prefixes != NULL && prefixes[i] != NULL; i++) {
        if (!sample(&sampling, prefixes[i], error)) {
            evidence->has_recovery_point = false;
            return error_prefix(error, "source");
        }
    }
    if (!look_at_held(&sampling, error)) {
        evidence->has_recovery_point = false;
        return error_prefix(error, "source");
    }
    if (sampling.holds_back && evidence->has_recovery_point &&
        sampling.oldest < evidence->recovery_point) {
        evidence->recovery_point = sampling.oldest;
    }
    return true;
}
