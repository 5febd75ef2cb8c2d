/* SPDX-License-Identifier: Apache-2.0 */
/* Format `velero`: Backups and BackupStorageLocations of Velero. */

#include <stdio.h>
#include <string.h>

#include "collectors/backup_json.h"
#include "collectors/backup_kubernetes.h"
#include "exporter/bounds.h"

#define API "velero.io/v1"
#define GROUP "velero.io"
#define NAMESPACE "velero"
#define SCHEDULE_LABEL "velero.io/schedule-name"
#define PERMISSION "deploy/kubernetes/rbac-backup.yaml"
/* Values of labels are not longer; Velero shortens longer names of schedules in them. */
#define LABEL_BYTES_MAX 63
/* Velero validates its storage locations once a minute unless told otherwise: what it said longer
 * ago nobody looks after any more. */
#define VALIDATION_AGE_SECONDS_MAX 3600
#define VALIDATION_AGE_OWN_FREQUENCY_SECONDS_MAX 86400

/* https://github.com/vmware-tanzu/velero/blob/main/pkg/apis/velero/v1/backup_types.go */
static const struct backup_phase phases[] = {
    {"", BACKUP_RUNNING},
    {"New", BACKUP_RUNNING},
    {"Queued", BACKUP_RUNNING},
    {"ReadyToStart", BACKUP_RUNNING},
    {"InProgress", BACKUP_RUNNING},
    {"WaitingForPluginOperations", BACKUP_RUNNING},
    {"WaitingForPluginOperationsPartiallyFailed", BACKUP_RUNNING},
    {"Finalizing", BACKUP_RUNNING},
    {"FinalizingPartiallyFailed", BACKUP_RUNNING},
    {"Completed", BACKUP_USABLE},
    {"PartiallyFailed", BACKUP_PARTIAL},
    {"Failed", BACKUP_FAILED},
    {"FailedValidation", BACKUP_FAILED},
    {"Deleting", BACKUP_EXPIRED},
    {NULL, BACKUP_FAILED},
};

struct schedule {
    const char *name;
    const char *location; /* "": the default one. */
    bool is_paused;
};

/* What was read so far. */
struct reading_velero {
    struct backup_catalog *catalog;
    const struct backup_query *query;
    struct backup_catalog_mark mark; /* Where the list that is being read began. */
    struct schedule *schedules;
    size_t schedule_count;
    size_t schedule_mark;
    const char *default_location;
    const char *namespace; /* Of the objects; NULL: none was seen. */
};

/* The first reason that the status gives; "" for none. */
static const char *reason_of(const cJSON *status)
{
    const cJSON *errors = kubernetes_member(status, "validationErrors");
    const char *reason = kubernetes_text(status, "failureReason");

    if (*reason == '\0' && cJSON_GetArrayItem(errors, 0) != NULL) {
        reason = cJSON_GetStringValue(cJSON_GetArrayItem(errors, 0));
    }
    return reason == NULL ? "" : reason;
}

static bool lacks_something(const cJSON *status)
{
    return backup_json_number(status, "volumeSnapshotsAttempted").value >
               backup_json_number(status, "volumeSnapshotsCompleted").value ||
           backup_json_number(status, "csiVolumeSnapshotsAttempted").value >
               backup_json_number(status, "csiVolumeSnapshotsCompleted").value ||
           backup_json_number(status, "backupItemOperationsFailed").value > 0 ||
           backup_json_number(status, "errors").value > 0;
}

/* What speaks against a backup whose phase is Completed. */
static void look_closer(struct backup *backup, const cJSON *json, double now)
{
    const cJSON *status = kubernetes_member(json, "status");
    struct reading expiration = backup_instant(status, "expiration");

    if (kubernetes_member(json, "metadata.deletionTimestamp") != NULL) {
        backup->state = BACKUP_EXPIRED;
        backup->problem = "it is being deleted";
    } else if (expiration.known && expiration.value <= now) {
        backup->state = BACKUP_EXPIRED;
        backup->problem = "it expired, and may be removed at any time";
    } else if (!backup->started.known || !backup->completed.known) {
        backup->state = BACKUP_FAILED;
        backup->problem = "it does not tell when it began and ended";
    } else if (backup->state == BACKUP_USABLE && lacks_something(status)) {
        backup->state = BACKUP_PARTIAL;
        backup->problem = "it tells of errors, or not all snapshots of its volumes were completed";
    }
}

static bool add_backup(struct reading_velero *reading, const cJSON *json, struct error *error)
{
    struct arena *arena = reading->catalog->arena;
    const cJSON *status = kubernetes_member(json, "status");
    const char *phase = kubernetes_text(status, "phase");
    const char *schedule = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
        kubernetes_member(json, "metadata.labels"), SCHEDULE_LABEL));
    const char *reason = kubernetes_line(arena, reason_of(status));
    struct backup *backup = backup_catalog_add(reading->catalog, error);

    if (backup == NULL) {
        return false;
    }
    backup->repository = arena_strdup(arena, kubernetes_text(json, "spec.storageLocation"));
    backup->set = arena_strdup(arena, schedule == NULL ? "" : schedule);
    backup->type = "snapshot";
    backup->name = kubernetes_line(arena, kubernetes_text(json, "metadata.name"));
    backup->state = backup_phase_state(phases, phase);
    backup->started = backup_instant(status, "startTimestamp");
    backup->completed = backup_instant(status, "completionTimestamp");
    backup->restores_to = backup->started;
    if (!backup->started.known) {
        /* One that failed its validation never began, and yet came after others. */
        backup->started = backup_instant(json, "metadata.creationTimestamp");
        backup->restores_to.known = false;
    }
    if (backup->state != BACKUP_USABLE) {
        backup->problem = arena_printf(arena, "phase %s%s%s", *phase == '\0' ? "New" : phase,
                                       *reason == '\0' ? "" : ": ", reason);
        backup->problem = kubernetes_line(arena, backup->problem);
    }
    if (backup->state == BACKUP_USABLE || backup->state == BACKUP_PARTIAL) {
        backup->started = backup->restores_to;
        look_closer(backup, json, reading->query->now);
    }
    return true;
}

static bool is_stale(const cJSON *json, double now)
{
    struct reading validated = backup_instant(json, "status.lastValidationTime");
    bool has_frequency = cJSON_IsString(kubernetes_member(json, "spec.validationFrequency")) != 0;

    return !validated.known ||
           now - validated.value > (has_frequency ? VALIDATION_AGE_OWN_FREQUENCY_SECONDS_MAX
                                                  : VALIDATION_AGE_SECONDS_MAX);
}

static bool add_location(struct reading_velero *reading, const cJSON *json, struct error *error)
{
    struct arena *arena = reading->catalog->arena;
    const char *phase = kubernetes_text(json, "status.phase");
    const char *message = kubernetes_line(arena, kubernetes_text(json, "status.message"));
    const char *name = arena_strdup(arena, kubernetes_text(json, "metadata.name"));
    struct backup_repository *place = backup_catalog_add_repository(reading->catalog, error);

    if (place == NULL) {
        return false;
    }
    place->repository = name;
    if (cJSON_IsTrue(kubernetes_member(json, "spec.default"))) {
        reading->default_location = name;
    }
    if (strcmp(phase, "Unavailable") == 0) {
        place->problem = arena_printf(arena, "the storage location %s is Unavailable%s%s", name,
                                      *message == '\0' ? "" : ": ", message);
    } else if (strcmp(phase, "Available") != 0 || is_stale(json, reading->query->now)) {
        place->unreadable = true;
        place->problem = arena_printf(arena,
                                      "Velero has not validated the storage location %s lately; "
                                      "look whether it runs, and at validationFrequency",
                                      name);
    }
    return true;
}

static bool add_schedule(struct reading_velero *reading, const cJSON *json, struct error *error)
{
    struct arena *arena = reading->catalog->arena;
    struct schedule *schedule;

    if (reading->schedules == NULL) {
        reading->schedules =
            arena_alloc_array(arena, BACKUP_REPOSITORIES_MAX, sizeof *reading->schedules);
    }
    if (reading->schedule_count == BACKUP_REPOSITORIES_MAX) {
        return error_set(error, ERROR_INCONSISTENT, "there are more than %d schedules",
                         BACKUP_REPOSITORIES_MAX);
    }
    schedule = &reading->schedules[reading->schedule_count++];
    schedule->is_paused = cJSON_IsTrue(kubernetes_member(json, "spec.paused")) != 0;
    schedule->name = arena_strdup(arena, kubernetes_text(json, "metadata.name"));
    schedule->location =
        arena_strdup(arena, kubernetes_text(json, "spec.template.storageLocation"));
    return true;
}

static bool visit(void *context, const struct kubernetes_object *object, struct error *error)
{
    struct reading_velero *reading = context;

    if (!backup_group_check(object, GROUP, error) ||
        !backup_namespace_check(reading->catalog->arena, &reading->namespace, object->json,
                                error)) {
        return false;
    }
    if (strcmp(object->kind, "Backup") == 0) {
        return add_backup(reading, object->json, error);
    }
    if (strcmp(object->kind, "BackupStorageLocation") == 0) {
        return add_location(reading, object->json, error);
    }
    if (strcmp(object->kind, "Schedule") == 0) {
        return add_schedule(reading, object->json, error);
    }
    return true;
}

static void restart(void *context)
{
    struct reading_velero *reading = context;

    backup_catalog_return(reading->catalog, reading->mark);
    reading->schedule_count = reading->schedule_mark;
}

/* A storage location that was removed takes its backups along, though Velero's garbage collection
 * removes their objects only later. */
static void judge_locations(const struct backup_catalog *catalog)
{
    for (size_t i = 0; i < catalog->backup_count; i++) {
        struct backup *backup = &catalog->backups[i];

        if ((backup->state == BACKUP_USABLE || backup->state == BACKUP_PARTIAL) &&
            backup_catalog_find(catalog, backup->repository, "") == NULL) {
            backup->state = BACKUP_FAILED;
            backup->problem = arena_printf(
                catalog->arena, "its storage location \"%s\" does not exist", backup->repository);
        }
    }
}

/* Backups that were made by hand are left out where there are others. */
static void drop_unscheduled(struct reading_velero *reading)
{
    struct backup_catalog *catalog = reading->catalog;
    bool has_schedule = reading->schedule_count > 0;
    size_t kept = 0;

    for (size_t i = 0; i < catalog->backup_count; i++) {
        has_schedule = has_schedule || *catalog->backups[i].set != '\0';
    }
    for (size_t i = 0; i < catalog->backup_count; i++) {
        if (!has_schedule || *catalog->backups[i].set != '\0') {
            catalog->backups[kept++] = catalog->backups[i];
        }
    }
    catalog->backup_count = kept;
}

static bool has_set(const struct reading_velero *reading, const char *set)
{
    bool found = *set == '\0';

    for (size_t i = 0; !found && i < reading->schedule_count; i++) {
        found = strcmp(reading->schedules[i].name, set) == 0;
    }
    for (size_t i = 0; !found && i < reading->catalog->backup_count; i++) {
        found = strcmp(reading->catalog->backups[i].set, set) == 0;
    }
    return found;
}

/* A schedule that has no backup yet is known all the same. */
static bool add_schedules(struct reading_velero *reading, struct error *error)
{
    struct backup_catalog *catalog = reading->catalog;

    for (size_t i = 0; i < reading->schedule_count; i++) {
        const struct schedule *schedule = &reading->schedules[i];
        const char *location =
            *schedule->location != '\0' ? schedule->location : reading->default_location;
        const struct backup_repository *found =
            location == NULL ? NULL : backup_catalog_find(catalog, location, "");
        struct backup_repository copy;
        struct backup_repository *place;

        if (found == NULL || schedule->is_paused ||
            backup_catalog_find(catalog, location, schedule->name) != NULL) {
            continue;
        }
        copy = *found;
        place = backup_catalog_add_repository(catalog, error);
        if (place == NULL) {
            return false;
        }
        *place = copy;
        place->set = schedule->name;
    }
    return true;
}

static bool finish(struct reading_velero *reading, struct error *error)
{
    if (reading->catalog->repository_count == 0) {
        return error_set(error, ERROR_NOT_FOUND,
                         "there is no BackupStorageLocation; look whether this is the namespace of "
                         "Velero, and print backupstoragelocations.velero.io too");
    }
    if (!has_set(reading, reading->query->set)) {
        return error_set(error, ERROR_NOT_FOUND,
                         "there is neither a Schedule \"%s\" nor a backup of it; correct \"set\"",
                         reading->query->set);
    }
    judge_locations(reading->catalog);
    drop_unscheduled(reading);
    return add_schedules(reading, error);
}

bool backup_velero_read(struct backup_catalog *catalog, const struct backup_query *query,
                        const char *text, size_t length, struct error *error)
{
    struct reading_velero reading = {.catalog = catalog, .query = query};
    const struct kubernetes_visitor visitor = {&reading, restart, visit};

    return backup_cluster_read(text, length, &visitor, error) && finish(&reading, error);
}

static bool list(struct kubernetes_client *client, struct reading_velero *reading,
                 const struct backup_asking *asking, const char *resource, const char *selector,
                 struct error *error)
{
    const char *namespace = asking->settings->namespace;
    const struct kubernetes_visitor visitor = {reading, restart, visit};
    const struct kubernetes_query query = {
        .api = API,
        .resource = resource,
        .namespace = namespace != NULL ? namespace : NAMESPACE,
        .label_selector = selector,
        .missing = "Velero is not installed in this cluster: it has no " API,
        .permission = PERMISSION,
    };

    reading->mark = backup_catalog_mark(reading->catalog);
    reading->schedule_mark = reading->schedule_count;
    return kubernetes_list(client, &query, &asking->deadline, &visitor, error);
}

static bool gather(void *session, const struct backup_asking *asking,
                   struct backup_catalog *catalog, struct error *error)
{
    struct reading_velero reading = {.catalog = catalog, .query = &asking->query};
    const char *set = asking->query.set;
    char selector[sizeof SCHEDULE_LABEL + LABEL_BYTES_MAX + 1];
    bool can_select = *set != '\0' && strlen(set) <= LABEL_BYTES_MAX;

    (void)snprintf(selector, sizeof selector, SCHEDULE_LABEL "=%.63s", set);
    return list(session, &reading, asking, "backupstoragelocations", NULL, error) &&
           list(session, &reading, asking, "schedules", NULL, error) &&
           list(session, &reading, asking, "backups", can_select ? selector : NULL, error) &&
           finish(&reading, error);
}

const struct backup_talker backup_velero_talker = {backup_cluster_open, gather,
                                                   backup_cluster_close};
