/* SPDX-License-Identifier: Apache-2.0 */
/* What clusters and object stores of CloudNativePG say of their backups as a whole. */

#include "collectors/backup_cnpg_window.h"

#include <math.h>
#include <string.h>

#include "exporter/bounds.h"

/* Instants of the same backup in two objects, which are not written by the same program. */
#define SAME_SECONDS_MAX 60
/* How long after a backup its object store may not know of it yet; the plugin looks every half an
 * hour (retentionPolicyIntervalSeconds). */
#define STORE_DELAY_SECONDS_MAX 3600

struct cnpg_cluster {
    const char *name;
    const char *method; /* That its backups are made by; the label `repository`. */
    const char *store;  /* ObjectStore of the plugin; "": none. */
    const char *server; /* Its name there. */
    const char *archive_problem;
};

struct cnpg_window {
    const char *store;  /* Where it stands; NULL: in the cluster. */
    const char *server; /* The name of the cluster there. */
    struct reading first;
    struct reading last;
    struct reading failed;
    /* Found out at the end. */
    const char *repository;
    const char *set;
};

void cnpg_reading_mark(struct cnpg_reading *reading)
{
    reading->marks = (struct cnpg_marks){backup_catalog_mark(reading->catalog),
                                         reading->cluster_count, reading->window_count};
}

void cnpg_reading_return(struct cnpg_reading *reading)
{
    backup_catalog_return(reading->catalog, reading->marks.catalog);
    reading->cluster_count = reading->marks.cluster_count;
    reading->window_count = reading->marks.window_count;
}

static struct cnpg_window *add_window(struct cnpg_reading *reading, struct error *error)
{
    if (reading->windows == NULL) {
        reading->windows = arena_alloc_array(reading->catalog->arena, BACKUP_REPOSITORIES_MAX,
                                             sizeof *reading->windows);
    }
    if (reading->window_count == BACKUP_REPOSITORIES_MAX) {
        (void)error_set(error, ERROR_INCONSISTENT, "there are more than %d recovery windows",
                        BACKUP_REPOSITORIES_MAX);
        return NULL;
    }
    return &reading->windows[reading->window_count++];
}

static const char *find_archive_problem(struct arena *arena, const cJSON *json)
{
    const cJSON *condition;

    cJSON_ArrayForEach(condition, kubernetes_member(json, "status.conditions"))
    {
        if (strcmp(kubernetes_text(condition, "type"), "ContinuousArchiving") == 0 &&
            strcmp(kubernetes_text(condition, "status"), "False") == 0) {
            return kubernetes_line(arena, arena_printf(arena, "WAL is not being archived: %s",
                                                       kubernetes_text(condition, "message")));
        }
    }
    return NULL;
}

/* Which plugin makes the backups, and where it puts them. */
static void read_plugins(struct cnpg_cluster *cluster, struct arena *arena, const cJSON *json)
{
    const cJSON *plugin;

    cJSON_ArrayForEach(plugin, kubernetes_member(json, "spec.plugins"))
    {
        const char *store = kubernetes_text(plugin, "parameters.barmanObjectName");
        const char *server = kubernetes_text(plugin, "parameters.serverName");

        if (*store != '\0' && !cJSON_IsFalse(kubernetes_member(plugin, "enabled"))) {
            cluster->method = arena_strdup(arena, kubernetes_text(plugin, "name"));
            cluster->store = arena_strdup(arena, store);
            cluster->server = *server == '\0' ? cluster->name : arena_strdup(arena, server);
        }
    }
}

/* Fields of older versions, whose only method at first was Barman's. Where methods are told apart,
 * only its entry counts: of snapshots the Backup objects tell. */
static bool read_own_window(struct cnpg_reading *reading, const struct cnpg_cluster *cluster,
                            const cJSON *json, struct error *error)
{
    bool has_methods = kubernetes_member(json, "status.lastSuccessfulBackupByMethod") != NULL;
    struct cnpg_window window = {
        .server = cluster->name,
        .repository = CNPG_BARMAN_METHOD,
        .first = backup_instant(
            json, has_methods ? "status.firstRecoverabilityPointByMethod." CNPG_BARMAN_METHOD
                              : "status.firstRecoverabilityPoint"),
        .last = backup_instant(json, has_methods
                                         ? "status.lastSuccessfulBackupByMethod." CNPG_BARMAN_METHOD
                                         : "status.lastSuccessfulBackup"),
        .failed = backup_instant(json, "status.lastFailedBackup"),
    };
    struct cnpg_window *added;

    /* Fields that were left behind when a plugin took over. */
    if (!window.last.known || *cluster->store != '\0') {
        return true;
    }
    added = add_window(reading, error);
    if (added == NULL) {
        return false;
    }
    *added = window;
    return true;
}

bool cnpg_cluster_read(struct cnpg_reading *reading, const cJSON *json, struct error *error)
{
    struct arena *arena = reading->catalog->arena;
    struct cnpg_cluster *cluster;
    bool has_barman = kubernetes_member(json, "spec.backup." CNPG_BARMAN_METHOD) != NULL;
    bool has_snapshots = kubernetes_member(json, "spec.backup.volumeSnapshot") != NULL;

    if (reading->clusters == NULL) {
        reading->clusters =
            arena_alloc_array(arena, BACKUP_REPOSITORIES_MAX, sizeof *reading->clusters);
    }
    if (reading->cluster_count == BACKUP_REPOSITORIES_MAX) {
        return error_set(error, ERROR_INCONSISTENT,
                         "there are more than %d clusters; choose a \"namespace\"",
                         BACKUP_REPOSITORIES_MAX);
    }
    cluster = &reading->clusters[reading->cluster_count++];
    *cluster = (struct cnpg_cluster){
        .name = arena_strdup(arena, kubernetes_text(json, "metadata.name")),
        .method = has_snapshots && !has_barman ? "volumeSnapshot" : CNPG_BARMAN_METHOD,
        .store = "",
        .server = "",
        .archive_problem = find_archive_problem(arena, json),
    };
    read_plugins(cluster, arena, json);
    return read_own_window(reading, cluster, json, error);
}

bool cnpg_store_read(struct cnpg_reading *reading, const cJSON *json, struct error *error)
{
    struct arena *arena = reading->catalog->arena;
    const char *store = arena_strdup(arena, kubernetes_text(json, "metadata.name"));
    const cJSON *entry;

    cJSON_ArrayForEach(entry, kubernetes_member(json, "status.serverRecoveryWindow"))
    {
        struct cnpg_window *window = add_window(reading, error);

        if (window == NULL) {
            return false;
        }
        *window = (struct cnpg_window){
            .store = store,
            .server = arena_strdup(arena, entry->string == NULL ? "" : entry->string),
            .first = backup_instant(entry, "firstRecoverabilityPoint"),
            .last = backup_instant(entry, "lastSuccessfulBackupTime"),
            .failed = backup_instant(entry, "lastFailedBackupTime"),
        };
    }
    return true;
}

/* The cluster that a window is of may have another name than its backups' server. */
static void resolve(const struct cnpg_reading *reading, struct cnpg_window *window)
{
    window->set = window->server;
    if (window->store == NULL) {
        return;
    }
    window->repository = CNPG_BARMAN_PLUGIN;
    for (size_t i = 0; i < reading->cluster_count; i++) {
        const struct cnpg_cluster *cluster = &reading->clusters[i];

        if (strcmp(cluster->store, window->store) == 0 &&
            strcmp(cluster->server, window->server) == 0) {
            window->set = cluster->name;
            window->repository = cluster->method;
            return;
        }
    }
}

static bool is_of(const struct backup *backup, const struct cnpg_window *window)
{
    return strcmp(backup->repository, window->repository) == 0 &&
           strcmp(backup->set, window->set) == 0;
}

/* A Backup object can outlive what it stands for. */
static void expire(const struct cnpg_reading *reading, const struct cnpg_window *window)
{
    double first = window->first.known  ? window->first.value - SAME_SECONDS_MAX
                   : window->last.known ? -INFINITY
                                        : reading->query->now - STORE_DELAY_SECONDS_MAX;

    for (size_t i = 0; i < reading->catalog->backup_count; i++) {
        struct backup *backup = &reading->catalog->backups[i];

        if (is_of(backup, window) && backup->state == BACKUP_USABLE &&
            backup->completed.value < first) {
            backup->state = BACKUP_EXPIRED;
            backup->problem = "its object store says that it is not there any more";
        }
    }
}

static bool add(struct cnpg_reading *reading, const struct cnpg_window *window, const char *name,
                enum backup_state state, struct reading instant, struct error *error)
{
    struct backup *backup = backup_catalog_add(reading->catalog, error);

    if (backup == NULL) {
        return false;
    }
    backup->repository = window->repository;
    backup->set = window->set;
    backup->type = "full";
    backup->name = name;
    backup->state = state;
    backup->completed = instant;
    if (state == BACKUP_USABLE) {
        backup->restores_to = instant;
    } else {
        backup->problem = "the last backup failed";
    }
    return true;
}

/* What the window tells and no Backup object does: they may have been removed. */
static bool complete(struct cnpg_reading *reading, const struct cnpg_window *window,
                     struct error *error)
{
    double newest = -INFINITY;
    double oldest = INFINITY;
    double newest_failure = -INFINITY;

    for (size_t i = 0; i < reading->catalog->backup_count; i++) {
        const struct backup *backup = &reading->catalog->backups[i];

        if (is_of(backup, window) && backup->state == BACKUP_USABLE) {
            newest = fmax(newest, backup->completed.value);
            oldest = fmin(oldest, backup->completed.value);
        } else if (is_of(backup, window) && backup->state == BACKUP_FAILED &&
                   backup->started.known) {
            newest_failure = fmax(newest_failure, backup->started.value);
        }
    }
    if (window->last.known && newest < window->last.value - SAME_SECONDS_MAX &&
        !add(reading, window, "lastSuccessfulBackup", BACKUP_USABLE, window->last, error)) {
        return false;
    }
    oldest = fmin(oldest, window->last.known ? window->last.value : INFINITY);
    if (window->last.known && window->first.known &&
        oldest > window->first.value + SAME_SECONDS_MAX &&
        !add(reading, window, "firstRecoverabilityPoint", BACKUP_USABLE, window->first, error)) {
        return false;
    }
    newest = fmax(newest, window->last.known ? window->last.value : -INFINITY);
    return !window->failed.known || window->failed.value <= newest || newest_failure > newest ||
           add(reading, window, "lastFailedBackup", BACKUP_FAILED, window->failed, error);
}

static bool add_place(struct cnpg_reading *reading, const char *repository, const char *set,
                      struct error *error)
{
    struct backup_repository *place;

    if (backup_catalog_find(reading->catalog, repository, set) != NULL) {
        return true;
    }
    place = backup_catalog_add_repository(reading->catalog, error);
    if (place == NULL) {
        return false;
    }
    place->repository = repository;
    place->set = set;
    for (size_t i = 0; i < reading->cluster_count; i++) {
        if (strcmp(reading->clusters[i].name, set) == 0) {
            place->archive_problem = reading->clusters[i].archive_problem;
        }
    }
    return true;
}

static bool has_place(const struct backup_catalog *catalog, const char *set)
{
    for (size_t i = 0; i < catalog->repository_count; i++) {
        if (strcmp(catalog->repositories[i].set, set) == 0) {
            return true;
        }
    }
    return false;
}

/* Every repository of every cluster, also of one that has no backup. */
static bool add_places(struct cnpg_reading *reading, struct error *error)
{
    struct backup_catalog *catalog = reading->catalog;

    for (size_t i = 0; i < catalog->backup_count; i++) {
        if (!add_place(reading, catalog->backups[i].repository, catalog->backups[i].set, error)) {
            return false;
        }
    }
    for (size_t i = 0; i < reading->cluster_count; i++) {
        const struct cnpg_cluster *cluster = &reading->clusters[i];

        if (!has_place(catalog, cluster->name) &&
            !add_place(reading, cluster->method, cluster->name, error)) {
            return false;
        }
    }
    return true;
}

bool cnpg_reading_finish(struct cnpg_reading *reading, struct error *error)
{
    for (size_t i = 0; i < reading->window_count; i++) {
        resolve(reading, &reading->windows[i]);
        expire(reading, &reading->windows[i]);
        if (!complete(reading, &reading->windows[i], error)) {
            return false;
        }
    }
    if (!add_places(reading, error)) {
        return false;
    }
    if (reading->catalog->repository_count == 0) {
        return error_set(error, ERROR_NOT_FOUND,
                         "there is neither a Cluster nor a Backup of CloudNativePG; look at the "
                         "\"namespace\"");
    }
    return true;
}
