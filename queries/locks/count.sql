-- about: Locks in the shared lock table, by database, mode and whether they are granted. pgvigil's own are left out.
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 5000 series
-- rows: 16 a database
-- label datname: Database of what is locked; for what belongs to none (transactions, shared objects) that of the
--    session; empty for a prepared transaction's or a server process's.
-- label mode: Mode of the lock in small letters, as other exporters have it: accessexclusivelock.
-- label granted: true if it is held, false if it is waited for.
-- gauge pg_locks_count: Locks with these labels; 0 is given for every mode of every database.
-- sql:
WITH session AS MATERIALIZED (
    SELECT a.pid, a.datid, a.usename, a.application_name FROM pg_catalog.pg_stat_activity AS a
),
held AS (
    SELECT coalesce(nullif(l.database, 0), s.datid) AS datid, pg_catalog.lower(l.mode) AS mode, l.granted, pg_catalog.count(*) AS locks
    FROM pg_catalog.pg_locks AS l
    LEFT JOIN session AS s ON s.pid = l.pid
    WHERE l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
      -- The role too: any client can choose the name.
      AND (s.usename = session_user AND s.application_name = 'pgvigil') IS NOT TRUE
    GROUP BY 1, 2, 3
),
-- Zeros, so that a graph has no gaps and an alert's end can be seen.
none AS (
    SELECT d.oid, m.mode, g.granted, 0
    FROM pg_catalog.pg_database AS d
    CROSS JOIN (VALUES ('accesssharelock'), ('rowsharelock'), ('rowexclusivelock'), ('shareupdateexclusivelock'), ('sharelock'),
                       ('sharerowexclusivelock'), ('exclusivelock'), ('accessexclusivelock')) AS m (mode)
    CROSS JOIN (VALUES (true), (false)) AS g (granted)
    WHERE d.datallowconn
)
SELECT d.datname, l.mode, l.granted::text AS granted,
       pg_catalog.sum(l.locks)::bigint AS pg_locks_count
FROM (SELECT * FROM held UNION ALL SELECT * FROM none) AS l (datid, mode, granted, locks)
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = l.datid
GROUP BY d.datname, l.mode, l.granted
ORDER BY pg_locks_count DESC, d.datname, l.mode, l.granted
