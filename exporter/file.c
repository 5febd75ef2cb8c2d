/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a whole file whose size somebody else decides. */

#include "exporter/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exporter/cleanup.h"

static bool fail(int number, struct error *error)
{
    enum error_kind kind = number == ENOENT || number == ENOTDIR ? ERROR_NOT_FOUND
                           : number == EACCES || number == EPERM ? ERROR_PERMISSION
                                                                 : ERROR_INTERNAL;

    return error_set(error, kind, "cannot be read: %s", strerrordesc_np(number));
}

/* The size is not asked for first: a file may grow while it is read. */
static char *read_all(FILE *file, size_t bytes_max, size_t *ret_length)
{
    size_t capacity = 4096;
    size_t length = 0;
    char *text = malloc(capacity + 1);

    for (;;) {
        if (text == NULL) {
            abort();
        }
        length += fread(text + length, 1, capacity - length, file);
        if (length < capacity || length > bytes_max) {
            break;
        }
        capacity *= 2;
        text = realloc(text, capacity + 1);
    }
    text[length] = '\0';
    *ret_length = length;
    return text;
}

/* What was read of a secret must not stay behind in freed memory. */
static void wipe(char *text, size_t length)
{
    explicit_bzero(text, length);
    free(text);
}

/* Anything but a regular file could keep us waiting: a pipe that nobody writes to, a device. */
static bool open_regular(const char *path, FILE **ret_file, struct error *error)
{
    CLEANUP(close_descriptor)
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;

    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        return fail(errno, error);
    }
    if (S_ISDIR(status.st_mode)) {
        return fail(EISDIR, error);
    }
    if (!S_ISREG(status.st_mode)) {
        return error_set(error, ERROR_INTERNAL, "cannot be read: it is not a regular file");
    }
    *ret_file = fdopen(descriptor, "r");
    if (*ret_file == NULL) {
        return fail(errno, error);
    }
    descriptor = -1;
    return true;
}

bool file_read(const char *path, size_t bytes_max, char **ret_text, size_t *ret_length,
               struct error *error)
{
    CLEANUP(close_file) FILE *file = NULL;
    size_t length;

    if (!open_regular(path, &file, error)) {
        return false;
    }
    /* A secret is not to be left behind in a buffer of stdio either. */
    (void)setvbuf(file, NULL, _IONBF, 0);
    errno = 0;

    char *text = read_all(file, bytes_max, &length);

    if (ferror(file)) {
        int number = errno;

        wipe(text, length);
        return fail(number, error);
    }
    if (length > bytes_max) {
        wipe(text, length);
        return error_set(error, ERROR_INTERNAL, "cannot be read: it is larger than %zu bytes",
                         bytes_max);
    }
    *ret_text = text;
    *ret_length = length;
    return true;
}
