/* SPDX-License-Identifier: Apache-2.0 */
/* Formats `objects` and `etcd` by S3: backups are objects of a bucket.
 *
 * The current version of each key counts: what has a delete marker is not listed. An object is
 * complete at LastModified, by the store's clock, from which instants are converted to this host's
 * by the dates of its answers. Directories of etcd-manager (kOps) are complete when their marker
 * `_etcd_backup.meta` is there, which is written last; its own files below `control/` and those of
 * k3s below `.metadata/` are no backups. https://github.com/kubernetes-sigs/etcd-manager */

#ifndef COLLECTORS_BACKUP_OBJECTS_H
#define COLLECTORS_BACKUP_OBJECTS_H

#include "collectors/backup_format.h"

extern const struct backup_talker backup_objects_talker;
extern const struct backup_talker backup_etcd_objects_talker;

#endif
