-- about: Roles whose connections are limited or whose password expires. Other roles are left out, so that thousands of
--    them cost nothing.
-- interval: 30s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 3000 series
-- label usename: The role.
-- gauge pg_role_connections: Client sessions of the role; absent if it has no limit.
-- gauge pg_role_connections_max: How many it may have (rolconnlimit); absent if it has no limit. Superusers are not
--    bound by it.
-- gauge pg_role_password_expiry_timestamp_seconds: When its password expires or has expired, in seconds since 1970
--    (rolvaliduntil); absent if never. Sessions that exist go on, and other ways to log in are not affected.
-- sql:
WITH session AS MATERIALIZED (
    SELECT a.usesysid, pg_catalog.count(*) AS number
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.backend_type = 'client backend'
    GROUP BY a.usesysid
)
SELECT r.rolname AS usename,
       CASE WHEN r.rolconnlimit >= 0 THEN coalesce(s.number, 0) END AS pg_role_connections,
       CASE WHEN r.rolconnlimit >= 0 THEN r.rolconnlimit END AS pg_role_connections_max,
       -- 'infinity' means never, too.
       CASE WHEN pg_catalog.isfinite(r.rolvaliduntil) THEN extract(epoch FROM r.rolvaliduntil) END
           AS pg_role_password_expiry_timestamp_seconds
FROM pg_catalog.pg_roles AS r
LEFT JOIN session AS s ON s.usesysid = r.oid
WHERE r.rolcanlogin AND (r.rolconnlimit >= 0 OR pg_catalog.isfinite(r.rolvaliduntil))
ORDER BY r.rolvaliduntil NULLS LAST, r.rolname
