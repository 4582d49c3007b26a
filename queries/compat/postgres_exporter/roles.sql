-- about: postgres_exporter's limit of connections of each role.
-- enabled: no
-- interval: 1m
-- timeout: 2s
-- limit: 2000 series
-- label rolname: The role.
-- gauge pg_roles_connection_limit: Connections that the role may have (rolconnlimit); -1 means without limit.
-- sql:
SELECT rolname,
       rolconnlimit AS pg_roles_connection_limit
FROM pg_catalog.pg_roles
ORDER BY rolconnlimit DESC, rolname
