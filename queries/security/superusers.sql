-- about: Sessions of superusers by where they come from. Applications and people from outside should not need one.
-- detail: yes
-- interval: 30s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 300 series
-- label usename: A role that is a superuser and may log in.
-- label origin: socket, loopback (127.0.0.0/8 or ::1), or network. What comes through a proxy on the same machine is
--    loopback.
-- gauge pg_superuser_sessions: Client sessions of that role from there, WAL senders included.
-- sql:
WITH session AS MATERIALIZED (
    SELECT a.usesysid, a.pid,
           CASE WHEN a.client_addr IS NULL THEN 'socket'
                WHEN a.client_addr <<= '127.0.0.0/8' OR a.client_addr = '::1' THEN 'loopback'
                ELSE 'network' END AS origin
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.backend_type IN ('client backend', 'walsender')
)
SELECT r.rolname AS usename, o.origin,
       pg_catalog.count(s.pid) AS pg_superuser_sessions
FROM pg_catalog.pg_roles AS r
CROSS JOIN pg_catalog.unnest('{network,loopback,socket}'::text[]) AS o (origin)
LEFT JOIN session AS s ON s.usesysid = r.oid AND s.origin = o.origin
WHERE r.rolsuper AND r.rolcanlogin
GROUP BY r.rolname, o.origin
ORDER BY o.origin = 'network' DESC, pg_catalog.count(s.pid) DESC, r.rolname, o.origin
