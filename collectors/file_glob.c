/* SPDX-License-Identifier: Apache-2.0 */
/* Files whose path matches a pattern, within a deadline and a number of names looked at. */

#include "collectors/file_glob.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"

/* Each part of the pattern is a level of recursion and perhaps an open directory. */
#define PARTS_MAX 40

struct search {
    const struct deadline *deadline;
    file_glob_found *found;
    void *context;
    struct error *error;
    size_t names; /* Looked at so far. */
    char path[PATH_MAX];
};

static void close_directory(DIR **directory)
{
    if (*directory != NULL) {
        (void)closedir(*directory);
    }
}

static bool fail_path(const struct search *search, int number)
{
    enum error_kind kind = number == ENOENT || number == ENOTDIR ? ERROR_NOT_FOUND
                           : number == EACCES || number == EPERM ? ERROR_PERMISSION
                                                                 : ERROR_INTERNAL;

    return error_set(search->error, kind, "%s: cannot be listed: %s", search->path,
                     strerrordesc_np(number));
}

static bool count_name(struct search *search)
{
    if (++search->names > FILE_GLOB_NAMES_MAX) {
        return error_set(search->error, ERROR_INCONSISTENT,
                         "more than %d names would have to be looked at; give a narrower \"glob\"",
                         FILE_GLOB_NAMES_MAX);
    }
    if (deadline_remaining_ms(search->deadline) == 0 ||
        stop_wait_until(search->deadline->stop, 0)) {
        return error_set(search->error, ERROR_TIMEOUT,
                         "%s: has too many files to list in time; give a longer \"timeout\" or a "
                         "narrower \"glob\"",
                         search->path);
    }
    return true;
}

static bool append(struct search *search, size_t length, const char *name, size_t name_length)
{
    if (length + 1 + name_length + 1 > sizeof search->path) {
        return false;
    }
    search->path[length] = '/';
    memcpy(search->path + length + 1, name, name_length);
    search->path[length + 1 + name_length] = '\0';
    return true;
}

static bool walk(struct search *search, size_t length, const char *rest);

/* What has no wildcards needs no listing. */
static bool walk_plain(struct search *search, size_t length, const char *part, size_t part_length,
                       const char *rest)
{
    struct stat status;

    if (!append(search, length, part, part_length)) {
        return true;
    }
    if (*rest != '\0') {
        return walk(search, length + 1 + part_length, rest);
    }
    if (lstat(search->path, &status) == 0) {
        return search->found(search->context, search->path, search->error);
    }
    return errno == ENOENT || errno == ENOTDIR || fail_path(search, errno);
}

static bool walk_matches(struct search *search, size_t length, const char *part, const char *rest)
{
    CLEANUP(close_directory) DIR *directory = opendir(length == 0 ? "/" : search->path);

    if (directory == NULL) {
        return fail_path(search, errno);
    }
    for (;;) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(directory);
        if (entry == NULL) {
            search->path[length] = '\0';
            return errno == 0 || fail_path(search, errno);
        }
        search->path[length] = '\0';
        if (!count_name(search)) {
            return false;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fnmatch(part, entry->d_name, FNM_PERIOD) != 0 ||
            !append(search, length, entry->d_name, strlen(entry->d_name))) {
            continue;
        }
        if (*rest == '\0') {
            if (!search->found(search->context, search->path, search->error)) {
                return false;
            }
        } else if ((entry->d_type == DT_DIR || entry->d_type == DT_LNK ||
                    entry->d_type == DT_UNKNOWN) &&
                   !walk(search, strlen(search->path), rest)) {
            return false;
        }
    }
}

/* Is it a link to no directory, or was it removed meanwhile? Then nothing is in it. */
static bool is_no_directory(const char *path)
{
    struct stat status;

    return stat(path, &status) != 0 ? errno == ENOENT || errno == ENOTDIR || errno == ELOOP
                                    : !S_ISDIR(status.st_mode);
}

/* `rest` begins with the next part of the pattern; the depth is that of the pattern. */
static bool walk(struct search *search, size_t length, const char *rest)
{
    char part[NAME_MAX + 1];
    size_t part_length;

    rest += strspn(rest, "/");
    part_length = strcspn(rest, "/");
    if (part_length > NAME_MAX) {
        return true;
    }
    memcpy(part, rest, part_length);
    part[part_length] = '\0';
    rest += part_length;
    rest += strspn(rest, "/");
    if (strpbrk(part, "*?[\\") == NULL) {
        return walk_plain(search, length, part, part_length, rest);
    }
    if (search->names > 0 && is_no_directory(search->path)) {
        return true;
    }
    return walk_matches(search, length, part, rest);
}

bool file_glob(const char *pattern, const struct deadline *deadline, file_glob_found *found,
               void *context, struct error *error)
{
    struct search search = {
        .deadline = deadline, .found = found, .context = context, .error = error};
    size_t parts = 0;

    for (const char *c = pattern; *c != '\0'; c++) {
        parts += *c == '/' ? 1 : 0;
    }
    if (parts > PARTS_MAX) {
        return error_set(error, ERROR_INTERNAL, "the pattern has more than %d parts; shorten it",
                         PARTS_MAX);
    }
    return walk(&search, 0, pattern);
}
