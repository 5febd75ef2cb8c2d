/* SPDX-License-Identifier: Apache-2.0 */
/* Formats `files` and `etcd` by a glob: backups are files of a mounted file system. */

#include "collectors/backup_files.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "collectors/backup_etcd_objects.h"
#include "collectors/backup_names.h"
#include "collectors/file_glob.h"
#include "exporter/bounds.h"

struct gathering {
    const struct backup_asking *asking;
    struct backup_catalog *catalog;
    bool takes_directories;
};

static double modified(const struct stat *status)
{
    return (double)status->st_mtim.tv_sec + (double)status->st_mtim.tv_nsec / 1e9;
}

static struct backup *add(const struct gathering *gathering, const char *path, struct error *error)
{
    struct backup *backup = backup_catalog_add(gathering->catalog, error);

    if (backup != NULL) {
        backup->name = arena_strdup(gathering->catalog->arena, path);
    }
    return backup;
}

/* Whoever wrote to it a moment ago may go on. What is further in the future the evidence refuses.
 */
static void settle(const struct gathering *gathering, struct backup *backup)
{
    double age = gathering->asking->query.now - backup->completed.value;

    if (backup->state == BACKUP_USABLE && age >= -BACKUP_CLOCKS_APART_SECONDS_MAX &&
        age * 1000 < (double)gathering->asking->settings->settle_ms) {
        backup->state = BACKUP_RUNNING;
        backup->problem = "it was written to a moment ago (settle)";
    }
}

static bool add_file(const struct gathering *gathering, const char *path, const struct stat *status,
                     struct error *error)
{
    const struct backup_settings *settings = gathering->asking->settings;
    struct backup *backup = add(gathering, path, error);

    if (backup == NULL) {
        return false;
    }
    backup_name_fill(settings, gathering->catalog->arena, backup->name, modified(status),
                     (double)status->st_size, backup);
    if (backup_name_ignored(settings, path)) {
        backup->state = BACKUP_RUNNING;
        backup->problem = "its name says that it is not finished (ignore)";
    }
    settle(gathering, backup);
    return true;
}

static bool stat_in(const char *directory, const char *name, struct stat *ret_status)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", directory, name);

    return length > 0 && (size_t)length < sizeof path && stat(path, ret_status) == 0;
}

static bool add_etcd_directory(const struct gathering *gathering, const char *path,
                               const struct stat *status, struct error *error)
{
    struct backup_settings settings = *gathering->asking->settings;
    struct backup *backup = add(gathering, path, error);
    struct stat marker;
    struct stat data;

    if (backup == NULL) {
        return false;
    }
    if (settings.name_time == NULL) {
        settings.name_time = BACKUP_ETCD_NAME_TIME;
    }
    if (!stat_in(path, BACKUP_ETCD_MARKER, &marker)) {
        backup->type = "object";
        backup_etcd_set_unfinished(modified(status), gathering->asking->query.now, backup);
        return true;
    }
    if (!stat_in(path, "etcd.backup.gz", &data) && !stat_in(path, "etcd.backup.tgz", &data)) {
        data = (struct stat){.st_size = 0};
    }
    /* Of a copy the marker may come first. */
    backup_name_fill(&settings, gathering->catalog->arena, backup->name,
                     fmax(modified(&marker), modified(&data)), (double)data.st_size, backup);
    settle(gathering, backup);
    return true;
}

static bool add_other(const struct gathering *gathering, const char *path,
                      const struct stat *status, struct error *error)
{
    struct backup *backup = add(gathering, path, error);

    if (backup == NULL) {
        return false;
    }
    backup->type = "object";
    backup->state = BACKUP_FAILED;
    backup->problem = S_ISDIR(status->st_mode) ? "it is a directory; give a \"glob\" of the files"
                                               : "it is no regular file";
    backup->started = (struct reading){.known = true, .value = modified(status)};
    return true;
}

static bool found(void *context, const char *path, struct error *error)
{
    const struct gathering *gathering = context;
    struct stat status;
    bool added;

    if (stat(path, &status) != 0) {
        /* Removed since it was listed, or a link to nothing. */
        return errno == ENOENT ||
               error_set(error, errno == EACCES ? ERROR_PERMISSION : ERROR_INTERNAL,
                         "%s: cannot be looked at: %s", path, strerrordesc_np(errno));
    }
    if (S_ISREG(status.st_mode)) {
        added = add_file(gathering, path, &status, error);
    } else if (S_ISDIR(status.st_mode) && gathering->takes_directories) {
        added = add_etcd_directory(gathering, path, &status, error);
    } else {
        added = add_other(gathering, path, &status, error);
    }
    if (gathering->catalog->backup_count >= 2 * BACKUP_OBJECTS_KEPT) {
        backup_catalog_keep_newest(gathering->catalog, BACKUP_OBJECTS_KEPT);
    }
    return added;
}

static bool gather(const struct backup_asking *asking, struct backup_catalog *catalog,
                   bool takes_directories, struct error *error)
{
    struct gathering gathering = {
        .asking = asking, .catalog = catalog, .takes_directories = takes_directories};

    return file_glob(asking->settings->glob, &asking->deadline, found, &gathering, error);
}

static bool gather_files(void *session, const struct backup_asking *asking,
                         struct backup_catalog *catalog, struct error *error)
{
    (void)session;
    return gather(asking, catalog, false, error);
}

static bool gather_etcd(void *session, const struct backup_asking *asking,
                        struct backup_catalog *catalog, struct error *error)
{
    (void)session;
    return gather(asking, catalog, true, error);
}

/* There is no conversation with a file system. */
static char no_session;

static void *open_nothing(const struct backup_settings *settings, const struct deadline *deadline,
                          struct error *error)
{
    (void)settings;
    (void)deadline;
    (void)error;
    return &no_session;
}

static void close_nothing(void *session)
{
    (void)session;
}

const struct backup_talker backup_files_talker = {open_nothing, gather_files, close_nothing};
const struct backup_talker backup_etcd_files_talker = {open_nothing, gather_etcd, close_nothing};
