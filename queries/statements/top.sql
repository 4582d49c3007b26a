-- about: The 100 statements with the most execution time, by statement, user and database. Texts are not read: they are
--    kept in a file of perhaps many megabytes. To see one, ask pg_stat_statements for its queryid.
--    What is counted only with another setting is in statements/planning and statements/io_time.
-- interval: 30s
-- timeout: 5s
-- needs: role pg_read_all_stats
-- needs 14..: setting compute_query_id = on | auto | regress
-- limit: 4000 series
-- covers: extension pg_stat_statements 1.8..: 1.8 came with PostgreSQL 13; an older one was not updated after
--    pg_upgrade, which ALTER EXTENSION pg_stat_statements UPDATE does.
-- label queryid: Hash of the statement without its constants.
-- label usename: User who ran it; `unknown (OID=...)` once dropped.
-- label datname: Database in which it ran; `unknown (OID=...)` once dropped.
-- counter pg_stat_statements_calls_total: Executions (calls).
-- counter pg_stat_statements_exec_time_seconds_total: Time spent executing it, in seconds (total_exec_time).
-- gauge pg_stat_statements_mean_exec_time_seconds: Mean time of an execution since its entry began, in seconds
--    (total_exec_time / calls).
-- gauge pg_stat_statements_min_exec_time_seconds: Shortest execution, in seconds (min_exec_time).
-- gauge pg_stat_statements_max_exec_time_seconds: Longest execution since the last reset, in seconds; it never falls by
--    itself (max_exec_time).
-- counter pg_stat_statements_rows_total: Rows returned or changed (rows).
-- counter pg_stat_statements_shared_blks_hit_total: Shared blocks found in the cache (shared_blks_hit).
-- counter pg_stat_statements_shared_blks_read_total: Shared blocks read (shared_blks_read).
-- counter pg_stat_statements_shared_blks_dirtied_total: Shared blocks dirtied (shared_blks_dirtied).
-- counter pg_stat_statements_shared_blks_written_total: Shared blocks written (shared_blks_written).
-- counter pg_stat_statements_local_blks_hit_total: Local (temporary tables) blocks found in the cache (local_blks_hit).
-- counter pg_stat_statements_local_blks_read_total: Local (temporary tables) blocks read (local_blks_read).
-- counter pg_stat_statements_local_blks_dirtied_total: Local (temporary tables) blocks dirtied (local_blks_dirtied).
-- counter pg_stat_statements_local_blks_written_total: Local (temporary tables) blocks written (local_blks_written).
-- counter pg_stat_statements_temp_blks_read_total: Blocks of temporary files read (sorts, hashes) (temp_blks_read).
-- counter pg_stat_statements_temp_blks_written_total: Blocks of temporary files written (sorts, hashes)
--    (temp_blks_written).
-- counter pg_stat_statements_wal_records_total: WAL records generated (wal_records).
-- counter pg_stat_statements_wal_fpi_total: WAL full page images generated (wal_fpi).
-- counter pg_stat_statements_wal_bytes_total: WAL generated, in bytes (wal_bytes).
-- counter pg_stat_statements_wal_buffers_full_total: Times that the WAL buffers were full (wal_buffers_full).
-- counter pg_stat_statements_parallel_workers_to_launch_total: Parallel workers asked for
--    (parallel_workers_to_launch).
-- counter pg_stat_statements_parallel_workers_launched_total: Parallel workers got
--    (parallel_workers_launched).
-- counter pg_stat_statements_generic_plan_calls_total: Executions of a generic plan (generic_plan_calls).
-- counter pg_stat_statements_custom_plan_calls_total: Executions of a plan made for the values given
--    (custom_plan_calls).
-- sql:
WITH entry AS MATERIALIZED (
    -- false: without the texts.
    SELECT * FROM @extschema:pg_stat_statements@.pg_stat_statements(false)
),
-- The 100 are found by few columns and all others are summed for them alone: summing for every entry spills to disk.
top AS (
    SELECT queryid, userid, dbid
    FROM entry
    GROUP BY queryid, userid, dbid
    ORDER BY pg_catalog.sum(total_exec_time) DESC, queryid, userid, dbid
    LIMIT 100
)
SELECT s.queryid,
       pg_catalog.pg_get_userbyid(s.userid) AS usename,
       coalesce((SELECT d.datname::text FROM pg_catalog.pg_database AS d WHERE d.oid = s.dbid), 'unknown (OID=' || s.dbid || ')')
           AS datname,
       pg_catalog.sum(s.calls) AS pg_stat_statements_calls_total,
       pg_catalog.sum(s.total_exec_time) / 1000 AS pg_stat_statements_exec_time_seconds_total,
       pg_catalog.sum(s.total_exec_time) / nullif(pg_catalog.sum(s.calls), 0) / 1000 AS pg_stat_statements_mean_exec_time_seconds,
       pg_catalog.min(s.min_exec_time) / 1000 AS pg_stat_statements_min_exec_time_seconds,
       pg_catalog.max(s.max_exec_time) / 1000 AS pg_stat_statements_max_exec_time_seconds,
       pg_catalog.sum(s.rows) AS pg_stat_statements_rows_total,
       pg_catalog.sum(s.shared_blks_hit) AS pg_stat_statements_shared_blks_hit_total,
       pg_catalog.sum(s.shared_blks_read) AS pg_stat_statements_shared_blks_read_total,
       pg_catalog.sum(s.shared_blks_dirtied) AS pg_stat_statements_shared_blks_dirtied_total,
       pg_catalog.sum(s.shared_blks_written) AS pg_stat_statements_shared_blks_written_total,
       pg_catalog.sum(s.local_blks_hit) AS pg_stat_statements_local_blks_hit_total,
       pg_catalog.sum(s.local_blks_read) AS pg_stat_statements_local_blks_read_total,
       pg_catalog.sum(s.local_blks_dirtied) AS pg_stat_statements_local_blks_dirtied_total,
       pg_catalog.sum(s.local_blks_written) AS pg_stat_statements_local_blks_written_total,
       pg_catalog.sum(s.temp_blks_read) AS pg_stat_statements_temp_blks_read_total,
       pg_catalog.sum(s.temp_blks_written) AS pg_stat_statements_temp_blks_written_total,
       pg_catalog.sum(s.wal_records) AS pg_stat_statements_wal_records_total,
       pg_catalog.sum(s.wal_fpi) AS pg_stat_statements_wal_fpi_total,
       pg_catalog.sum(s.wal_bytes) AS pg_stat_statements_wal_bytes_total
     , pg_catalog.sum(s.wal_buffers_full) AS pg_stat_statements_wal_buffers_full_total --[1.12..]
     , pg_catalog.sum(s.parallel_workers_to_launch) AS pg_stat_statements_parallel_workers_to_launch_total --[1.12..]
     , pg_catalog.sum(s.parallel_workers_launched) AS pg_stat_statements_parallel_workers_launched_total --[1.12..]
     , pg_catalog.sum(s.generic_plan_calls) AS pg_stat_statements_generic_plan_calls_total --[1.13..]
     , pg_catalog.sum(s.custom_plan_calls) AS pg_stat_statements_custom_plan_calls_total --[1.13..]
-- A statement has an entry for its runs at top level and from 1.9 on another for those within functions.
FROM top JOIN entry AS s USING (queryid, userid, dbid)
-- By the labels: a role may be named like one that was dropped is called here.
GROUP BY 1, 2, 3
ORDER BY pg_catalog.sum(s.total_exec_time) DESC, 1, 2, 3
