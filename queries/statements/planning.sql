-- about: How often and for how long the statements of statements/top, and all others as `other`, were planned. The extension
--    counts that where pg_stat_statements.track_planning is on, which costs more the more sessions run the same statement, and is
--    taken to be the same for all sessions.
-- interval: 30s
-- timeout: 5s
-- needs: role pg_read_all_stats
-- needs 14..: setting compute_query_id = on | auto | regress
-- needs: setting pg_stat_statements.track_planning = on
-- limit: 500 series
-- rank: as statements/top of queryid, userid, dbid, toplevel
-- rows: none
-- covers: extension pg_stat_statements 1.8..: 1.8 came with PostgreSQL 13; an older one was not updated after
--    pg_upgrade, which ALTER EXTENSION pg_stat_statements UPDATE does.
-- label queryid: Hash of the statement without its constants.
-- label usename: User who ran it; `unknown (OID=...)` once dropped.
-- label datname: Database in which it ran; `unknown (OID=...)` once dropped.
-- counter pg_stat_statements_plans_total: Times that it was planned (plans).
-- counter pg_stat_statements_plan_time_seconds_total: Time spent planning it, in seconds (total_plan_time).
-- sql:
SELECT s.queryid,
       pg_catalog.pg_get_userbyid(s.userid) AS usename,
       coalesce(d.datname::text, 'unknown (OID=' || s.dbid || ')') AS datname,
       s.userid, s.dbid,
       true AS toplevel, --[..1.9]
       s.toplevel, --[1.9..]
       s.plans AS pg_stat_statements_plans_total,
       s.total_plan_time / 1000 AS pg_stat_statements_plan_time_seconds_total
-- false: without the texts. All entries as they are, since each is reset and dropped alone: pgvigil adds them up.
FROM @extschema:pg_stat_statements@.pg_stat_statements(false) AS s
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid
WHERE s.queryid IS NOT NULL
