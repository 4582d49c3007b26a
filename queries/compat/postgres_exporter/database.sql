-- about: postgres_exporter's limit of connections to each database; its sizes are those of database/size.
-- enabled: no
-- interval: 1m
-- timeout: 2s
-- limit: 1000 series
-- label datname: The database.
-- gauge pg_database_connection_limit: Connections that the database admits (datconnlimit); -1 means without a limit of
--    its own, -2 that DROP DATABASE was interrupted.
-- sql:
SELECT datname,
       datconnlimit AS pg_database_connection_limit
FROM pg_catalog.pg_database
ORDER BY datconnlimit DESC, datname
