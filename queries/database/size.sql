-- about: Size of each database. It is measured by asking for the size of every file of the database, and waits for no
--    lock.
-- cost: medium
-- interval: 5m
-- timeout: 30s
-- limit: 1000 series
-- label datname: The database.
-- gauge pg_database_size_bytes: Size of the database on disk, in bytes (pg_database_size); absent where the role may
--    neither connect to it nor has pg_read_all_stats.
-- sql:
SELECT d.datname,
       -- Without the right it is an error, which should cost all databases their size.
       CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
            THEN pg_catalog.pg_database_size(d.oid) END AS pg_database_size_bytes
FROM pg_catalog.pg_database AS d
ORDER BY pg_database_size_bytes DESC NULLS LAST, d.datname
