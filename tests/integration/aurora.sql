-- SPDX-License-Identifier: Apache-2.0
-- Gives a plain PostgreSQL the shape of an Aurora Global Database: the functions that Aurora does
-- not support raise SQLSTATE 0A000, and aurora_global_db_status() tells the lag of each region.
SET allow_system_table_mods = on;

CREATE SCHEMA aurora;
CREATE TABLE aurora.status (
    aws_region text,
    highest_lsn_written bigint,
    durability_lag_in_msec integer,
    rpo_lag_in_msec integer,
    last_lag_calculation_time timestamptz,
    feedback_epoch bigint,
    feedback_xmin bigint
);
GRANT USAGE ON SCHEMA aurora TO PUBLIC;
GRANT SELECT ON aurora.status TO PUBLIC;

CREATE FUNCTION pg_catalog.aurora_global_db_status(
    OUT aws_region text, OUT highest_lsn_written bigint, OUT durability_lag_in_msec integer,
    OUT rpo_lag_in_msec integer, OUT last_lag_calculation_time timestamptz,
    OUT feedback_epoch bigint, OUT feedback_xmin bigint)
RETURNS SETOF record LANGUAGE sql AS 'SELECT * FROM aurora.status';

CREATE FUNCTION pg_catalog.aurora_version() RETURNS text LANGUAGE sql AS $$SELECT '15.4.0'$$;

CREATE FUNCTION aurora.unsupported(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Function %() is currently not supported for Aurora', name
        USING ERRCODE = '0A000';
END $$;
GRANT EXECUTE ON FUNCTION aurora.unsupported TO PUBLIC;

DO $$
DECLARE
    name text;
    result text;
BEGIN
    FOREACH name IN ARRAY ARRAY['pg_current_wal_lsn', 'pg_current_wal_flush_lsn',
        'pg_current_wal_insert_lsn', 'pg_last_wal_receive_lsn', 'pg_last_wal_replay_lsn',
        'pg_last_xact_replay_timestamp', 'pg_is_wal_replay_paused', 'pg_get_wal_replay_pause_state']
    LOOP
        SELECT format_type(prorettype, NULL) INTO result FROM pg_proc WHERE proname = name;
        EXECUTE format('ALTER FUNCTION pg_catalog.%I() RENAME TO %I', name, 'original_' || name);
        EXECUTE format('CREATE FUNCTION pg_catalog.%I() RETURNS %s LANGUAGE plpgsql AS '
            '$f$BEGIN PERFORM aurora.unsupported(%L); RETURN NULL; END$f$', name, result, name);
    END LOOP;
    ALTER FUNCTION pg_catalog.pg_walfile_name(pg_lsn) RENAME TO original_pg_walfile_name;
    CREATE FUNCTION pg_catalog.pg_walfile_name(pg_lsn) RETURNS text LANGUAGE plpgsql AS
        $f$BEGIN PERFORM aurora.unsupported('pg_walfile_name'); RETURN NULL; END$f$;
    -- The view would go on calling the function by its identity, so it is replaced too.
    ALTER VIEW pg_catalog.pg_stat_wal_receiver RENAME TO original_pg_stat_wal_receiver;
    CREATE FUNCTION aurora.wal_receiver() RETURNS
        SETOF pg_catalog.original_pg_stat_wal_receiver LANGUAGE plpgsql AS
        $f$BEGIN PERFORM aurora.unsupported('pg_stat_get_wal_receiver'); END$f$;
    GRANT EXECUTE ON FUNCTION aurora.wal_receiver TO PUBLIC;
    CREATE VIEW pg_catalog.pg_stat_wal_receiver AS SELECT * FROM aurora.wal_receiver();
    GRANT SELECT ON pg_catalog.pg_stat_wal_receiver TO PUBLIC;
END $$;
