/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of the backup collector, and how judged backups become samples. */

#ifndef COLLECTORS_BACKUP_METRICS_H
#define COLLECTORS_BACKUP_METRICS_H

#include "collectors/backup_archiver.h"
#include "collectors/backup_evidence.h"
#include "exporter/metric.h"
#include "exporter/samples.h"

enum backup_metric {
    BACKUP_LAST_START,
    BACKUP_LAST_COMPLETION,
    BACKUP_LAST_DURATION,
    BACKUP_LAST_SIZE,
    BACKUP_USABLE_BACKUPS,
    BACKUP_FAILURES_SINCE_SUCCESS,
    BACKUP_NOT_COUNTED,
    BACKUP_RECOVERY_POINT,
    BACKUP_WINDOW_OLDEST,
    BACKUP_NEXT_DUE,
    BACKUP_REPOSITORY_UP,
    BACKUP_PRIMARY_UP,
    BACKUP_ARCHIVE_UNBROKEN,
    BACKUP_ARCHIVE_FAILING,
    BACKUP_ARCHIVE_LAST_ARCHIVED,
    BACKUP_ARCHIVE_READY_FILES,
    BACKUP_ARCHIVE_ARCHIVED,
    BACKUP_ARCHIVE_FAILED,
    BACKUP_METRIC_COUNT
};

extern const struct metric backup_metric_table[BACKUP_METRIC_COUNT];

/* What is told of every group. `first_seen` is when this source was first looked at, by the
 * system's clock. */
void backup_add_samples(struct samples *samples, const struct backup_groups *groups,
                        const struct backup_catalog *catalog,
                        const struct backup_settings *settings, const struct backup_query *query,
                        double first_seen);

/* What the primary said; only with a primary_dsn. Not known: it could not be asked. */
void backup_add_primary(struct samples *samples, const struct backup_archive *archive);

/* Whether archiving fails, as far as primary and tool say. */
void backup_add_archive(struct samples *samples, const struct backup_groups *groups,
                        const struct backup_archive *archive);

#endif
