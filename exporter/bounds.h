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
/* Items of one list or mapping among a source's settings: arguments, properties, patterns. */
#define SETTING_ITEMS_MAX 1000
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
/* What a server may send in answer to one query, with room for messages beside the answer. */
#define POSTGRES_RECEIVED_BYTES_MAX (8L * 1024 * 1024)
/* Slots shown as series; the total is always shown. */
#define POSTGRES_SLOTS_MAX 100
/* INFO is 6 KiB, with thousands of replicas, databases or kinds of errors a few hundred. */
#define REDIS_ANSWER_BYTES_MAX (1024 * 1024)
/* Values in one answer; Sentinel tells 40 of each replica. */
#define REDIS_ANSWER_ELEMENTS_MAX 20000
/* Rows slave0… of a primary that are looked at; copying to more would bring it down. */
#define REDIS_REPLICAS_MAX 100
/* Sentinels of one deployment; five are many. */
#define REDIS_SENTINELS_MAX 16
/* Nodes of one cluster, replicas included: what Redis recommends as the most. */
#define REDIS_NODES_MAX 1000
/* A .prom file; 10,000 lines of 100 bytes. A service with five types of drills needs 5 KiB. */
#define TEXT_FORMAT_BYTES_MAX (1024L * 1024)
/* Lines of such a file that are no comments. */
#define TEXT_FORMAT_ENTRIES_MAX 20000
/* Prometheus targets rarely have more than 30 labels. */
#define TEXT_FORMAT_LABELS_MAX 64
/* Problems that are told of one text: who has more begins with these. */
#define TEXT_FORMAT_PROBLEMS_MAX 100
/* The longest number that anybody writes: 17 digits, sign, point and exponent, with room. */
#define TEXT_FORMAT_NUMBER_BYTES_MAX 64
/* .prom files in one directory: one for each service of the largest plan. */
#define TEXTFILE_FILES_MAX 10000
/* Read in one collection, all files together, so that it ends within its budget. */
#define TEXTFILE_TOTAL_BYTES_MAX (64L * 1024 * 1024)
/* Drills and validations of runbooks in one directory: all types of 10,000 services. */
#define TEXTFILE_RESULTS_MAX 60000
/* Files shown as series, those with errors first; the total is always shown. */
#define TEXTFILE_FILES_SHOWN_MAX 1000
/* Headers of an answer to us; servers themselves seldom accept more than 64 KiB. */
#define HTTP_ANSWER_HEADER_BYTES_MAX (256 * 1024)
/* A runbook is text that people read under pressure; a long one is 100 KiB, a rendered wiki page
 * 1 MiB. */
#define RUNBOOK_BYTES_MAX (4L * 1024 * 1024)
/* Required sections of a runbook are series; templates have five to ten. */
#define RUNBOOK_SECTIONS_MAX 50
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
