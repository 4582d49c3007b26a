-- about: The 100 statements with the most execution time, of the last minutes or since the last reset, by statement, user and
--    database; all others together are `other`. Counters begin at 0 when a statement comes among the 100, so that their increases and
--    those of `other` add up to those of the view. Texts are not read: they are kept in a file of perhaps many megabytes. To see one,
--    ask pg_stat_statements for its queryid. What is counted only with another setting is in statements/planning and
--    statements/io_time.
-- interval: 30s
-- timeout: 5s
-- needs: role pg_read_all_stats
-- needs 14..: setting compute_query_id = on | auto | regress
-- limit: 5500 series
-- rank: 100 by pg_stat_statements_exec_time_seconds_total of queryid, userid, dbid, toplevel
-- rows: 1 a statement, at most 100
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
-- counter pg_stat_statements_shared_blks_dirtied_total detail: Shared blocks dirtied (shared_blks_dirtied).
-- counter pg_stat_statements_shared_blks_written_total detail: Shared blocks written (shared_blks_written).
-- counter pg_stat_statements_local_blks_hit_total detail: Local (temporary tables) blocks found in the cache
--    (local_blks_hit).
-- counter pg_stat_statements_local_blks_read_total detail: Local (temporary tables) blocks read (local_blks_read).
-- counter pg_stat_statements_local_blks_dirtied_total detail: Local (temporary tables) blocks dirtied
--    (local_blks_dirtied).
-- counter pg_stat_statements_local_blks_written_total detail: Local (temporary tables) blocks written
--    (local_blks_written).
-- counter pg_stat_statements_temp_blks_read_total detail: Blocks of temporary files read (sorts, hashes)
--    (temp_blks_read).
-- counter pg_stat_statements_temp_blks_written_total: Blocks of temporary files written (sorts, hashes)
--    (temp_blks_written).
-- counter pg_stat_statements_wal_records_total detail: WAL records generated (wal_records).
-- counter pg_stat_statements_wal_fpi_total detail: WAL full page images generated (wal_fpi).
-- counter pg_stat_statements_wal_bytes_total: WAL generated, in bytes (wal_bytes).
-- counter pg_stat_statements_wal_buffers_full_total detail: Times that the WAL buffers were full (wal_buffers_full).
-- counter pg_stat_statements_parallel_workers_to_launch_total detail: Parallel workers asked for
--    (parallel_workers_to_launch).
-- counter pg_stat_statements_parallel_workers_launched_total detail: Parallel workers got
--    (parallel_workers_launched).
-- counter pg_stat_statements_generic_plan_calls_total detail: Executions of a generic plan (generic_plan_calls).
-- counter pg_stat_statements_custom_plan_calls_total detail: Executions of a plan made for the values given
--    (custom_plan_calls).
-- sql:
WITH entry AS MATERIALIZED (
    -- false: without the texts.
    SELECT * FROM @extschema:pg_stat_statements@.pg_stat_statements(false)
)
, pair AS MATERIALIZED ( --[1.9..]
    -- A statement has an entry for its runs at top level and another for those within functions. --[1.9..]
    SELECT t.queryid, t.userid, t.dbid, --[1.9..]
           (t.total_exec_time + n.total_exec_time) / nullif(t.calls + n.calls, 0) AS mean, --[1.9..]
           least(t.min_exec_time, n.min_exec_time) AS least, --[1.9..]
           greatest(t.max_exec_time, n.max_exec_time) AS most --[1.9..]
    FROM entry AS t JOIN entry AS n USING (queryid, userid, dbid) --[1.9..]
    WHERE t.toplevel AND NOT n.toplevel --[1.9..]
) --[1.9..]
-- All entries as they are, since each is reset and dropped alone: pgvigil ranks them and adds them up.
SELECT s.queryid,
       pg_catalog.pg_get_userbyid(s.userid) AS usename,
       coalesce(d.datname::text, 'unknown (OID=' || s.dbid || ')') AS datname,
       s.userid, s.dbid,
       true AS toplevel, --[..1.9]
       s.toplevel, --[1.9..]
       s.calls AS pg_stat_statements_calls_total,
       s.total_exec_time / 1000 AS pg_stat_statements_exec_time_seconds_total,
       s.total_exec_time / nullif(s.calls, 0) / 1000 AS pg_stat_statements_mean_exec_time_seconds, --[..1.9]
       s.min_exec_time / 1000 AS pg_stat_statements_min_exec_time_seconds, --[..1.9]
       s.max_exec_time / 1000 AS pg_stat_statements_max_exec_time_seconds, --[..1.9]
       coalesce(p.mean, s.total_exec_time / nullif(s.calls, 0)) / 1000 AS pg_stat_statements_mean_exec_time_seconds, --[1.9..]
       coalesce(p.least, s.min_exec_time) / 1000 AS pg_stat_statements_min_exec_time_seconds, --[1.9..]
       coalesce(p.most, s.max_exec_time) / 1000 AS pg_stat_statements_max_exec_time_seconds, --[1.9..]
       s.rows AS pg_stat_statements_rows_total,
       s.shared_blks_hit AS pg_stat_statements_shared_blks_hit_total,
       s.shared_blks_read AS pg_stat_statements_shared_blks_read_total,
       s.shared_blks_dirtied AS pg_stat_statements_shared_blks_dirtied_total,
       s.shared_blks_written AS pg_stat_statements_shared_blks_written_total,
       s.local_blks_hit AS pg_stat_statements_local_blks_hit_total,
       s.local_blks_read AS pg_stat_statements_local_blks_read_total,
       s.local_blks_dirtied AS pg_stat_statements_local_blks_dirtied_total,
       s.local_blks_written AS pg_stat_statements_local_blks_written_total,
       s.temp_blks_read AS pg_stat_statements_temp_blks_read_total,
       s.temp_blks_written AS pg_stat_statements_temp_blks_written_total,
       s.wal_records AS pg_stat_statements_wal_records_total,
       s.wal_fpi AS pg_stat_statements_wal_fpi_total,
       s.wal_bytes AS pg_stat_statements_wal_bytes_total
     , s.wal_buffers_full AS pg_stat_statements_wal_buffers_full_total --[1.12..]
     , s.parallel_workers_to_launch AS pg_stat_statements_parallel_workers_to_launch_total --[1.12..]
     , s.parallel_workers_launched AS pg_stat_statements_parallel_workers_launched_total --[1.12..]
     , s.generic_plan_calls AS pg_stat_statements_generic_plan_calls_total --[1.13..]
     , s.custom_plan_calls AS pg_stat_statements_custom_plan_calls_total --[1.13..]
FROM entry AS s
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid
LEFT JOIN pair AS p ON p.queryid = s.queryid AND p.userid = s.userid AND p.dbid = s.dbid --[1.9..]
WHERE s.queryid IS NOT NULL
