/* SPDX-License-Identifier: Apache-2.0 */
/* What the formats `velero` and `cnpg` have in common. */

#include "collectors/backup_kubernetes.h"

#include <string.h>

#include "exporter/cleanup.h"

struct backup_catalog_mark backup_catalog_mark(const struct backup_catalog *catalog)
{
    return (struct backup_catalog_mark){catalog->backup_count, catalog->repository_count};
}

void backup_catalog_return(struct backup_catalog *catalog, struct backup_catalog_mark mark)
{
    catalog->backup_count = mark.backup_count;
    catalog->repository_count = mark.repository_count;
}

struct backup_repository *backup_catalog_find(const struct backup_catalog *catalog,
                                              const char *repository, const char *set)
{
    for (size_t i = 0; i < catalog->repository_count; i++) {
        struct backup_repository *place = &catalog->repositories[i];

        if (strcmp(place->repository, repository) == 0 && strcmp(place->set, set) == 0) {
            return place;
        }
    }
    return NULL;
}

struct reading backup_instant(const cJSON *object, const char *path)
{
    struct reading instant = {0};

    instant.known = kubernetes_instant(object, path, &instant.value);
    return instant;
}

enum backup_state backup_phase_state(const struct backup_phase *phases, const char *phase)
{
    for (; phases->phase != NULL; phases++) {
        if (strcmp(phases->phase, phase) == 0) {
            return phases->state;
        }
    }
    return BACKUP_FAILED;
}

bool backup_group_check(const struct kubernetes_object *object, const char *group,
                        struct error *error)
{
    size_t length = strlen(group);

    if (strncmp(object->api_version, group, length) == 0 && object->api_version[length] == '/') {
        return true;
    }
    return error_set(error, ERROR_PROTOCOL,
                     "there is a %.40s of \"%.60s\" instead of %s; look at \"format\"",
                     object->kind, object->api_version, group);
}

bool backup_namespace_check(struct arena *arena, const char **namespace, const cJSON *json,
                            struct error *error)
{
    const char *found = kubernetes_text(json, "metadata.namespace");

    if (*namespace == NULL) {
        *namespace = arena_strdup(arena, found);
    }
    if (strcmp(*namespace, found) == 0) {
        return true;
    }
    return error_set(error, ERROR_INCONSISTENT,
                     "there are objects of the namespaces %.63s and %.63s; print those of one",
                     *namespace, found);
}

static struct kubernetes_settings access_of(const struct backup_settings *settings)
{
    struct kubernetes_settings access = settings->kubernetes;

    access.token_file = settings->token_file;
    access.ca_file = settings->ca_file;
    return access;
}

bool backup_cluster_check(const struct backup_settings *settings, struct error *error)
{
    const struct kubernetes_settings access = access_of(settings);

    if (backup_settings_transport(settings) == BACKUP_BY_KUBERNETES) {
        if (settings->namespace != NULL && !kubernetes_name_check(settings->namespace)) {
            return error_set(error, ERROR_INTERNAL,
                             "\"namespace\" is no name of a namespace; it has small letters, "
                             "digits and hyphens");
        }
        return kubernetes_settings_check(&access, "", error);
    }
    if (access.kubeconfig != NULL || access.context != NULL || access.api_server != NULL ||
        settings->namespace != NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"kubeconfig\", \"context\", \"api_server\" and \"namespace\" are for "
                         "asking a Kubernetes cluster; remove them, or the other way to the "
                         "backups");
    }
    return true;
}

void *backup_cluster_open(const struct backup_settings *settings, const struct deadline *deadline,
                          struct error *error)
{
    const struct kubernetes_settings access = access_of(settings);

    (void)deadline;
    return kubernetes_client_new(&access, error);
}

void backup_cluster_close(void *session)
{
    kubernetes_client_free(session);
}

bool backup_cluster_read(const char *text, size_t length, const struct kubernetes_visitor *visitor,
                         struct error *error)
{
    CLEANUP(free_text) char *next = NULL;

    if (!kubernetes_list_read(text, length, visitor, &next, error)) {
        return false;
    }
    return next == NULL ||
           error_set(error, ERROR_INCONSISTENT,
                     "the document is one page of several; print all of them with kubectl get");
}
