-- about: Size of each table, its indexes and its TOAST data. To measure is to open each of them, which takes the server
--    a tenth of a millisecond a table: so the 100 largest of a database are measured, and the sizes of the others are
--    those that their last vacuum or analyze wrote down. The functions that measure wait for an ACCESS EXCLUSIVE lock
--    on what they measure, so one of the 100 is left out as long as another session holds one or waits for one (behind a
--    waiting one we should queue, too). If one is taken in the instant between our look and the measuring, lock_timeout
--    ends this run, and the values of the last one stand until the next.
-- scope: database
-- cost: medium
-- interval: 5m
-- timeout: 30s
-- limit: 20000 series
-- label schemaname: Schema of the table.
-- label relname: Name of the table or materialized view; partitions are there; a partitioned table holds nothing itself and is not.
-- gauge pg_table_size_bytes: Size of the table with its TOAST data, free space map and visibility map, without indexes,
--    in bytes (pg_table_size). Of those that are not measured without the maps, and absent if no vacuum or analyze has
--    seen a page of it (relpages).
-- gauge pg_table_indexes_size_bytes: Size of all indexes of the table, in bytes (pg_indexes_size).
-- gauge pg_table_toast_size_bytes: Size of the TOAST table and its index, in bytes; contained in pg_table_size_bytes.
--    Absent for a table without one.
-- gauge pg_table_total_size_bytes: Size of the table with all that belongs to it, in bytes (pg_total_relation_size).
-- sql:
WITH locked AS MATERIALIZED (
    -- Granted or waiting. MATERIALIZED: read once, before the first size is asked for.
    SELECT DISTINCT l.relation AS oid
    FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
),
busy AS MATERIALIZED (
    -- The tables not to measure: pg_table_size opens the table, its TOAST table and the index of that,
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
),
index_pages AS MATERIALIZED (
    SELECT i.indrelid, pg_catalog.sum(x.relpages) AS pages
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
    GROUP BY i.indrelid
),
candidate AS (
    SELECT n.nspname, c.relname, c.oid, c.reltoastrelid, c.relpersistence, c.relpages,
           coalesce(t.relpages + k.pages, 0) AS toast_pages,
           coalesce(i.pages, 0) AS indexes_pages,
           pg_catalog.current_setting('block_size')::bigint AS block,
           -- Which are the largest, also where no vacuum has been for long: by rows that come some 50 to a page, and
           -- pieces of TOAST that come 4 to a page. A standby does not count rows and has the pages alone.
           pg_catalog.row_number() OVER (
               ORDER BY greatest(c.relpages, (pg_catalog.pg_stat_get_live_tuples(c.oid) + pg_catalog.pg_stat_get_dead_tuples(c.oid)) / 50)
                      + greatest(t.relpages, (pg_catalog.pg_stat_get_live_tuples(t.oid) + pg_catalog.pg_stat_get_dead_tuples(t.oid)) / 4, 0)
                      + coalesce(i.pages, 0) DESC, c.oid) <= 100 AS measured
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_class AS t ON t.oid = c.reltoastrelid
    LEFT JOIN index_pages AS k ON k.indrelid = t.oid
    LEFT JOIN index_pages AS i ON i.indrelid = c.oid
    WHERE c.relkind IN ('r', 'm')
      AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
),
size AS MATERIALIZED (
    SELECT c.nspname, c.relname, c.oid,
           -- The parts of pg_table_size, which would measure the TOAST table a second time: a quarter of the whole cost.
           CASE WHEN c.measured
                THEN pg_catalog.pg_relation_size(c.oid, 'main') + pg_catalog.pg_relation_size(c.oid, 'fsm')
                    + pg_catalog.pg_relation_size(c.oid, 'vm')
                    + CASE c.relpersistence WHEN 'u' THEN pg_catalog.pg_relation_size(c.oid, 'init') ELSE 0 END
                ELSE nullif(c.relpages, 0) * c.block END AS heap_size,
           CASE WHEN c.reltoastrelid = 0 THEN NULL
                WHEN c.measured THEN pg_catalog.pg_total_relation_size(c.reltoastrelid)
                ELSE c.toast_pages * c.block END AS toast_size,
           CASE WHEN c.measured THEN pg_catalog.pg_indexes_size(c.oid) ELSE c.indexes_pages * c.block END AS indexes_size
    FROM candidate AS c
    WHERE NOT c.measured OR c.oid NOT IN (SELECT oid FROM busy)
)
SELECT nspname AS schemaname, relname,
       heap_size + coalesce(toast_size, 0) AS pg_table_size_bytes,
       indexes_size AS pg_table_indexes_size_bytes,
       toast_size AS pg_table_toast_size_bytes,
       heap_size + coalesce(toast_size, 0) + indexes_size AS pg_table_total_size_bytes
FROM size
WHERE heap_size IS NOT NULL
ORDER BY pg_table_total_size_bytes DESC, oid
