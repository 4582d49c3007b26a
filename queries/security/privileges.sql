-- about: How many roles have rights that a watchful administrator keeps few.
-- interval: 10m
-- timeout: 2s
-- limit: 20 series
-- rows: 6 a server
-- label privilege: superuser, createrole, createdb, replication, bypassrls, login.
-- gauge pg_roles_count: Roles that have the attribute themselves; what comes through membership does not count.
-- sql:
SELECT p.privilege,
       pg_catalog.count(*) FILTER (WHERE p.has) AS pg_roles_count
FROM pg_catalog.pg_roles AS r,
     LATERAL (VALUES ('superuser', r.rolsuper), ('createrole', r.rolcreaterole), ('createdb', r.rolcreatedb),
                     ('replication', r.rolreplication), ('bypassrls', r.rolbypassrls), ('login', r.rolcanlogin)) AS p (privilege, has)
GROUP BY p.privilege
ORDER BY p.privilege
