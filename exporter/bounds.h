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
/* What a backup tool prints: 1 KiB a backup, with what tools add to each. Parsed it takes ten times
 * as much for a moment. */
#define BACKUP_DOCUMENT_BYTES_MAX (16L * 1024 * 1024)
/* Backups told of in one collection: one every five minutes for two months, or 27 years of daily
 * ones. Where all of them are of one set, the newest are looked at. */
#define BACKUPS_MAX 20000
/* Of files or objects, which come one by one, those that are remembered: the newest. */
#define BACKUP_OBJECTS_KEPT 5000
/* Repositories and sets in one answer: stanzas, servers, schedules, hosts. */
#define BACKUP_REPOSITORIES_MAX 1000
/* Names in directories that a pattern makes us look at: ten times the largest directory of dumps
 * that we test; listing them takes a second on a local disk. */
#define FILE_GLOB_NAMES_MAX 1000000
/* A kubeconfig of a hundred clusters, each with certificates in it, is under 1 MiB. */
#define KUBECONFIG_BYTES_MAX (4L * 1024 * 1024)
/* A bundle of certificate authorities; that of a system is 200 KiB. */
#define KUBERNETES_PEM_BYTES_MAX (1024L * 1024)
/* Objects asked for on one page: a pod is 8 KiB, so 2 MiB, and as JSON in memory ten times that. */
#define KUBERNETES_PAGE_ITEMS 250
/* Such a page with room for large objects; unpacked. */
#define KUBERNETES_PAGE_BYTES_MAX (32L * 1024 * 1024)
/* A list that expires again and again is never read to its end. */
#define KUBERNETES_RESTARTS_MAX 3
/* Kinds of resources that a workload requests: three are usual, clusters with several sorts of
 * accelerators have ten. */
#define CAPACITY_RESOURCES_MAX 16
/* Containers of one pod; etcd takes objects of up to 1.5 MiB, some hundred containers. */
#define CAPACITY_CONTAINERS_MAX 1000
/* Combinations of tolerations and selectors: tens are usual, one a team or pool in large clusters.
 * A multiple of 64. */
#define CAPACITY_CLASSES_MAX 256
/* Each as text: some hundred bytes are usual; in memory it takes ten times that. */
#define CAPACITY_RULES_BYTES_MAX (16L * 1024)
/* Groups of nodes that the same classes may use; nodes of more groups are counted too low. */
#define CAPACITY_GROUPS_MAX 1000
/* Nodes: four times what Kubernetes is tested with; each costs 300 bytes. */
#define CAPACITY_NODES_MAX 20000
/* Deployments and the like that one source compares: 300 bytes each. */
#define CAPACITY_WORKLOADS_MAX 50000
/* Of those that are missing or differ, how many are series; the total is always shown. */
#define CAPACITY_WORKLOADS_SHOWN_MAX 100
/* Karpenter's NodePools, or groups of the cluster-autoscaler; clouds allow hundreds. */
#define CAPACITY_POOLS_MAX 1000
/* Names that lead to an element of XML: S3 and STS nest five deep. */
#define XML_PATH_BYTES_MAX 1024
/* The text of one element: a key of S3 has 3 KiB when encoded, a session token 2 KiB. */
#define XML_TEXT_BYTES_MAX (64 * 1024)
/* A page of 1,000 keys of 1 KiB, each byte of which is written as %XX. */
#define S3_PAGE_BYTES_MAX (8L * 1024 * 1024)
/* Other answers of S3 and STS: rules of replication have up to 1,000 parts. */
#define AWS_ANSWER_BYTES_MAX (1024L * 1024)
/* Pages of one search, 200,000 objects: some ten seconds. */
#define S3_PAGES_MAX 200
/* Object locks that one collection asks for; those that it knows already are not asked again. */
#define S3_LOCKS_ASKED_MAX 50
/* Canaries of one S3 source that are at the origin: no more are written then. */
#define S3_CANARIES_MAX 100
/* Requests about canaries in one collection; the rest waits for the next one. */
#define S3_CANARIES_ASKED_MAX 20
/* Objects of sampled prefixes that differ at the destination and are asked for one by one in one
 * collection, those that are missing longest first; with more of them the comparisons before tell
 * since when the others can be missing. */
#define S3_OBJECTS_ASKED_MAX 100
/* Pages of 1,000 of the list of a sampled prefix at the origin, and at the destination, which may
 * hold what was deleted at the origin; 10 MiB while both are compared. */
#define S3_SAMPLE_PAGES_MAX 20
#define S3_REPLICA_PAGES_MAX 40
/* Data points of one CloudWatch metric in one answer: 15 months of days, or a day of minutes, and
 * room for those that are told twice. */
#define CLOUDWATCH_POINTS_MAX 4000
/* Pages of one answer; it fits onto one. */
#define CLOUDWATCH_PAGES_MAX 10
/* Partitions of one MirrorMaker source: ten times the largest cluster that we test. Each costs
 * about 1 KiB. */
#define MIRRORMAKER_PARTITIONS_MAX 100000
/* Connectors that copy the same source to the same target; one is usual, some split the topics. */
#define MIRRORMAKER_CONNECTORS_MAX 16
/* Names in Kafka: 249 bytes for topics; groups and connectors are free, but people type them. */
#define MIRRORMAKER_NAME_BYTES_MAX 500
/* Offsets of connectors are under 1 KiB of JSON. */
#define MIRRORMAKER_ROW_BYTES_MAX (64 * 1024)
/* Consumer groups that are looked at, one request each. */
#define MIRRORMAKER_GROUPS_MAX 1000
/* Offsets that all of them have committed, and checkpoints that are remembered. */
#define MIRRORMAKER_GROUP_OFFSETS_MAX 100000
/* What a regular expression may cost for one name; sensible ones need some hundred steps. */
#define PATTERN_MATCH_STEPS_MAX 100000
#define PATTERN_MATCH_DEPTH_MAX 1000
/* Partitions of the topics that one source measures: ten times the largest that we test. */
#define KAFKA_PARTITIONS_MAX 100000
/* A row of a topic that MirrorMaker or Connect keep for themselves: names of 249 bytes, and room.
 */
#define KAFKA_ROW_BYTES_MAX (64 * 1024)
/* An answer with one number is under 1 KiB; an error can quote long expressions. */
#define PROMQL_ANSWER_BYTES_MAX (1024L * 1024)
/* Selectors of one expression, one request each; sensible ones have one to three. */
#define PROMQL_SELECTORS_MAX 20
/* A client certificate with its chain is under 20 KiB. */
#define PROMQL_CERTIFICATE_BYTES_MAX (256L * 1024)
/* Records of one answer of the DNS; names with more than ten addresses are rare. */
#define DNS_RECORDS_MAX 500
/* Name servers of one name: zones rarely have more than 8, each with an address or two. */
#define PROBE_SERVERS_MAX 32
/* Aliases (CNAME) that follow one another; resolvers give up after about as many. */
#define PROBE_ALIASES_MAX 8
/* A page that tells whether a service is well; a home page is rarely as large. */
#define PROBE_BODY_BYTES_MAX (4L * 1024 * 1024)
/* What a regular expression may cost for one place of such a page: a tenth of a second, and 20 MiB;
 * for all places together, the time of the collection. */
#define PROBE_MATCH_STEPS_MAX 2000000
#define PROBE_MATCH_DEPTH_MAX 100000
/* After how many steps the clock is looked at; one takes as long as to run through a page: 4 ms. */
#define PROBE_MATCH_STEPS_UNWATCHED 64
/* Text of an address: the longest IPv6 one with the longest prefix length. */
#define CIDR_TEXT_BYTES_MAX 64
/* What a command takes from the exporter that it asks: the readiness of the largest plan. */
#define CLIENT_ANSWER_BYTES_MAX (64L * 1024 * 1024)
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
