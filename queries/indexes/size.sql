-- about: Size of each index, and whether the server can use it. As with tables/size, the 200 largest of a database are
--    measured, unless a session holds or awaits an ACCESS EXCLUSIVE lock on them, and the sizes of the others are those
--    that their last vacuum or analyze wrote down.
-- scope: database
-- cost: medium
-- interval: 5m
-- timeout: 30s
-- limit: 20000 series
-- label schemaname: Schema of the table.
-- label relname: Table that the index is on.
-- label indexrelname: Name of the index; those of partitions are there; those of partitioned tables hold nothing and are not.
-- gauge pg_index_size_bytes: Size of the index, in bytes (pg_table_size of the index, that is with its free space map;
--    relpages of those that are not measured).
-- gauge pg_index_valid: 0 if queries cannot use the index, for instance after CREATE INDEX CONCURRENTLY failed
--    (pg_index.indisvalid); writes keep it up to date all the same.
-- gauge pg_index_unique: 1 if the index enforces a unique or exclusion constraint and so is needed even if it is never
--    scanned.
-- sql:
WITH locked AS MATERIALIZED (
    -- Granted or waiting. MATERIALIZED: read once, before the first size is asked for.
    SELECT DISTINCT l.relation AS oid
    FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
),
candidate AS (
    SELECT n.nspname, t.relname, c.relname AS indexrelname, c.oid, c.relpages,
           i.indisvalid, i.indisunique OR i.indisexclusion AS indisunique,
           -- Which are the largest, also where no vacuum has been for long: entries come some 200 to a page.
           pg_catalog.row_number() OVER (
               ORDER BY greatest(c.relpages, (pg_catalog.pg_stat_get_live_tuples(t.oid) + pg_catalog.pg_stat_get_dead_tuples(t.oid)) / 200)
                        DESC, c.oid) <= 200 AS measured
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE t.relkind IN ('r', 'm')
      AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
),
index AS MATERIALIZED (
    SELECT c.*,
           CASE WHEN NOT c.measured THEN nullif(c.relpages, 0) * pg_catalog.current_setting('block_size')::bigint
                WHEN c.oid NOT IN (SELECT oid FROM locked) THEN pg_catalog.pg_table_size(c.oid) END AS size
    FROM candidate AS c
)
SELECT nspname AS schemaname, relname, indexrelname,
       size AS pg_index_size_bytes,
       indisvalid AS pg_index_valid,
       indisunique AS pg_index_unique
FROM index
ORDER BY size DESC NULLS LAST, oid
