-- Left out: nothing, as long as there are at most 20 roots. Times go on, hence the tolerance.
-- Whom somebody waits for is followed upwards here, from each victim to its roots.
WITH RECURSIVE edge AS (
    SELECT DISTINCT coalesce(a.leader_pid, a.pid) AS victim, blocker
    FROM pg_stat_activity AS a, unnest(pg_blocking_pids(a.pid)) AS blocker
    WHERE coalesce(a.leader_pid, a.pid) <> blocker
),
above AS (
    SELECT victim, blocker FROM edge
    UNION
    SELECT above.victim, edge.blocker FROM above JOIN edge ON edge.victim = above.blocker
),
root AS (
    SELECT blocker AS pid, count(DISTINCT victim) AS victims FROM above WHERE blocker NOT IN (SELECT victim FROM edge) GROUP BY 1
)
SELECT jsonb_build_object('metric', metric, 'value', value, 'tolerance', tolerance,
           'labels', jsonb_strip_nulls(jsonb_build_object('pid', r.pid::text, 'datname', a.datname, 'usename', a.usename, 'application_name', nullif(a.application_name, ''), 'state', a.state,
                                                          'backend_type', CASE WHEN r.pid = 0 THEN 'prepared transaction' ELSE a.backend_type END)))
FROM root AS r
LEFT JOIN pg_stat_activity AS a USING (pid)
CROSS JOIN LATERAL (VALUES ('pg_blocking_root_victims', r.victims, 0),
                           ('pg_blocking_root_transaction_age_seconds',
                            extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, (SELECT min(prepared) FROM pg_prepared_xacts WHERE r.pid = 0))), 60)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
