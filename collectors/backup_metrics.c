/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of the backup collector, and how judged backups become samples. */

#include "collectors/backup_metrics.h"

#include <string.h>

/* Types of backups in one set that are told of; formats know five. */
#define TYPES_MAX 8

const struct metric backup_metric_table[BACKUP_METRIC_COUNT] = {
    [BACKUP_LAST_START] = {"dr_backup_last_start_timestamp_seconds",
                           METRIC_GAUGE,
                           "When the newest backup that counts was begun, by type: full, "
                           "differential, incremental, snapshot or object. As the tool tells it.",
                           {"repository", "set", "type"}},
    [BACKUP_LAST_COMPLETION] = {"dr_backup_last_completion_timestamp_seconds",
                                METRIC_GAUGE,
                                "When it was complete; for objects and files their modification "
                                "time. Absent while none of that type counts.",
                                {"repository", "set", "type"}},
    [BACKUP_LAST_DURATION] = {"dr_backup_last_duration_seconds",
                              METRIC_GAUGE,
                              "How long it took, where the tool tells both.",
                              {"repository", "set", "type"}},
    [BACKUP_LAST_SIZE] = {"dr_backup_last_size_bytes",
                          METRIC_GAUGE,
                          "Its size: of what was backed up, or of what is stored where only that "
                          "is told.",
                          {"repository", "set", "type"}},
    [BACKUP_USABLE_BACKUPS] = {"dr_backup_usable_backups",
                               METRIC_GAUGE,
                               "How many backups count: complete, restorable as far as the tool "
                               "says, and as the settings ask. Absent if there are too many to "
                               "look at all.",
                               {"repository", "set"}},
    [BACKUP_FAILURES_SINCE_SUCCESS] =
        {"dr_backup_failures_since_success",
         METRIC_GAUGE,
         "Backups that were made after the newest that counts and do not count themselves, other "
         "than those still running, expired, or whose WAL or repository is missing. pgBackRest and "
         "restic do not tell of backups that failed.",
         {"repository", "set"}},
    [BACKUP_NOT_COUNTED] =
        {"dr_backup_newest_not_counted",
         METRIC_GAUGE,
         "1 for the reason why the newest backup does not count, if it is newer than those that "
         "do: running, partial, failed, expired, size (min_size), future (dated after now), date "
         "(none), mutable (not locked against deletion for long enough), archive (WAL that it "
         "needs is missing), repository.",
         {"repository", "set", "reason"}},
    [BACKUP_RECOVERY_POINT] =
        {"dr_backup_recovery_point_timestamp_seconds",
         METRIC_GAUGE,
         "Newest instant to which this set can be brought back: the stop of a physical backup, the "
         "start of a dump or of a snapshot of files, or the end of an unbroken WAL archive behind "
         "one. dr_recovery_point_timestamp_seconds is that of the worst set.",
         {"repository", "set"}},
    [BACKUP_WINDOW_OLDEST] = {"dr_backup_recovery_window_oldest_timestamp_seconds",
                              METRIC_GAUGE,
                              "Oldest instant to which it can be brought back.",
                              {"repository", "set"}},
    [BACKUP_NEXT_DUE] =
        {"dr_backup_next_due_timestamp_seconds",
         METRIC_GAUGE,
         "When the next backup has to be complete: the setting `schedule` and the duration of the "
         "newest that counts after its completion; after the first look of this process as long as "
         "none does. Absent without that setting.",
         {"repository", "set"}},
    [BACKUP_REPOSITORY_UP] = {"dr_backup_repository_up",
                              METRIC_GAUGE,
                              "Whether the repository can be restored from, as far as the tool "
                              "says; absent if it says nothing.",
                              {"repository", "set"}},
    [BACKUP_PRIMARY_UP] = {"dr_backup_primary_up",
                           METRIC_GAUGE,
                           "Whether the primary could be asked about its WAL; only with "
                           "primary_dsn. Without it the recovery point no longer moves on.",
                           {NULL}},
    [BACKUP_ARCHIVE_UNBROKEN] =
        {"dr_backup_archive_unbroken",
         METRIC_GAUGE,
         "Whether no WAL segment is missing between a backup that counts and the end of the "
         "archive; 0: what comes after the gap is lost. Absent where gaps are not told: without "
         "archive_command, or after a change of the timeline. Then only the backup itself dates "
         "the recovery point.",
         {"repository", "set"}},
    [BACKUP_ARCHIVE_FAILING] =
        {"dr_backup_archive_failing",
         METRIC_GAUGE,
         "Whether archiving WAL fails at present: the primary's newest attempt failed or it does "
         "not archive (pg_stat_archiver, with primary_dsn), or the tool tells of a gap after the "
         "newest backup. Absent when neither is known.",
         {"repository", "set"}},
    [BACKUP_ARCHIVE_LAST_ARCHIVED] = {"dr_backup_archive_last_archived_timestamp_seconds",
                                      METRIC_GAUGE,
                                      "When the primary last archived a WAL segment "
                                      "(pg_stat_archiver). One that has nothing to write need not.",
                                      {NULL}},
    [BACKUP_ARCHIVE_READY_FILES] = {"dr_backup_archive_ready_files",
                                    METRIC_GAUGE,
                                    "WAL segments that wait to be archived by the primary "
                                    "(pg_ls_archive_statusdir).",
                                    {NULL}},
    [BACKUP_ARCHIVE_ARCHIVED] = {"dr_backup_archive_segments_total",
                                 METRIC_COUNTER,
                                 "WAL segments that the primary archived (pg_stat_archiver).",
                                 {NULL}},
    [BACKUP_ARCHIVE_FAILED] = {"dr_backup_archive_failures_total",
                               METRIC_COUNTER,
                               "Attempts of the primary to archive that failed "
                               "(pg_stat_archiver).",
                               {NULL}},
};

static void add_reading(struct samples *samples, enum backup_metric metric,
                        const struct reading *reading, const char *const *labels)
{
    if (reading->known) {
        samples_add_labelled(samples, metric, reading->value, labels);
    }
}

static void add_newest(struct samples *samples, const struct backup_group *group,
                       const struct backup *backup)
{
    const char *const labels[] = {group->repository, group->set, backup->type};

    add_reading(samples, BACKUP_LAST_START, &backup->started, labels);
    add_reading(samples, BACKUP_LAST_COMPLETION, &backup->completed, labels);
    add_reading(samples, BACKUP_LAST_SIZE, &backup->size_bytes, labels);
    if (backup->started.known && backup->completed.known &&
        backup->completed.value >= backup->started.value) {
        samples_add_labelled(samples, BACKUP_LAST_DURATION,
                             backup->completed.value - backup->started.value, labels);
    }
}

/* The newest that counts of every type; returns how many count. */
static size_t add_types(struct samples *samples, const struct backup_group *group,
                        const struct backup_settings *settings, const struct backup_query *query)
{
    const struct backup *newest[TYPES_MAX];
    size_t type_count = 0;
    size_t usable = 0;

    for (size_t i = 0; i < group->member_count; i++) {
        const struct backup *backup = group->members[i];
        size_t type = 0;

        if (backup_obstacle(settings, query, group->place, backup) != BACKUP_COUNTS) {
            continue;
        }
        usable++;
        while (type < type_count && strcmp(newest[type]->type, backup->type) != 0) {
            type++;
        }
        if (type == type_count && type_count < TYPES_MAX) {
            newest[type_count++] = backup;
        } else if (type < type_count &&
                   backup->restores_to.value > newest[type]->restores_to.value) {
            newest[type] = backup;
        }
    }
    for (size_t i = 0; i < type_count; i++) {
        add_newest(samples, group, newest[i]);
    }
    return usable;
}

static void add_reasons(struct samples *samples, const struct backup_group *group)
{
    static const char *const names[BACKUP_OBSTACLE_COUNT] = {
        [BACKUP_OBSTACLE_RUNNING] = "running", [BACKUP_OBSTACLE_PARTIAL] = "partial",
        [BACKUP_OBSTACLE_FAILED] = "failed",   [BACKUP_OBSTACLE_EXPIRED] = "expired",
        [BACKUP_OBSTACLE_SIZE] = "size",       [BACKUP_OBSTACLE_FUTURE] = "future",
        [BACKUP_OBSTACLE_DATE] = "date",       [BACKUP_OBSTACLE_MUTABLE] = "mutable",
        [BACKUP_OBSTACLE_ARCHIVE] = "archive", [BACKUP_OBSTACLE_REPOSITORY] = "repository",
    };

    for (enum backup_obstacle obstacle = 0; obstacle < BACKUP_OBSTACLE_COUNT; obstacle++) {
        samples_add_labelled(samples, BACKUP_NOT_COUNTED, group->rejected_for == obstacle ? 1 : 0,
                             (const char *const[]){group->repository, group->set, names[obstacle]});
    }
}

static void add_due(struct samples *samples, const struct backup_group *group,
                    const struct backup_settings *settings, double first_seen,
                    const char *const *labels)
{
    const struct backup *newest = group->newest;
    double due = first_seen;

    if (settings->schedule_ms == 0) {
        return;
    }
    if (newest != NULL) {
        const struct reading *end =
            newest->completed.known ? &newest->completed : &newest->restores_to;

        due = end->value;
        if (newest->started.known && newest->completed.known &&
            newest->started.value < newest->completed.value) {
            due += newest->completed.value - newest->started.value;
        }
    }
    samples_add_labelled(samples, BACKUP_NEXT_DUE, due + (double)settings->schedule_ms / 1000,
                         labels);
}

static void add_group(struct samples *samples, const struct backup_group *group,
                      const struct backup_catalog *catalog, const struct backup_settings *settings,
                      const struct backup_query *query, double first_seen)
{
    const char *const labels[] = {group->repository, group->set};
    size_t usable = add_types(samples, group, settings, query);
    bool is_known = group->place == NULL || !group->place->unreadable;

    if (group->place != NULL && is_known) {
        samples_add_labelled(samples, BACKUP_REPOSITORY_UP, group->place->problem == NULL ? 1 : 0,
                             labels);
    }
    if (!is_known) {
        return;
    }
    if (!catalog->truncated) {
        samples_add_labelled(samples, BACKUP_USABLE_BACKUPS, (double)usable, labels);
        add_reading(samples, BACKUP_WINDOW_OLDEST, &group->oldest_restorable, labels);
    }
    samples_add_labelled(samples, BACKUP_FAILURES_SINCE_SUCCESS, (double)group->failures, labels);
    add_reading(samples, BACKUP_RECOVERY_POINT, &group->recovery_point, labels);
    add_reasons(samples, group);
    add_due(samples, group, settings, first_seen, labels);
}

void backup_add_samples(struct samples *samples, const struct backup_groups *groups,
                        const struct backup_catalog *catalog,
                        const struct backup_settings *settings, const struct backup_query *query,
                        double first_seen)
{
    for (size_t i = 0; i < groups->count && i < BACKUP_REPOSITORIES_MAX; i++) {
        add_group(samples, &groups->items[i], catalog, settings, query, first_seen);
    }
}

static void add_plain(struct samples *samples, enum backup_metric metric,
                      const struct reading *reading)
{
    if (reading->known) {
        samples_add(samples, metric, reading->value);
    }
}

void backup_add_primary(struct samples *samples, const struct backup_archive *archive)
{
    samples_add(samples, BACKUP_PRIMARY_UP, archive->known ? 1 : 0);
    if (!archive->known) {
        return;
    }
    add_plain(samples, BACKUP_ARCHIVE_LAST_ARCHIVED, &archive->last_archived);
    add_plain(samples, BACKUP_ARCHIVE_READY_FILES, &archive->ready_files);
    add_plain(samples, BACKUP_ARCHIVE_ARCHIVED, &archive->archived);
    add_plain(samples, BACKUP_ARCHIVE_FAILED, &archive->failed);
}

void backup_add_archive(struct samples *samples, const struct backup_groups *groups,
                        const struct backup_archive *archive)
{
    bool primary_fails =
        archive->known && (archive->failing == ANSWER_YES || archive->problem != NULL);
    bool primary_is_fine = archive->known && archive->failing == ANSWER_NO;

    for (size_t i = 0; i < groups->count && i < BACKUP_REPOSITORIES_MAX; i++) {
        const struct backup_group *group = &groups->items[i];
        const char *const labels[] = {group->repository, group->set};
        bool has_problem = group->place != NULL && group->place->archive_problem != NULL;

        if (group->chain_end.known) {
            bool is_unbroken = group->chain_end.segment >= group->place->archive_last.segment;

            samples_add_labelled(samples, BACKUP_ARCHIVE_UNBROKEN, is_unbroken ? 1 : 0, labels);
            has_problem = has_problem || !is_unbroken;
        }
        if (primary_fails || has_problem || primary_is_fine) {
            samples_add_labelled(samples, BACKUP_ARCHIVE_FAILING,
                                 primary_fails || has_problem ? 1 : 0, labels);
        }
    }
}
