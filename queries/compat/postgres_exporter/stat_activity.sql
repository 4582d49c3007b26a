-- about: postgres_exporter's longest transaction by all that its label set can tell. A wait event is a label, so that
--    series come and go with every look; activity/longest and activity/waits tell the same with fewer. pgvigil's own
--    sessions are left out.
-- enabled: no
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- limit: 5000 series
-- label datname: Database of the session.
-- label state: active, idle, idle in transaction, idle in transaction (aborted), fastpath function call or disabled.
-- label usename: User of the session.
-- label application_name: Name that the client gave; empty if none.
-- label backend_type: client backend, parallel worker and the like.
-- label wait_event_type: Kind of what it waits for; empty if it does not wait.
-- label wait_event: What it waits for.
-- gauge pg_stat_activity_max_tx_duration: Age of the longest transaction of these sessions, in seconds (xact_start); 0 if
--    none is in a transaction, and for a state in which the database has no session.
-- sql:
WITH sessions AS (
    SELECT a.datname, a.state, a.usename, a.application_name, a.backend_type, a.wait_event_type, a.wait_event,
           -- A session that is disabled does not say whether it is in a transaction.
           CASE WHEN a.state IS DISTINCT FROM 'disabled'
                THEN greatest(extract(epoch FROM pg_catalog.max(pg_catalog.clock_timestamp() - a.xact_start)), 0) END AS age
    FROM pg_catalog.pg_stat_activity AS a
    -- The role too: any client can choose the name.
    WHERE (a.usename = session_user AND a.application_name = 'pgvigil') IS NOT TRUE
    GROUP BY a.datname, a.state, a.usename, a.application_name, a.backend_type, a.wait_event_type, a.wait_event
)
SELECT d.datname, state.name AS state, s.usename, s.application_name, s.backend_type, s.wait_event_type, s.wait_event,
       CASE WHEN s.datname IS NULL THEN 0 ELSE s.age END AS pg_stat_activity_max_tx_duration
FROM pg_catalog.pg_database AS d
CROSS JOIN (VALUES ('active'), ('idle'), ('idle in transaction'), ('idle in transaction (aborted)'), ('fastpath function call'),
                   ('disabled')) AS state (name)
LEFT JOIN sessions AS s ON s.datname = d.datname AND s.state = state.name
ORDER BY s.age DESC NULLS LAST, d.datname, state.name, s.usename, s.application_name, s.backend_type, s.wait_event_type, s.wait_event
