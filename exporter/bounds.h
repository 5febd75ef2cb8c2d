/* SPDX-License-Identifier: Apache-2.0 */
/* Every size that somebody outside the process can influence, with the reason for its cap. */

#ifndef EXPORTER_BOUNDS_H
#define EXPORTER_BOUNDS_H

/* A plan of 2,000 sources with comments is under 1 MiB; more is a mistake or an attack. */
#define CONFIG_FILE_BYTES_MAX (8L * 1024 * 1024)
/* Included files, so that a glob that matches a whole disk ends with an error. */
#define CONFIG_FILES_MAX 1000
/* Tiers, services, sources, or names in one list: five times the largest plan that we test. */
#define CONFIG_ENTRIES_MAX 10000
/* Passwords and tokens; Kubernetes tokens are about 1 KiB, RDS IAM tokens about 1.5 KiB. */
#define SECRET_BYTES_MAX (64 * 1024)
/* Error texts of servers can be long and hostile; a log line should stay a line. */
#define ERROR_MESSAGE_BYTES 512
/* Labels that a metric has beyond those of its source; dr_service_info has five. */
#define METRIC_LABELS_MAX 5
/* A label value longer than this is no name of anything. */
#define LABEL_VALUE_BYTES_MAX 512
/* Series of one source: a Prometheus default target limit is far below this. */
#define SAMPLES_PER_COLLECTION_MAX 200000
/* 1,024 instants at one a second are 17 minutes in full detail, thinned out beyond. */
#define HISTORY_POINTS_MAX 1024
/* One row of pg_stat_replication or a slot is under 1 KiB as JSON; servers have tens of them. */
#define POSTGRES_ANSWER_BYTES_MAX (1024 * 1024)
/* Slots shown as series; the total is always shown. */
#define POSTGRES_SLOTS_MAX 100
/* Response bodies waiting for slow clients, all together. */
#define HTTP_PENDING_BYTES_MAX (256L * 1024 * 1024)
/* Prometheus pairs, a few people, a prober, and room. */
#define HTTP_CONNECTIONS_MAX 128
/* Request line and headers of one connection. */
#define HTTP_CONNECTION_MEMORY_BYTES (32 * 1024)
/* A client that neither sends nor reads for this long is dropped. */
#define HTTP_CONNECTION_TIMEOUT_SECONDS 15
/* TLS and libpq need about 100 KiB; the rest is never touched and costs only address space. */
#define WORKER_STACK_BYTES (1024L * 1024)

#endif
