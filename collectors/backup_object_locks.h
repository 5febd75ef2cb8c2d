/* SPDX-License-Identifier: Apache-2.0 */
/* Whether objects are locked against deletion for long enough.
 *
 * A lock in compliance mode can be taken away by nobody, and its end only be put off, so what was
 * seen once holds for that version. One in governance mode, and one that is missing, is asked for
 * anew each time. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */

#ifndef COLLECTORS_BACKUP_OBJECT_LOCKS_H
#define COLLECTORS_BACKUP_OBJECT_LOCKS_H

#include "collectors/backup_catalog.h"
#include "collectors/backup_object_heap.h"
#include "collectors/backup_objects_settings.h"
#include "collectors/s3_client.h"

/* What was seen in this session. */
struct backup_object_locks;

struct backup_object_locks *backup_object_locks_new(void);
void backup_object_locks_free(struct backup_object_locks *locks);

struct backup_locks_asking {
    const struct backup_objects_settings *settings;
    struct s3_client *client;
    const struct deadline *deadline;
    double now;      /* By the clock of this host. */
    size_t asked;    /* Counted here. */
    bool is_partial; /* Out: not everything was asked for. */
};

/* Sets `immutable` of the backup and, when it is not, `problem`. Once S3_LOCKS_ASKED_MAX were asked
 * for it stays unknown. */
bool backup_object_locks_judge(struct backup_object_locks *locks,
                               struct backup_locks_asking *asking,
                               const struct backup_object *object, struct arena *arena,
                               struct backup *backup, struct error *error);

#endif
