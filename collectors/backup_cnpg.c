/* SPDX-License-Identifier: Apache-2.0 */
/* Format `cnpg`: Backups, Clusters and ObjectStores of CloudNativePG. */

#include <string.h>

#include "collectors/backup_cnpg_window.h"
#include "collectors/backup_kubernetes.h"

#define API "postgresql.cnpg.io/v1"
#define GROUP "postgresql.cnpg.io"
#define STORE_API "barmancloud.cnpg.io/v1"
#define STORE_GROUP "barmancloud.cnpg.io"
#define PERMISSION "deploy/kubernetes/rbac-backup.yaml"
#define NAMESPACE "default"

/* https://github.com/cloudnative-pg/cloudnative-pg/blob/main/api/v1/backup_types.go */
static const struct backup_phase phases[] = {
    {"", BACKUP_RUNNING},
    {"pending", BACKUP_RUNNING},
    {"started", BACKUP_RUNNING},
    {"running", BACKUP_RUNNING},
    {"finalizing", BACKUP_RUNNING},
    {"completed", BACKUP_USABLE},
    {"failed", BACKUP_FAILED},
    {"walArchivingFailing", BACKUP_FAILED},
    {"invalid backup definition", BACKUP_FAILED},
    {NULL, BACKUP_FAILED},
};

/* barmanObjectStore, volumeSnapshot, or the name of the plugin. */
static const char *method_of(const cJSON *json)
{
    const char *method = kubernetes_text(json, "status.method");
    const char *plugin = kubernetes_text(json, "spec.pluginConfiguration.name");

    if (*method == '\0') {
        method = kubernetes_text(json, "spec.method");
    }
    if (strcmp(method, "plugin") == 0 && *plugin != '\0') {
        return plugin;
    }
    /* The default of older versions, which knew no other one. */
    return *method == '\0' ? CNPG_BARMAN_METHOD : method;
}

/* A physical backup is consistent at its end; volumes of which a snapshot was taken without
 * PostgreSQL's knowledge hold nothing later than the beginning. */
static struct reading restores_to(const struct backup *backup, const cJSON *json)
{
    bool is_snapshot = strcmp(backup->repository, "volumeSnapshot") == 0;

    return is_snapshot && !cJSON_IsTrue(kubernetes_member(json, "status.online"))
               ? backup->started
               : backup->completed;
}

static struct backup_wal wal_of(const cJSON *json, const char *path)
{
    struct backup_wal wal = {0};

    wal.known = backup_wal_parse(kubernetes_text(json, path), &wal);
    return wal;
}

static void explain(struct backup *backup, const cJSON *json, struct arena *arena)
{
    const char *phase = kubernetes_text(json, "status.phase");
    const char *reason = kubernetes_text(json, "status.error");

    if (backup->state != BACKUP_USABLE) {
        backup->problem = kubernetes_line(arena, arena_printf(arena, "phase %s%s%s",
                                                              *phase == '\0' ? "pending" : phase,
                                                              *reason == '\0' ? "" : ": ", reason));
    } else if (kubernetes_member(json, "metadata.deletionTimestamp") != NULL) {
        backup->state = BACKUP_EXPIRED;
        backup->problem = "it is being deleted";
    } else if (!backup->started.known || !backup->completed.known) {
        backup->state = BACKUP_FAILED;
        backup->problem = "it does not tell when it began and ended";
    }
}

static bool add_backup(struct cnpg_reading *reading, const cJSON *json, struct error *error)
{
    struct arena *arena = reading->catalog->arena;
    struct backup *backup = backup_catalog_add(reading->catalog, error);

    if (backup == NULL) {
        return false;
    }
    backup->repository = arena_strdup(arena, method_of(json));
    backup->set = arena_strdup(arena, kubernetes_text(json, "spec.cluster.name"));
    backup->type = "full";
    backup->name = kubernetes_line(arena, kubernetes_text(json, "metadata.name"));
    backup->state = backup_phase_state(phases, kubernetes_text(json, "status.phase"));
    backup->started = backup_instant(json, "status.startedAt");
    backup->completed = backup_instant(json, "status.stoppedAt");
    backup->restores_to = restores_to(backup, json);
    backup->first_wal = wal_of(json, "status.beginWal");
    backup->last_wal = wal_of(json, "status.endWal");
    explain(backup, json, arena);
    if (!backup->started.known) {
        /* One that was refused never began, and yet came after others. */
        backup->started = backup_instant(json, "metadata.creationTimestamp");
    }
    return true;
}

static bool visit(void *context, const struct kubernetes_object *object, struct error *error)
{
    struct cnpg_reading *reading = context;

    if (!backup_namespace_check(reading->catalog->arena, &reading->namespace, object->json,
                                error)) {
        return false;
    }
    if (strcmp(object->kind, "ObjectStore") == 0) {
        return backup_group_check(object, STORE_GROUP, error) &&
               cnpg_store_read(reading, object->json, error);
    }
    if (!backup_group_check(object, GROUP, error)) {
        return false;
    }
    if (strcmp(object->kind, "Backup") == 0) {
        return add_backup(reading, object->json, error);
    }
    if (strcmp(object->kind, "Cluster") == 0) {
        return cnpg_cluster_read(reading, object->json, error);
    }
    return true;
}

static void restart(void *context)
{
    cnpg_reading_return(context);
}

bool backup_cnpg_read(struct backup_catalog *catalog, const struct backup_query *query,
                      const char *text, size_t length, struct error *error)
{
    struct cnpg_reading reading = {.catalog = catalog, .query = query};
    const struct kubernetes_visitor visitor = {&reading, restart, visit};

    return backup_cluster_read(text, length, &visitor, error) &&
           cnpg_reading_finish(&reading, error);
}

static bool list(struct kubernetes_client *client, struct cnpg_reading *reading,
                 const struct backup_asking *asking, const char *api, const char *resource,
                 struct error *error)
{
    const char *own = kubernetes_client_namespace(client);
    const char *namespace = asking->settings->namespace;
    const struct kubernetes_visitor visitor = {reading, restart, visit};
    const struct kubernetes_query query = {
        .api = api,
        .resource = resource,
        .namespace = namespace != NULL ? namespace
                     : own != NULL     ? own
                                       : NAMESPACE,
        .missing = "CloudNativePG is not installed in this cluster: it has no " API,
        .permission = PERMISSION,
    };

    cnpg_reading_mark(reading);
    return kubernetes_list(client, &query, &asking->deadline, &visitor, error);
}

static bool gather(void *session, const struct backup_asking *asking,
                   struct backup_catalog *catalog, struct error *error)
{
    struct cnpg_reading reading = {.catalog = catalog, .query = &asking->query};
    struct error store_error;

    if (!list(session, &reading, asking, API, "clusters", error) ||
        !list(session, &reading, asking, API, "backups", error)) {
        return false;
    }
    /* Only the plugin brings object stores. */
    if (!list(session, &reading, asking, STORE_API, "objectstores", &store_error) &&
        store_error.kind != ERROR_NOT_FOUND) {
        *error = store_error;
        return false;
    }
    return cnpg_reading_finish(&reading, error);
}

const struct backup_talker backup_cnpg_talker = {backup_cluster_open, gather, backup_cluster_close};
