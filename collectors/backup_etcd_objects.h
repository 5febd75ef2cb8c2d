/* SPDX-License-Identifier: Apache-2.0 */
/* Backups of etcd-manager (kOps): directories of objects, complete with their marker. */

#ifndef COLLECTORS_BACKUP_ETCD_OBJECTS_H
#define COLLECTORS_BACKUP_ETCD_OBJECTS_H

#include "collectors/backup_catalog.h"
#include "collectors/backup_object_heap.h"

/* Directories are named `<start>-<number>`. */
#define BACKUP_ETCD_NAME_TIME "%Y-%m-%dT%H:%M:%SZ"
/* Is written after everything else. */
#define BACKUP_ETCD_MARKER "_etcd_backup.meta"

/* One while its objects, which stand together in a list, come. Zeroed at first. */
struct backup_etcd_directory {
    char *name; /* With its slash; NULL: there is none. */
    bool has_marker;
    struct backup_object marker;
    bool has_data;
    struct backup_object data;
};

void backup_etcd_directory_release(struct backup_etcd_directory *directory);

/* Is the key in it? */
bool backup_etcd_directory_has(const struct backup_etcd_directory *directory, const char *key);

/* False for an object that is no part of such a directory: a snapshot by itself. */
bool backup_etcd_directory_add(struct backup_etcd_directory *directory,
                               const struct backup_object *object);

/* Are data and marker there? */
bool backup_etcd_directory_is_whole(const struct backup_etcd_directory *directory);

/* All of it was listed: fills one backup, whose key is to be freed by the caller. False when there
 * is none. */
bool backup_etcd_directory_end(struct backup_etcd_directory *directory,
                               struct backup_object *ret_object);

/* Is the key that of a backup by backup_etcd_directory_end? */
bool backup_etcd_is_directory(const char *key);

/* Is it below `control/`, or below a directory whose name begins with a dot? */
bool backup_etcd_is_other(const char *key);

/* State, problem and dates of one that has no marker (yet), and was written to at that instant. */
void backup_etcd_set_unfinished(double written, double now, struct backup *backup);

#endif
