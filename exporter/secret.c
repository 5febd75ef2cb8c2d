/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords and tokens, read from the file of a `*_file` setting when a session opens. */

#include "exporter/secret.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/file.h"

bool secret_read(const char *path, char **ret_secret, struct error *error)
{
    CLEANUP(secret_free) char *secret = NULL;
    size_t length;

    if (!file_read(path, SECRET_BYTES_MAX, &secret, &length, error)) {
        return error_prefix(error, path);
    }
    if (strlen(secret) != length) {
        return error_set(error, ERROR_AUTH, "%s: contains a zero byte; a secret is text", path);
    }
    if (length > 0 && secret[length - 1] == '\n') {
        secret[--length] = '\0';
        if (length > 0 && secret[length - 1] == '\r') {
            secret[--length] = '\0';
        }
    }
    if (length == 0) {
        return error_set(error, ERROR_AUTH, "%s: is empty; write the secret into it", path);
    }
    *ret_secret = secret;
    secret = NULL;
    return true;
}

void secret_free(char **secret)
{
    if (*secret != NULL) {
        explicit_bzero(*secret, strlen(*secret));
        free(*secret);
        *secret = NULL;
    }
}
