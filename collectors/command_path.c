/* SPDX-License-Identifier: Apache-2.0 */
/* Where a program is. */

#include "collectors/command_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/cleanup.h"

/* 0, or the errno that says why it cannot be executed. */
static int try_path(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0) {
        return errno;
    }
    if (!S_ISREG(status.st_mode)) {
        return EACCES;
    }
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

static bool fail(const char *program, int number, struct error *error)
{
    return error_set(error,
                     number == EACCES || number == EPERM     ? ERROR_PERMISSION
                     : number == ENOENT || number == ENOTDIR ? ERROR_NOT_FOUND
                                                             : ERROR_INTERNAL,
                     "%s: cannot be started: %s%s", program, strerrordesc_np(number),
                     number == EACCES ? "; it must be a program that the user of the exporter may "
                                        "execute"
                                      : "; is it installed on this host?");
}

static bool find_in(const char *directories, const char *program, char **ret_path,
                    struct error *error)
{
    bool is_denied = false;

    for (const char *at = directories; *at != '\0'; at += *at == ':' ? 1 : 0) {
        CLEANUP(free_text) char *path = NULL;
        size_t length = strcspn(at, ":");
        int number;

        if (asprintf(&path, "%.*s/%s", (int)length, at, program) < 0) {
            abort();
        }
        at += length;
        number = *path == '/' ? try_path(path) : ENOENT;
        if (number == 0) {
            *ret_path = path;
            path = NULL;
            return true;
        }
        is_denied = is_denied || number == EACCES;
    }
    if (is_denied) {
        return fail(program, EACCES, error);
    }
    return error_set(error, ERROR_NOT_FOUND,
                     "%s: not found in PATH (%s); install it on this host, or write its absolute "
                     "path",
                     program, directories);
}

bool command_path_find(const char *program, const char *const *environment, char **ret_path,
                       struct error *error)
{
    const char *directories = "";
    int number;

    if (*program != '/') {
        for (size_t i = 0; environment[i] != NULL; i++) {
            if (strncmp(environment[i], "PATH=", 5) == 0) {
                directories = environment[i] + 5;
            }
        }
        return find_in(directories, program, ret_path, error);
    }
    number = try_path(program);
    if (number != 0) {
        return fail(program, number, error);
    }
    *ret_path = strdup(program);
    if (*ret_path == NULL) {
        abort();
    }
    return true;
}
