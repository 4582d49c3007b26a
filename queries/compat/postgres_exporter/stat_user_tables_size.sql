-- about: postgres_exporter's sizes of each table, in every database; see tables/size, which says why a table on which
--    a session holds an ACCESS EXCLUSIVE lock, or waits for one, is left out.
-- enabled: no
-- scope: database
-- cost: high
-- interval: 5m
-- timeout: 30s
-- limit: 20000 series
-- label schemaname: Schema of the table.
-- label relname: Name of the table or materialized view; a partitioned table holds nothing itself and is not there.
-- gauge pg_stat_user_tables_table_size_bytes: Size of the table with its TOAST data, free space map and visibility map,
--    without indexes, in bytes (pg_table_size).
-- gauge pg_stat_user_tables_index_size_bytes: Size of all indexes of the table, in bytes (pg_indexes_size).
-- sql:
WITH locked AS MATERIALIZED (
    -- Granted or waiting. MATERIALIZED: read once, before the first size is asked for.
    SELECT DISTINCT l.relation AS oid
    FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
),
busy AS MATERIALIZED (
    -- The tables to leave alone: pg_table_size opens the table, its TOAST table and the index of that,
    -- pg_indexes_size each index. So a lock on any of them counts for the table.
    SELECT oid FROM locked
    UNION
    SELECT i.indrelid FROM locked JOIN pg_catalog.pg_index AS i ON i.indexrelid = locked.oid
    UNION
    SELECT c.oid FROM pg_catalog.pg_class AS c
    WHERE c.reltoastrelid IN (SELECT oid FROM locked
                              UNION
                              SELECT i.indrelid FROM locked JOIN pg_catalog.pg_index AS i ON i.indexrelid = locked.oid)
      AND c.reltoastrelid <> 0
)
SELECT n.nspname AS schemaname, c.relname,
       pg_catalog.pg_table_size(c.oid) AS pg_stat_user_tables_table_size_bytes,
       pg_catalog.pg_indexes_size(c.oid) AS pg_stat_user_tables_index_size_bytes
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm')
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND c.oid NOT IN (SELECT oid FROM busy)
ORDER BY pg_stat_user_tables_table_size_bytes DESC NULLS LAST, c.oid
