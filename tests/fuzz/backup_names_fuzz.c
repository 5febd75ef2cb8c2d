/* SPDX-License-Identifier: Apache-2.0 */
/* Any name with any form of dates, as a WAL segment, and as complaints of a program. The first line
 * is the form, the rest the name. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/backup_names.h"
#include "collectors/command_output.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void complain(const uint8_t *data, size_t size)
{
    struct command_complaint complaint = {.length = 0};
    char text[COMMAND_COMPLAINT_BYTES];

    command_complaint_add(&complaint, (const char *)data, size);
    command_complaint_get(&complaint, text);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            abort();
        }
    }
}

static void parse_wal(const char *name)
{
    struct backup_wal wal;
    char text[BACKUP_WAL_TEXT_BYTES];

    if (backup_wal_parse(name, &wal)) {
        backup_wal_format(text, wal);
        if (strncmp(text, name, BACKUP_WAL_TEXT_BYTES - 1) != 0) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    char *name = text + strcspn(text, "\n");
    struct error error;
    double seconds;

    if (*name != '\0') {
        *name++ = '\0';
    }
    if (backup_name_time_check(text, &error) && backup_name_date(text, name, &seconds) &&
        !isfinite(seconds)) {
        abort();
    }
    parse_wal(name);
    complain(data, size);
    free(text);
    return 0;
}
