-- about: Sessions that wait for a lock of another one, by database. A parallel query counts once. Before 14 a session says
--    that it waits only where track_activities is on for its role and database, and where one does not say so there is
--    nothing instead of a 0.
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs ..14: setting track_activities = on
-- limit: 2000 series
-- label datname: Database of the sessions.
-- gauge pg_blocked_backends: Sessions that wait for a heavyweight lock (wait_event_type `Lock` of pg_stat_activity); 0
--    if none does.
-- gauge pg_blocked_backends_max_wait_seconds [14..]: Longest time that one of them has been waiting, in seconds
--    (waitstart of pg_locks); 0 if none does.
-- sql 13..14:
SELECT d.datname,
       nullif(pg_catalog.count(DISTINCT coalesce(a.leader_pid, a.pid)) FILTER (WHERE a.wait_event_type = 'Lock'),
              CASE WHEN pg_catalog.bool_or(a.state = 'disabled') THEN 0 END) AS pg_blocked_backends
-- From pg_database, so that a database without sessions has a 0 and not a gap.
FROM pg_catalog.pg_database AS d
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.datid = d.oid AND (a.wait_event_type = 'Lock' OR a.state = 'disabled')
-- The owner of a database may close it and keep sessions in it.
WHERE d.datallowconn OR a.pid IS NOT NULL
GROUP BY d.datname
ORDER BY pg_blocked_backends DESC NULLS LAST, d.datname
-- sql 14..:
WITH waiter AS MATERIALIZED (
    SELECT a.pid, a.leader_pid, a.datid
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.wait_event_type = 'Lock'
),
awaited AS MATERIALIZED (
    -- pg_locks takes all partitions of the lock table: it is read only if somebody waits.
    SELECT l.pid, pg_catalog.min(l.waitstart) AS waitstart
    FROM pg_catalog.pg_locks AS l
    WHERE NOT l.granted AND EXISTS (SELECT FROM waiter)
    GROUP BY l.pid
)
SELECT d.datname,
       pg_catalog.count(DISTINCT coalesce(w.leader_pid, w.pid)) AS pg_blocked_backends,
       greatest(pg_catalog.max(extract(epoch FROM pg_catalog.clock_timestamp() - l.waitstart)), 0) AS pg_blocked_backends_max_wait_seconds
FROM pg_catalog.pg_database AS d
LEFT JOIN waiter AS w ON w.datid = d.oid
LEFT JOIN awaited AS l ON l.pid = w.pid
-- The owner of a database may close it and keep sessions in it.
WHERE d.datallowconn OR w.pid IS NOT NULL
GROUP BY d.datname
ORDER BY pg_blocked_backends DESC, d.datname
