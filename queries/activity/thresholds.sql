-- about: For each database, how many queries have run and how many sessions have been idle for longer than given times.
--    The counts include each other: a query of ten minutes is in 5s, 30s and 5m. pgvigil's own sessions are left out.
--    Where a session does not say what it does (state `disabled`: track_activities is off for its role or database), those
--    of the others are counted, and nothing stands instead of a 0.
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- limit: 5000 series
-- rows: 3 a database
-- label datname: Database of the sessions.
-- label threshold: The time that is passed: 5s, 30s or 5m for queries, 10m or 1h for idle sessions.
-- gauge pg_stat_activity_long_running_count: Client sessions whose query has been running for longer than the
--    threshold.
-- gauge pg_stat_activity_long_idle_count: Client sessions outside of a transaction that have been idle for longer than
--    the threshold.
-- sql:
WITH session AS MATERIALIZED (
    SELECT datid, state = 'disabled' AS hidden, state IN ('active', 'fastpath function call') AS running,
           pg_catalog.clock_timestamp() - CASE state WHEN 'idle' THEN state_change ELSE query_start END AS age
    FROM pg_catalog.pg_stat_activity
    WHERE backend_type = 'client backend'
      AND state IN ('active', 'fastpath function call', 'idle', 'disabled')
      AND pid <> pg_catalog.pg_backend_pid()
      -- The role too: any client can choose the name.
      AND NOT (usename = session_user AND application_name = 'pgvigil')
),
counted AS (
    -- NULL instead of a 0 where not all sessions say what they do.
    SELECT datid,
           nullif(pg_catalog.count(*) FILTER (WHERE running AND age > '5s'), CASE WHEN pg_catalog.bool_or(hidden) THEN 0 END) AS running_5s,
           nullif(pg_catalog.count(*) FILTER (WHERE running AND age > '30s'), CASE WHEN pg_catalog.bool_or(hidden) THEN 0 END) AS running_30s,
           nullif(pg_catalog.count(*) FILTER (WHERE running AND age > '5m'), CASE WHEN pg_catalog.bool_or(hidden) THEN 0 END) AS running_5m,
           nullif(pg_catalog.count(*) FILTER (WHERE NOT running AND age > '10m'), CASE WHEN pg_catalog.bool_or(hidden) THEN 0 END) AS idle_10m,
           nullif(pg_catalog.count(*) FILTER (WHERE NOT running AND age > '1h'), CASE WHEN pg_catalog.bool_or(hidden) THEN 0 END) AS idle_1h
    FROM session
    GROUP BY datid
)
SELECT d.datname, t.threshold,
       t.running AS pg_stat_activity_long_running_count,
       t.idle AS pg_stat_activity_long_idle_count
-- From pg_database, so that a database without sessions has a 0 and not a gap.
FROM pg_catalog.pg_database AS d
LEFT JOIN counted AS c ON c.datid = d.oid
CROSS JOIN LATERAL (VALUES ('5s', CASE WHEN c.datid IS NULL THEN 0 ELSE c.running_5s END, NULL::bigint),
                           ('30s', CASE WHEN c.datid IS NULL THEN 0 ELSE c.running_30s END, NULL),
                           ('5m', CASE WHEN c.datid IS NULL THEN 0 ELSE c.running_5m END, NULL),
                           ('10m', NULL, CASE WHEN c.datid IS NULL THEN 0 ELSE c.idle_10m END),
                           ('1h', NULL, CASE WHEN c.datid IS NULL THEN 0 ELSE c.idle_1h END)) AS t (threshold, running, idle)
-- The owner of a database may close it and keep a session in it.
WHERE d.datallowconn OR c.datid IS NOT NULL
ORDER BY coalesce(t.running, t.idle) DESC NULLS LAST, d.datname, t.threshold
