/* SPDX-License-Identifier: Apache-2.0 */
/* Formats `velero` and `cnpg`: backups are objects of a Kubernetes cluster, asked for at its API,
 * or printed by `kubectl get … -o json`.
 *
 * velero. A Backup (velero.io/v1) is as of its start: restores_to is status.startTimestamp. Only
 * phase Completed can be restored in full, before status.expiration, and from a storage location
 * that exists and is Available; PartiallyFailed is BACKUP_PARTIAL. Label `repository` is the
 * BackupStorageLocation, `set` the Schedule (label velero.io/schedule-name). Where there are
 * schedules, backups made by hand are left out: they prove nothing of what is due.
 *
 * cnpg. A Backup (postgresql.cnpg.io/v1) replays WAL to its end: restores_to is status.stoppedAt,
 * but status.startedAt of a snapshot of volumes for which PostgreSQL was not told to prepare
 * (status.online is not true). Label `repository` is the method (barmanObjectStore, volumeSnapshot,
 * or the name of the plugin), `set` the Cluster. What ObjectStore.status.serverRecoveryWindow
 * (barmancloud.cnpg.io/v1), or status of the Cluster in older versions, says beyond that is added,
 * and what lies before their first recoverability point is taken as gone. No object tells when WAL
 * was archived, so the recovery point is never later than a backup.
 * https://velero.io/docs/main/api-types/backup/
 * https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/ */

#ifndef COLLECTORS_BACKUP_KUBERNETES_H
#define COLLECTORS_BACKUP_KUBERNETES_H

#include "collectors/backup_format.h"
#include "collectors/kubernetes_client.h"
#include "collectors/kubernetes_list.h"

/* Documents with all the kinds that a format needs: backups and storage locations for Velero,
 * backups and clusters for CloudNativePG (and object stores, where there are some). */
backup_read backup_velero_read;
backup_read backup_cnpg_read;

extern const struct backup_talker backup_velero_talker;
extern const struct backup_talker backup_cnpg_talker;

/* --- What both have in common. --- */

/* How far a catalog had been filled when a list began, to go back there. */
struct backup_catalog_mark {
    size_t backup_count;
    size_t repository_count;
};

struct backup_catalog_mark backup_catalog_mark(const struct backup_catalog *catalog);
void backup_catalog_return(struct backup_catalog *catalog, struct backup_catalog_mark mark);

/* NULL when there is none of that name. */
struct backup_repository *backup_catalog_find(const struct backup_catalog *catalog,
                                              const char *repository, const char *set);

/* An instant, unknown when it is not there or unreadable. */
struct reading backup_instant(const cJSON *object, const char *path);

/* What a phase says of a backup; NULL ends a list of them. */
struct backup_phase {
    const char *phase;
    enum backup_state state;
};

/* A phase that nobody has heard of is none from which one restores. */
enum backup_state backup_phase_state(const struct backup_phase *phases, const char *phase);

/* ERROR_PROTOCOL for an object of another group: Backups are of both Velero and CloudNativePG. */
bool backup_group_check(const struct kubernetes_object *object, const char *group,
                        struct error *error);

/* ERROR_INCONSISTENT for an object of another namespace than the first one, which is remembered in
 * *namespace (NULL at first): labels do not tell them apart. */
bool backup_namespace_check(struct arena *arena, const char **namespace, const cJSON *json,
                            struct error *error);

/* What the table of settings cannot say of a cluster. */
bool backup_cluster_check(const struct backup_settings *settings, struct error *error);

/* How a talker opens and closes its session, a client for the cluster that the settings name. */
void *backup_cluster_open(const struct backup_settings *settings, const struct deadline *deadline,
                          struct error *error);
void backup_cluster_close(void *session);

/* A document with all objects. ERROR_INCONSISTENT for one page of several. */
bool backup_cluster_read(const char *text, size_t length, const struct kubernetes_visitor *visitor,
                         struct error *error);

#endif
