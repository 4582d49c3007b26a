-- about: For each database and user with client sessions, the longest transaction, query and wait inside a transaction;
--    0 where there is none. Where a session does not say what it does (state `disabled`: track_activities is off for its
--    role or database), the longest of the others, and nothing instead of a 0. pgvigil's own sessions are left out: those of its login role that bear its name.
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- limit: 2000 series
-- label datname: Database of the sessions.
-- label usename: User of the sessions; empty for a database without any.
-- gauge pg_stat_activity_max_tx_seconds: Age of the oldest open transaction, in seconds (xact_start).
-- gauge pg_stat_activity_max_query_seconds: Age of the oldest query that still runs, in seconds (query_start of active
--    sessions).
-- gauge pg_stat_activity_max_idle_in_transaction_seconds: Longest time that a session has now been idle in an open
--    transaction, in seconds (state_change).
-- sql:
SELECT l.datname, l.usename,
       greatest(l.tx, l.none) AS pg_stat_activity_max_tx_seconds,
       greatest(l.query, l.none) AS pg_stat_activity_max_query_seconds,
       greatest(l.idle, l.none) AS pg_stat_activity_max_idle_in_transaction_seconds
FROM (SELECT d.datname, a.usename,
             -- clock_timestamp(), since now() is the start of our own transaction, and others may have begun after it.
             pg_catalog.max(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)) AS tx,
             pg_catalog.max(extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start))
                 FILTER (WHERE a.state IN ('active', 'fastpath function call')) AS query,
             pg_catalog.max(extract(epoch FROM pg_catalog.clock_timestamp() - a.state_change))
                 FILTER (WHERE a.state LIKE 'idle in transaction%') AS idle,
             -- For pairs without one, and against a clock that was set back; NULL where not all sessions say what they do.
             CASE WHEN pg_catalog.bool_or(a.state = 'disabled') IS NOT TRUE THEN 0 END AS none
      -- From pg_database, so that a database without sessions has a 0 and not a gap.
      FROM pg_catalog.pg_database AS d
      LEFT JOIN pg_catalog.pg_stat_activity AS a
             ON a.datid = d.oid
            AND a.backend_type = 'client backend'
            AND a.pid <> pg_catalog.pg_backend_pid()
            -- The role too: any client can choose the name.
            AND NOT (a.usename = session_user AND a.application_name = 'pgvigil')
      -- The owner of a database may close it and keep a session in it.
      WHERE d.datallowconn OR a.pid IS NOT NULL
      GROUP BY d.datname, a.usename) AS l
ORDER BY l.tx DESC NULLS LAST, l.datname, l.usename
