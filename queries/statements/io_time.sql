-- about: Time that the statements of statements/top, and all others as `other`, spent on reading and writing blocks. It is
--    measured where track_io_timing is on, which is taken to be the same for all sessions.
-- interval: 30s
-- timeout: 5s
-- needs: role pg_read_all_stats
-- needs 14..: setting compute_query_id = on | auto | regress
-- needs: setting track_io_timing = on
-- limit: 1300 series
-- rank: as statements/top of queryid, userid, dbid, toplevel
-- rows: 1 a statement, at most 100
-- covers: extension pg_stat_statements 1.8..: 1.8 came with PostgreSQL 13; an older one was not updated after
--    pg_upgrade, which ALTER EXTENSION pg_stat_statements UPDATE does.
-- label queryid: Hash of the statement without its constants.
-- label usename: User who ran it; `unknown (OID=...)` once dropped.
-- label datname: Database in which it ran; `unknown (OID=...)` once dropped.
-- counter pg_stat_statements_shared_blk_read_time_seconds_total: Time spent reading shared blocks, in seconds (shared_blk_read_time; before 1.11 blk_read_time).
-- counter pg_stat_statements_shared_blk_write_time_seconds_total: Time spent writing shared blocks, in seconds (shared_blk_write_time; before 1.11 blk_write_time).
-- counter pg_stat_statements_local_blk_read_time_seconds_total detail: Time spent reading local blocks, in seconds
--    (local_blk_read_time).
-- counter pg_stat_statements_local_blk_write_time_seconds_total detail: Time spent writing local blocks, in seconds
--    (local_blk_write_time).
-- counter pg_stat_statements_temp_blk_read_time_seconds_total detail: Time spent reading temporary files, in seconds
--    (temp_blk_read_time).
-- counter pg_stat_statements_temp_blk_write_time_seconds_total detail: Time spent writing temporary files, in
--    seconds (temp_blk_write_time).
-- sql:
SELECT s.queryid,
       pg_catalog.pg_get_userbyid(s.userid) AS usename,
       coalesce(d.datname::text, 'unknown (OID=' || s.dbid || ')') AS datname,
       s.userid, s.dbid,
       true AS toplevel, --[..1.9]
       s.toplevel, --[1.9..]
       s.blk_read_time / 1000 AS pg_stat_statements_shared_blk_read_time_seconds_total, --[..1.11]
       s.blk_write_time / 1000 AS pg_stat_statements_shared_blk_write_time_seconds_total --[..1.11]
       s.shared_blk_read_time / 1000 AS pg_stat_statements_shared_blk_read_time_seconds_total, --[1.11..]
       s.shared_blk_write_time / 1000 AS pg_stat_statements_shared_blk_write_time_seconds_total --[1.11..]
     , s.local_blk_read_time / 1000 AS pg_stat_statements_local_blk_read_time_seconds_total --[1.11..]
     , s.local_blk_write_time / 1000 AS pg_stat_statements_local_blk_write_time_seconds_total --[1.11..]
     , s.temp_blk_read_time / 1000 AS pg_stat_statements_temp_blk_read_time_seconds_total --[1.10..]
     , s.temp_blk_write_time / 1000 AS pg_stat_statements_temp_blk_write_time_seconds_total --[1.10..]
-- false: without the texts. All entries as they are, since each is reset and dropped alone: pgvigil adds them up.
FROM @extschema:pg_stat_statements@.pg_stat_statements(false) AS s
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid
WHERE s.queryid IS NOT NULL
