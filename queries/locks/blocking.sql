-- about: The roots of the blocking trees: sessions that wait for no lock themselves, and for which others wait,
--    directly or behind one another. To end such a session ends the jam. The 20 with the most direct victims are shown.
--    A deadlock has no root: the server breaks it within deadlock_timeout, and pg_stat_database_deadlocks_total counts
--    it.
-- interval: 10s
-- timeout: 3s
-- needs: role pg_read_all_stats
-- limit: 40 series
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
    SELECT a.pid, a.leader_pid, a.datname, a.usename, a.application_name, a.backend_type, a.state, a.xact_start, a.wait_event_type
    FROM pg_catalog.pg_stat_activity AS a
),
waiter AS MATERIALIZED (
    -- A parallel worker waits on behalf of its leader, and pg_blocking_pids, too, speaks of leaders only.
    SELECT DISTINCT coalesce(leader_pid, pid) AS pid
    FROM activity
    WHERE wait_event_type = 'Lock'
),
edge AS MATERIALIZED (
    -- pg_blocking_pids stops the whole lock manager for a moment: it is called for waiters and for nobody else.
    SELECT DISTINCT blocker.pid AS blocker, w.pid AS victim
    FROM waiter AS w
    CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) AS blocker (pid)
    WHERE blocker.pid <> w.pid
),
root AS MATERIALIZED (
    SELECT blocker AS pid
    FROM edge
    WHERE blocker NOT IN (SELECT pid FROM waiter)
    GROUP BY blocker
    ORDER BY pg_catalog.count(*) DESC, blocker
    LIMIT 20
),
-- UNION and not UNION ALL: a victim that is reached on two ways counts once, and a circle ends.
tree AS (
    SELECT root.pid AS root, edge.victim
    FROM root JOIN edge ON edge.blocker = root.pid
    UNION
    SELECT tree.root, edge.victim
    FROM tree JOIN edge ON edge.blocker = tree.victim
),
victims AS (
    SELECT root AS pid, pg_catalog.count(*) AS victims
    FROM tree
    GROUP BY root
)
SELECT v.pid, a.datname, a.usename, a.application_name,
       CASE v.pid WHEN 0 THEN 'prepared transaction' ELSE a.backend_type END AS backend_type,
       a.state,
       v.victims AS pg_blocking_root_victims,
       CASE WHEN t.began IS NOT NULL THEN greatest(extract(epoch FROM pg_catalog.clock_timestamp() - t.began), 0) END
           AS pg_blocking_root_transaction_age_seconds
FROM victims AS v
LEFT JOIN activity AS a ON a.pid = v.pid
CROSS JOIN LATERAL (SELECT CASE v.pid WHEN 0 THEN (SELECT pg_catalog.min(p.prepared) FROM pg_catalog.pg_prepared_xacts AS p)
                                      ELSE a.xact_start END) AS t (began)
ORDER BY v.victims DESC, v.pid
