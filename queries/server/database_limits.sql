-- about: Databases whose number of connections is limited, and databases that are broken.
-- interval: 30s
-- timeout: 2s
-- limit: 3000 series
-- label datname: The database.
-- gauge pg_database_connections: Client sessions in the database; absent without pg_read_all_stats, as no other role is told
--    which sessions are clients'.
-- gauge pg_database_connections_max: How many there may be (datconnlimit); absent without a limit of its own.
--    Superusers are not bound by it.
-- gauge pg_database_invalid detail: 1 if DROP DATABASE was interrupted, so that no connection is possible and it can only be
--    dropped (datconnlimit is -2).
-- sql:
SELECT d.datname,
       CASE WHEN pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') THEN pg_catalog.count(a.pid) END AS pg_database_connections,
       CASE WHEN d.datconnlimit >= 0 THEN d.datconnlimit END AS pg_database_connections_max,
       d.datconnlimit = -2 AS pg_database_invalid
FROM pg_catalog.pg_database AS d
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.datid = d.oid AND a.backend_type = 'client backend'
GROUP BY d.datname, d.datconnlimit
ORDER BY d.datconnlimit = -2 DESC, d.datconnlimit < 0, pg_catalog.count(a.pid) DESC, d.datname
