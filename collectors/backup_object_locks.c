/* SPDX-License-Identifier: Apache-2.0 */
/* Whether objects are locked against deletion for long enough. */

#include "collectors/backup_object_locks.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/duration.h"

/* Forgotten at this number, so that a long session remembers no more than what is there. */
#define SEEN_MAX (2 * BACKUP_OBJECTS_KEPT)

/* A version of an object, and the end of its lock in compliance mode by the store's clock. */
struct seen {
    char *key;
    double last_modified;
    double until;
};

struct backup_object_locks {
    void *tree; /* Of struct seen, by key. */
    size_t count;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct seen *)a)->key, ((const struct seen *)b)->key);
}

static void free_seen(void *node)
{
    struct seen *seen = node;

    free(seen->key);
    free(seen);
}

struct backup_object_locks *backup_object_locks_new(void)
{
    struct backup_object_locks *locks = calloc(1, sizeof *locks);

    if (locks == NULL) {
        abort();
    }
    return locks;
}

static void forget(struct backup_object_locks *locks)
{
    tdestroy(locks->tree, free_seen);
    *locks = (struct backup_object_locks){.count = 0};
}

void backup_object_locks_free(struct backup_object_locks *locks)
{
    if (locks != NULL) {
        forget(locks);
        free(locks);
    }
}

static const struct seen *find(const struct backup_object_locks *locks,
                               const struct backup_object *object)
{
    const struct seen wanted = {.key = object->key};
    struct seen *const *node = tfind(&wanted, &locks->tree, compare);

    return node != NULL && (*node)->last_modified == object->last_modified ? *node : NULL;
}

static void remember(struct backup_object_locks *locks, const struct backup_object *object,
                     double until)
{
    struct seen *seen = calloc(1, sizeof *seen);
    struct seen **node;

    if (seen == NULL || (seen->key = strdup(object->key)) == NULL) {
        abort();
    }
    if (locks->count >= SEEN_MAX) {
        forget(locks);
    }
    node = tsearch(seen, &locks->tree, compare);
    if (node == NULL) {
        abort();
    }
    if (*node != seen) {
        free_seen(seen); /* Another version of it was seen before. */
    } else {
        locks->count++;
    }
    (*node)->last_modified = object->last_modified;
    (*node)->until = until;
}

static void set_immutable(const struct backup_locks_asking *asking,
                          const struct s3_retention *retention, struct arena *arena,
                          struct backup *backup)
{
    double until = s3_client_local_seconds(asking->client, retention->until);
    double wanted = (double)asking->settings->immutable_for_ms / 1000;
    char left[DURATION_TEXT_BYTES];
    char needed[DURATION_TEXT_BYTES];

    backup->immutable = ANSWER_NO;
    if (retention->mode == S3_LOCK_NONE) {
        backup->problem = "it has no Object Lock";
    } else if (retention->mode == S3_LOCK_GOVERNANCE && !asking->settings->accept_governance) {
        backup->problem = "its Object Lock is in governance mode, which can be bypassed "
                          "(accept_governance)";
    } else if (until < asking->now) {
        backup->problem = "its Object Lock has ended";
    } else if (until < asking->now + wanted) {
        duration_describe(left, until - asking->now);
        duration_format(needed, asking->settings->immutable_for_ms);
        backup->problem = arena_printf(arena, "its Object Lock ends in %s, \"immutable_for\" is %s",
                                       left, needed);
    } else {
        backup->immutable = ANSWER_YES;
    }
}

bool backup_object_locks_judge(struct backup_object_locks *locks,
                               struct backup_locks_asking *asking,
                               const struct backup_object *object, struct arena *arena,
                               struct backup *backup, struct error *error)
{
    const struct seen *seen = find(locks, object);
    struct s3_retention retention;

    if (seen != NULL) {
        retention = (struct s3_retention){.mode = S3_LOCK_COMPLIANCE, .until = seen->until};
        set_immutable(asking, &retention, arena, backup);
        return true;
    }
    if (asking->asked == S3_LOCKS_ASKED_MAX) {
        asking->is_partial = true;
        return true;
    }
    asking->asked++;
    if (!s3_get_retention(asking->client, object->key, asking->deadline, &retention, error)) {
        if (error->kind != ERROR_NOT_FOUND) {
            return error_prefix(error, "its Object Lock (s3:GetObjectRetention)");
        }
        /* Deleted since it was listed. */
        retention = (struct s3_retention){.mode = S3_LOCK_NONE};
    }
    if (retention.mode == S3_LOCK_COMPLIANCE) {
        remember(locks, object, retention.until);
    }
    set_immutable(asking, &retention, arena, backup);
    return true;
}
