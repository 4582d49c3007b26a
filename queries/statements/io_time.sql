-- about: Time that the 100 statements of statements/top spent on reading and writing blocks. It is measured where
--    track_io_timing is on, which is taken to be the same for all sessions.
-- interval: 30s
-- timeout: 5s
-- needs: role pg_read_all_stats
-- needs 14..: setting compute_query_id = on | auto | regress
-- needs: setting track_io_timing = on
-- limit: 600 series
-- covers: extension pg_stat_statements 1.8..: 1.8 came with PostgreSQL 13; an older one was not updated after
--    pg_upgrade, which ALTER EXTENSION pg_stat_statements UPDATE does.
-- label queryid: Hash of the statement without its constants.
-- label usename: User who ran it; `unknown (OID=...)` once dropped.
-- label datname: Database in which it ran; `unknown (OID=...)` once dropped.
-- counter pg_stat_statements_shared_blk_read_time_seconds_total: Time spent reading shared blocks, in seconds (shared_blk_read_time; before 1.11 blk_read_time).
-- counter pg_stat_statements_shared_blk_write_time_seconds_total: Time spent writing shared blocks, in seconds (shared_blk_write_time; before 1.11 blk_write_time).
-- counter pg_stat_statements_local_blk_read_time_seconds_total: Time spent reading local blocks, in seconds (local_blk_read_time).
-- counter pg_stat_statements_local_blk_write_time_seconds_total: Time spent writing local blocks, in seconds (local_blk_write_time).
-- counter pg_stat_statements_temp_blk_read_time_seconds_total: Time spent reading temporary files, in seconds (temp_blk_read_time).
-- counter pg_stat_statements_temp_blk_write_time_seconds_total: Time spent writing temporary files, in
--    seconds (temp_blk_write_time).
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
       pg_catalog.sum(s.blk_read_time) / 1000 AS pg_stat_statements_shared_blk_read_time_seconds_total, --[..1.11]
       pg_catalog.sum(s.blk_write_time) / 1000 AS pg_stat_statements_shared_blk_write_time_seconds_total --[..1.11]
       pg_catalog.sum(s.shared_blk_read_time) / 1000 AS pg_stat_statements_shared_blk_read_time_seconds_total, --[1.11..]
       pg_catalog.sum(s.shared_blk_write_time) / 1000 AS pg_stat_statements_shared_blk_write_time_seconds_total --[1.11..]
     , pg_catalog.sum(s.local_blk_read_time) / 1000 AS pg_stat_statements_local_blk_read_time_seconds_total --[1.11..]
     , pg_catalog.sum(s.local_blk_write_time) / 1000 AS pg_stat_statements_local_blk_write_time_seconds_total --[1.11..]
     , pg_catalog.sum(s.temp_blk_read_time) / 1000 AS pg_stat_statements_temp_blk_read_time_seconds_total --[1.10..]
     , pg_catalog.sum(s.temp_blk_write_time) / 1000 AS pg_stat_statements_temp_blk_write_time_seconds_total --[1.10..]
-- A statement has an entry for its runs at top level and from 1.9 on another for those within functions.
FROM top JOIN entry AS s USING (queryid, userid, dbid)
-- By the labels: a role may be named like one that was dropped is called here.
GROUP BY 1, 2, 3
ORDER BY pg_catalog.sum(s.total_exec_time) DESC, 1, 2, 3
