/* SPDX-License-Identifier: Apache-2.0 */
/* Backups of etcd-manager (kOps): directories of objects, complete with their marker. */

#include "collectors/backup_etcd_objects.h"

#include <stdlib.h>
#include <string.h>

static const char marker_name[] = BACKUP_ETCD_MARKER;
/* Older versions write the second one. */
static const char *const data_names[] = {"etcd.backup.gz", "etcd.backup.tgz"};

/* A directory without marker is one that is being written, for so long. */
#define WRITING_SECONDS_MAX 3600

/* The last part of the key. */
static const char *last_part(const char *key)
{
    const char *slash = strrchr(key, '/');

    return slash != NULL ? slash + 1 : key;
}

static bool is_data(const char *name)
{
    return strcmp(name, data_names[0]) == 0 || strcmp(name, data_names[1]) == 0;
}

bool backup_etcd_is_directory(const char *key)
{
    return is_data(last_part(key)) || strcmp(last_part(key), marker_name) == 0;
}

bool backup_etcd_is_other(const char *key)
{
    const char *part = key;

    for (const char *slash = strchr(part, '/'); slash != NULL; slash = strchr(part, '/')) {
        if (*part == '.' || strncmp(part, "control/", strlen("control/")) == 0) {
            return true;
        }
        part = slash + 1;
    }
    return false;
}

static void drop(struct backup_object *object)
{
    free(object->key);
    *object = (struct backup_object){.key = NULL};
}

void backup_etcd_directory_release(struct backup_etcd_directory *directory)
{
    drop(&directory->marker);
    drop(&directory->data);
    free(directory->name);
    *directory = (struct backup_etcd_directory){.name = NULL};
}

bool backup_etcd_directory_has(const struct backup_etcd_directory *directory, const char *key)
{
    return directory->name != NULL && strlen(directory->name) == (size_t)(last_part(key) - key) &&
           strncmp(directory->name, key, strlen(directory->name)) == 0;
}

static void put(struct backup_object *place, const struct backup_object *object)
{
    drop(place);
    *place = *object;
    place->key = strdup(object->key);
    if (place->key == NULL) {
        abort();
    }
}

bool backup_etcd_directory_add(struct backup_etcd_directory *directory,
                               const struct backup_object *object)
{
    const char *name = last_part(object->key);

    if (!backup_etcd_is_directory(object->key)) {
        return false;
    }
    if (directory->name == NULL) {
        directory->name = strndup(object->key, (size_t)(name - object->key));
        if (directory->name == NULL) {
            abort();
        }
    }
    if (is_data(name)) {
        directory->has_data = true;
        put(&directory->data, object);
    } else {
        directory->has_marker = true;
        put(&directory->marker, object);
    }
    return true;
}

bool backup_etcd_directory_is_whole(const struct backup_etcd_directory *directory)
{
    return directory->has_marker && directory->has_data && directory->data.size_bytes > 0;
}

bool backup_etcd_directory_end(struct backup_etcd_directory *directory,
                               struct backup_object *ret_object)
{
    struct backup_object *object = directory->has_data ? &directory->data : &directory->marker;

    if (directory->name == NULL) {
        return false;
    }
    /* A marker without data is an empty backup; it is complete when the marker came. */
    object->size_bytes = directory->has_data ? directory->data.size_bytes : 0;
    object->is_unfinished = !directory->has_marker;
    if (directory->has_marker) {
        object->completed = directory->marker.completed;
    }
    *ret_object = *object;
    object->key = NULL;
    backup_etcd_directory_release(directory);
    return true;
}

void backup_etcd_set_unfinished(double written, double now, struct backup *backup)
{
    backup->state = now - written < WRITING_SECONDS_MAX ? BACKUP_RUNNING : BACKUP_FAILED;
    backup->problem = "it has no " BACKUP_ETCD_MARKER ": it was not written to its end";
    backup->completed = (struct reading){.known = false};
    backup->restores_to = (struct reading){.known = false};
    backup->started = (struct reading){.known = true, .value = written};
}
