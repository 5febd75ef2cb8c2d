/* SPDX-License-Identifier: Apache-2.0 */
/* Formats `files` and `etcd` by a glob: backups are files of a mounted file system.
 *
 * A file is complete at its modification time, once it has not been written to for `settle`. A
 * directory of etcd-manager (kOps) is complete when its marker `_etcd_backup.meta` is there, which
 * is written last. https://github.com/kubernetes-sigs/etcd-manager */

#ifndef COLLECTORS_BACKUP_FILES_H
#define COLLECTORS_BACKUP_FILES_H

#include "collectors/backup_format.h"

extern const struct backup_talker backup_files_talker;
extern const struct backup_talker backup_etcd_files_talker;

#endif
