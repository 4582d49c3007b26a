-- about: For each database, how many queries have run and how many sessions have been idle for longer than given times.
--    The counts include each other: a query of ten minutes is in 5s, 30s and 5m. pgvigil's own sessions are left out.
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 5000 series
-- label datname: Database of the sessions.
-- label threshold: The time that is passed: 5s, 30s or 5m for queries, 10m or 1h for idle sessions.
-- gauge pg_stat_activity_long_running_count: Client sessions whose query has been running for longer than the
--    threshold.
-- gauge pg_stat_activity_long_idle_count: Client sessions outside of a transaction that have been idle for longer than
--    the threshold.
-- sql:
WITH session AS MATERIALIZED (
    SELECT datid, state IN ('active', 'fastpath function call') AS running,
           pg_catalog.clock_timestamp() - CASE state WHEN 'idle' THEN state_change ELSE query_start END AS age
    FROM pg_catalog.pg_stat_activity
    WHERE backend_type = 'client backend'
      AND state IN ('active', 'fastpath function call', 'idle')
      AND pid <> pg_catalog.pg_backend_pid()
      -- The role too: any client can choose the name.
      AND NOT (usename = session_user AND application_name = 'pgvigil')
),
counted AS (
    SELECT datid,
           pg_catalog.count(*) FILTER (WHERE running AND age > '5s') AS running_5s,
           pg_catalog.count(*) FILTER (WHERE running AND age > '30s') AS running_30s,
           pg_catalog.count(*) FILTER (WHERE running AND age > '5m') AS running_5m,
           pg_catalog.count(*) FILTER (WHERE NOT running AND age > '10m') AS idle_10m,
           pg_catalog.count(*) FILTER (WHERE NOT running AND age > '1h') AS idle_1h
    FROM session
    GROUP BY datid
)
SELECT d.datname, t.threshold,
       t.running AS pg_stat_activity_long_running_count,
       t.idle AS pg_stat_activity_long_idle_count
-- From pg_database, so that a database without sessions has a 0 and not a gap.
FROM pg_catalog.pg_database AS d
LEFT JOIN counted AS c ON c.datid = d.oid
CROSS JOIN LATERAL (VALUES ('5s', coalesce(c.running_5s, 0), NULL::bigint),
                           ('30s', coalesce(c.running_30s, 0), NULL),
                           ('5m', coalesce(c.running_5m, 0), NULL),
                           ('10m', NULL, coalesce(c.idle_10m, 0)),
                           ('1h', NULL, coalesce(c.idle_1h, 0))) AS t (threshold, running, idle)
-- The owner of a database may close it and keep a session in it.
WHERE d.datallowconn OR c.datid IS NOT NULL
ORDER BY coalesce(t.running, t.idle) DESC, d.datname, t.threshold
