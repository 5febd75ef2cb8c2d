/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all collectors. */

#include "collectors/backup.h"
#include "collectors/capacity.h"
#include "collectors/mirrormaker.h"
#include "collectors/postgres.h"
#include "collectors/probe.h"
#include "collectors/promql.h"
#include "collectors/redis.h"
#include "collectors/runbook.h"
#include "collectors/s3_replication.h"
#include "collectors/textfile.h"

const struct collector *const collector_registry[] = {
    &backup_collector,
    &capacity_collector,
    &mirrormaker_collector,
    &postgres_collector,
    &probe_collector,
    &promql_collector,
    &redis_collector,
    &runbook_collector,
    &s3_replication_collector,
    &textfile_collector,
    NULL,
};
