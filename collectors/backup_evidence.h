/* SPDX-License-Identifier: Apache-2.0 */
/* Catalog of backups → which of them count, and what they prove.
 *
 * The recovery point of a set is the newest `restores_to` of its backups that count: those that the
 * tool can restore, that are complete, large enough, not of the future, not to be changed by
 * anybody where the source claims to survive ransomware, and whose WAL is in the archive. The set
 * with the oldest one decides; a repository has to be chosen when there are several. */

#ifndef COLLECTORS_BACKUP_EVIDENCE_H
#define COLLECTORS_BACKUP_EVIDENCE_H

#include "collectors/backup_catalog.h"
#include "collectors/backup_settings.h"

/* Why a backup does not count. */
enum backup_obstacle {
    BACKUP_OBSTACLE_RUNNING,
    BACKUP_OBSTACLE_PARTIAL,
    BACKUP_OBSTACLE_FAILED,
    BACKUP_OBSTACLE_EXPIRED,
    BACKUP_OBSTACLE_SIZE,       /* Too small, or of unknown size. */
    BACKUP_OBSTACLE_FUTURE,     /* Its dates are in the future. */
    BACKUP_OBSTACLE_DATE,       /* It has none. */
    BACKUP_OBSTACLE_MUTABLE,    /* Not proven to be safe from deletion. */
    BACKUP_OBSTACLE_ARCHIVE,    /* WAL that it needs is not in the archive. */
    BACKUP_OBSTACLE_REPOSITORY, /* Nothing in its repository can be restored. */
    BACKUP_OBSTACLE_COUNT,
    BACKUP_COUNTS = BACKUP_OBSTACLE_COUNT
};

/* Backups of one set in one repository. Pointers are into the catalog. */
struct backup_group {
    const char *repository;
    const char *set;
    const struct backup_repository *place; /* NULL: the tool does not tell of it. */
    const struct backup **members;         /* In no order. */
    size_t member_count;

    const struct backup *newest; /* Of those that count, by its recovery point; NULL: none does. */
    struct reading recovery_point;
    /* With a schedule: behind the newest hole, which is more than three of them without a backup
     * and without WAL. */
    struct reading oldest_restorable;
    /* The last segment to which WAL leads from a backup that counts, without one missing; not known
     * where gaps are not told, or the archive ends on another timeline. */
    struct backup_wal chain_end;
    size_t failures; /* Since the newest that counts: those that are neither running nor expired. */
    /* The newest of those that came after `newest` and do not count. */
    const struct backup *rejected;
    enum backup_obstacle rejected_for; /* BACKUP_COUNTS: there is none. */
    const char *rejected_because;
};

struct backup_groups {
    struct backup_group *items;
    size_t count;
};

/* The groups of what the query means, in order of repository and set, not judged yet. */
struct backup_groups backup_groups_form(const struct backup_catalog *catalog,
                                        const struct backup_query *query);

/* Why does it not count? `place` MAY be NULL. */
enum backup_obstacle backup_obstacle(const struct backup_settings *settings,
                                     const struct backup_query *query,
                                     const struct backup_repository *place,
                                     const struct backup *backup);

/* Forms the groups and judges every one. */
struct backup_groups backup_groups_judge(const struct backup_catalog *catalog,
                                         const struct backup_settings *settings,
                                         const struct backup_query *query);

/* What the groups prove together. Texts of the evidence are put into `arena`. False when it is not
 * known what can be restored. `step_seconds` is clock_step_seconds(). */
bool backup_groups_prove(const struct backup_groups *groups, const struct backup_catalog *catalog,
                         const struct backup_query *query, double step_seconds, struct arena *arena,
                         struct evidence *evidence, struct error *error);

#endif
