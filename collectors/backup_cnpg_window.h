/* SPDX-License-Identifier: Apache-2.0 */
/* What clusters and object stores of CloudNativePG say of their backups as a whole: from when to
 * when they reach, and whether WAL is archived. */

#ifndef COLLECTORS_BACKUP_CNPG_WINDOW_H
#define COLLECTORS_BACKUP_CNPG_WINDOW_H

#include "collectors/backup_kubernetes.h"

#define CNPG_BARMAN_METHOD "barmanObjectStore"
#define CNPG_BARMAN_PLUGIN "barman-cloud.cloudnative-pg.io"

struct cnpg_cluster;
struct cnpg_window;

struct cnpg_marks {
    struct backup_catalog_mark catalog;
    size_t cluster_count;
    size_t window_count;
};

/* What was read so far. Everything is in the catalog's arena. */
struct cnpg_reading {
    struct backup_catalog *catalog;
    const struct backup_query *query;
    struct cnpg_marks marks; /* Where the list that is being read began. */
    struct cnpg_cluster *clusters;
    size_t cluster_count;
    struct cnpg_window *windows;
    size_t window_count;
    const char *namespace; /* Of the objects; NULL: none was seen. */
};

void cnpg_reading_mark(struct cnpg_reading *reading);
/* Forgets what was read since. */
void cnpg_reading_return(struct cnpg_reading *reading);

bool cnpg_cluster_read(struct cnpg_reading *reading, const cJSON *json, struct error *error);
bool cnpg_store_read(struct cnpg_reading *reading, const cJSON *json, struct error *error);

/* Completes the catalog once all objects were read. ERROR_NOT_FOUND when there was nothing. */
bool cnpg_reading_finish(struct cnpg_reading *reading, struct error *error);

#endif
