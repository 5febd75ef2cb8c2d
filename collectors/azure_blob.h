/* SPDX-License-Identifier: Apache-2.0 */
/* How far Azure Storage has copied an account to its secondary region: its Last Sync Time.
 *
 * https://learn.microsoft.com/rest/api/storageservices/get-blob-service-stats: all that was written
 * at the primary before it is at the secondary. Only accounts with read access to the secondary
 * (RA-GRS, RA-GZRS) tell it, and only the secondary does. */

#ifndef COLLECTORS_AZURE_BLOB_H
#define COLLECTORS_AZURE_BLOB_H

#include "exporter/collector.h"

struct azure_settings {
    const char *secondary_url;
    const char *sas_token_file;
};

#define AZURE_SETTING_ROWS(type, member)                                                           \
    {"azure_secondary_url",                                                                        \
     SETTING_TEXT,                                                                                 \
     offsetof(type, member.secondary_url),                                                         \
     NULL,                                                                                         \
     false,                                                                                        \
     ("Instead of two buckets, the secondary of an account of Azure Storage (RA-GRS, RA-GZRS): "   \
      "`https://ACCOUNT-secondary.blob.core.windows.net`. The recovery point is its Last Sync "    \
      "Time.")},                                                                                   \
    {                                                                                              \
        "azure_sas_token_file", SETTING_FILE, offsetof(type, member.sas_token_file), NULL, false,  \
            ("File with a SAS token of the account that may read service properties and nothing "  \
             "else (`ss=b`, `srt=s`, `sp=r`); read anew each time.")                               \
    }

/* What the table cannot say. Only for settings with one of the two. */
bool azure_settings_check(const struct azure_settings *settings, struct error *error);

/* The time that an answer tells, by the service's clock; ERROR_INCONSISTENT where the secondary is
 * not `live`. */
bool azure_stats_read(const char *text, size_t length, double *ret_seconds, struct error *error);

/* `ca_file` MAY be NULL. */
bool azure_collect(const struct azure_settings *settings, const char *ca_file,
                   struct collection *collection, struct error *error);

#endif
