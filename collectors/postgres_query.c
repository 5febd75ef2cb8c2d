/* SPDX-License-Identifier: Apache-2.0 */
/* The two questions that are put to PostgreSQL; each answer is one JSON document.
 *
 * Everything is qualified or in pg_catalog (the session's search_path is pg_catalog alone), so
 * that no object of a user can stand in. CASE guards functions that raise an error in the wrong
 * role. Columns that some versions lack are taken from the row as JSON. */

#include "collectors/postgres_facts.h"

#define SENDERS                                                                                    \
    "(SELECT json_agg(json_build_object("                                                          \
    "'pid', pid, 'application_name', application_name, 'backend_start', backend_start::text,"      \
    "'client_address', host(client_addr),"                                                         \
    "'state', state, 'sync_state', sync_state, 'sent', sent_lsn, 'written', write_lsn,"            \
    "'flushed', flush_lsn, 'replayed', replay_lsn, 'write_lag', extract(epoch FROM write_lag),"    \
    "'flush_lag', extract(epoch FROM flush_lag), 'replay_lag', extract(epoch FROM replay_lag)))"   \
    " FROM (SELECT * FROM pg_stat_replication ORDER BY pid LIMIT 100) AS s)"

#define SLOTS                                                                                      \
    "(SELECT json_agg(json_build_object("                                                          \
    "'name', slot_name, 'active', active, 'active_pid', active_pid,"                               \
    "'wal_status', to_jsonb(s)->>'wal_status', 'restart', restart_lsn))"                           \
    " FROM (SELECT * FROM pg_replication_slots ORDER BY slot_name LIMIT 100) AS s)"

/* last_msg_receipt_time is by the standby's clock, as is clock_timestamp() there;
 * last_msg_send_time is by the origin's. */
#define RECEIVER                                                                                   \
    "(SELECT json_build_object("                                                                   \
    "'status', status, 'timeline', received_tli, 'latest_end', latest_end_lsn,"                    \
    "'receipt_age', extract(epoch FROM clock_timestamp() - last_msg_receipt_time),"                \
    "'send_age', extract(epoch FROM clock_timestamp() - last_msg_send_time),"                      \
    "'slot', slot_name, 'conninfo', conninfo) FROM pg_stat_wal_receiver)"

#define ARCHIVER                                                                                   \
    "(SELECT json_build_object('enabled', current_setting('archive_mode') <> 'off',"               \
    "'archived', archived_count, 'failed', failed_count,"                                          \
    "'last_archived', extract(epoch FROM last_archived_time),"                                     \
    "'last_failed', extract(epoch FROM last_failed_time)) FROM pg_stat_archiver)"

#define SYNCHRONOUS                                                                                \
    "(SELECT json_build_object('commit', setting, 'source', source,"                               \
    "'standby_names', current_setting('synchronous_standby_names'),"                               \
    "'weak_overrides', (SELECT count(*) FROM pg_db_role_setting, unnest(setconfig) AS o"           \
    " WHERE o LIKE 'synchronous_commit=%'"                                                         \
    " AND lower(split_part(o, '=', 2)) NOT IN ('on', 'remote_apply', 'true', 'yes', '1')))"        \
    " FROM pg_settings WHERE name = 'synchronous_commit')"

/* The timeline of a primary is in the name of its current WAL file; its control file has that of
 * the last checkpoint, which is older for a while after a promotion. A standby without a receiver
 * has only the control file, where the minimum recovery point is newer than the checkpoint. */
#define TIMELINE                                                                                   \
    "CASE WHEN pg_is_in_recovery() THEN (SELECT greatest(timeline_id, min_recovery_end_timeline)"  \
    " FROM pg_control_checkpoint(), pg_control_recovery())::text"                                  \
    " ELSE 'x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END"

const char postgres_facts_query[] =
    "SELECT json_build_object("
    "'version', current_setting('server_version_num'), 'now', extract(epoch FROM "
    "clock_timestamp()),"
    "'in_recovery', pg_is_in_recovery(),"
    "'may_monitor', pg_has_role('pg_read_all_stats', 'USAGE')"
    " AND pg_has_role('pg_read_all_settings', 'USAGE'),"
    "'system_identifier', (SELECT system_identifier::text FROM pg_control_system()),"
    "'timeline', " TIMELINE ","
    "'current', CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn() END,"
    "'received', pg_last_wal_receive_lsn(), 'replayed', pg_last_wal_replay_lsn(),"
    "'replayed_commit', extract(epoch FROM pg_last_xact_replay_timestamp()),"
    "'replay_paused', CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END,"
    "'streams', CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE')"
    " THEN current_setting('primary_conninfo') <> '' END,"
    "'address', host(inet_server_addr()), 'receiver', " RECEIVER ", 'senders', " SENDERS ","
    "'slots', " SLOTS ", 'slot_total', (SELECT count(*) FROM pg_replication_slots),"
    "'archiver', " ARCHIVER ", 'synchronous', " SYNCHRONOUS ")";

const char postgres_aurora_query[] =
    "SELECT json_build_object("
    "'version', current_setting('server_version_num'), 'now', extract(epoch FROM "
    "clock_timestamp()),"
    "'regions', (SELECT json_agg(json_build_object("
    "'name', aws_region::text, 'durability_lag_ms', durability_lag_in_msec::float8,"
    "'rpo_lag_ms', rpo_lag_in_msec::float8, 'calculated_age',"
    "extract(epoch FROM clock_timestamp() - last_lag_calculation_time::timestamptz)))"
    " FROM aurora_global_db_status()))";
