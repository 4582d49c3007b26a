-- about: The roots of the blocking trees: sessions that wait for no lock themselves, and for which others wait,
--    directly or behind one another. To end such a session ends the jam. 20 are shown: of each database the
--    one with the most victims, then the next of each, so that the jam of one database hides no other.
--    Those that wait for the same lock in the same mode are one queue, and the first of it is asked for its blockers: what
--    keeps it waiting keeps all of them waiting. A deadlock has no root: the server breaks it within deadlock_timeout, and
--    pg_stat_database_deadlocks_total counts it.
-- interval: 10s
-- timeout: 3s
-- needs: role pg_read_all_stats
-- needs ..14: setting track_activities = on
-- limit: 40 series
-- rows: none
-- label pid: Process of the blocking session; 0 stands for prepared transactions, which have none.
-- label datname: Its database.
-- label usename: Its user.
-- label application_name: Name that its client gave.
-- label backend_type: Kind of process, mostly client backend; `prepared transaction` for pid 0.
-- label state: What it does; a session idle in transaction blocks until its client comes back.
-- gauge pg_blocking_root_victims: Sessions that wait because of it, directly or behind another one.
-- gauge pg_blocking_root_transaction_age_seconds: Age of its transaction, in seconds (xact_start); for pid 0 of the
--    oldest prepared one; absent if it is in none and so holds a lock of the session, an advisory one.
-- sql:
WITH RECURSIVE activity AS MATERIALIZED (
    SELECT a.pid, a.leader_pid, a.datname, a.usename, a.application_name, a.backend_type, a.state, a.xact_start, a.query_start,
           a.wait_event_type
    FROM pg_catalog.pg_stat_activity AS a
),
waiting AS MATERIALIZED (
    SELECT l.pid,
           -- A parallel worker waits on behalf of its leader, and pg_blocking_pids, too, speaks of leaders only.
           coalesce(a.leader_pid, a.pid) AS leader, a.query_start,
           pg_catalog.dense_rank() OVER (ORDER BY l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid::text,
                                                  l.classid, l.objid, l.objsubid, l.mode) AS queue
    FROM pg_catalog.pg_locks AS l
    JOIN activity AS a USING (pid)
    -- pg_locks takes all partitions of the lock table: it is read only if somebody waits.
    WHERE NOT l.granted AND EXISTS (SELECT FROM activity WHERE wait_event_type = 'Lock')
),
edge AS MATERIALIZED (
    -- pg_blocking_pids stops the whole lock manager for a moment, and for longer the more wait before the one that it is called
    -- for: so it is called for the first of each queue, as far as the start of its query tells, and for nobody else.
    SELECT DISTINCT blocker.pid AS blocker, f.queue
    FROM (SELECT DISTINCT ON (w.queue) w.queue, w.pid FROM waiting AS w ORDER BY w.queue, w.query_start, w.pid) AS f
    CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(f.pid)) AS blocker (pid)
),
-- UNION and not UNION ALL: a queue that is reached on two ways counts once, and a circle ends.
tree AS (
    SELECT e.blocker AS root, e.queue
    FROM edge AS e
    WHERE e.blocker NOT IN (SELECT leader FROM waiting)
    UNION
    SELECT t.root, e.queue
    FROM tree AS t
    JOIN waiting AS w ON w.queue = t.queue
    JOIN edge AS e ON e.blocker = w.leader
),
root AS (
    SELECT t.root AS pid, pg_catalog.count(DISTINCT w.leader) AS victims
    FROM tree AS t
    JOIN waiting AS w USING (queue)
    LEFT JOIN activity AS a ON a.pid = t.root
    GROUP BY t.root, a.datname
    ORDER BY pg_catalog.row_number() OVER (PARTITION BY a.datname ORDER BY pg_catalog.count(DISTINCT w.leader) DESC, t.root),
             victims DESC, t.root
    LIMIT 20
)
SELECT r.pid, a.datname, a.usename, a.application_name,
       CASE r.pid WHEN 0 THEN 'prepared transaction' ELSE a.backend_type END AS backend_type,
       a.state,
       r.victims AS pg_blocking_root_victims,
       CASE WHEN t.began IS NOT NULL THEN greatest(extract(epoch FROM pg_catalog.clock_timestamp() - t.began), 0) END
           AS pg_blocking_root_transaction_age_seconds
FROM root AS r
LEFT JOIN activity AS a ON a.pid = r.pid
CROSS JOIN LATERAL (SELECT CASE r.pid WHEN 0 THEN (SELECT pg_catalog.min(p.prepared) FROM pg_catalog.pg_prepared_xacts AS p)
                                      ELSE a.xact_start END) AS t (began)
ORDER BY r.victims DESC, r.pid
