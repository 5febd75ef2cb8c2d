/* SPDX-License-Identifier: Apache-2.0 */
/* A prefix that passes makes texts in the order of time, which it matches itself. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/backup_object_dates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *prefix = strndup((const char *)data, size);
    struct error error;

    if (backup_dates_check(prefix, &error)) {
        char *fixed = backup_dates_fixed(prefix);
        char *before = backup_dates_format(prefix, 1e9 * (double)(size % 7));
        char *after = backup_dates_format(prefix, 1e9 * (double)(size % 7) + 86400.0 * 367);

        if (!backup_dates_match(prefix, before) || strncmp(fixed, before, strlen(fixed)) != 0 ||
            (backup_dates_have(prefix) ? strcmp(before, after) >= 0 : strcmp(before, after) != 0)) {
            abort();
        }
        (void)backup_dates_match(prefix, (const char *)prefix);
        free(fixed);
        free(before);
        free(after);
    }
    free(prefix);
    return 0;
}
