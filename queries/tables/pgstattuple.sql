-- about: What pgstattuple_approx finds in the largest tables from 1 MB on: free space from the free space map, dead rows
--    from reading each page that is not known to be all visible. So it is off until you turn it on, and bounded: tables
--    that take more than 1 GB of reading are left out, and so are those beyond a sum of 4 GB, and those that a session
--    holds or wants an ACCESS EXCLUSIVE lock on.
-- enabled: no
-- scope: database
-- cost: high
-- interval: 6h
-- timeout: 2m
-- needs: extension pgstattuple
-- needs: role pg_stat_scan_tables
-- limit: 600 series
-- label schemaname: Schema of the table.
-- label relname: Name of the table or materialized view.
-- gauge pg_stattuple_approx_table_bytes: Size of the table, in bytes (table_len).
-- gauge pg_stattuple_approx_scanned_ratio: Part of the table that was read, 0 to 1 (scanned_percent).
-- gauge pg_stattuple_approx_tuples: Live rows, estimated (approx_tuple_count).
-- gauge pg_stattuple_approx_tuples_bytes: What they take, in bytes, estimated (approx_tuple_len).
-- gauge pg_stattuple_approx_dead_tuples: Dead rows (dead_tuple_count).
-- gauge pg_stattuple_approx_dead_tuples_bytes: What they take, in bytes (dead_tuple_len).
-- gauge pg_stattuple_approx_free_bytes: Free space, in bytes, estimated (approx_free_space).
-- sql:
WITH locked AS MATERIALIZED (
    -- Granted or waiting. MATERIALIZED: read once, before the first table is opened.
    SELECT DISTINCT l.relation AS oid
    FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
),
candidate AS (
    SELECT c.oid, n.nspname, c.relname, c.relpages,
           (c.relpages - c.relallvisible) * pg_catalog.current_setting('block_size')::bigint AS to_read
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
    WHERE c.relkind IN ('r', 'm')
      AND m.amname = 'heap'
      AND c.relpersistence <> 't'
      -- Nobody can read an unlogged one on a standby.
      AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
      AND c.relpages >= 1048576 / pg_catalog.current_setting('block_size')::integer
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND c.oid NOT IN (SELECT l.oid FROM locked AS l)
),
bounded AS MATERIALIZED (
    SELECT c.*, pg_catalog.sum(c.to_read) OVER (ORDER BY c.relpages DESC, c.oid) AS sum_to_read
    FROM candidate AS c
    WHERE c.to_read <= 1073741824
    ORDER BY c.relpages DESC, c.oid
    LIMIT 80
)
SELECT b.nspname AS schemaname, b.relname,
       a.table_len AS pg_stattuple_approx_table_bytes,
       a.scanned_percent / 100 AS pg_stattuple_approx_scanned_ratio,
       a.approx_tuple_count AS pg_stattuple_approx_tuples,
       a.approx_tuple_len AS pg_stattuple_approx_tuples_bytes,
       a.dead_tuple_count AS pg_stattuple_approx_dead_tuples,
       a.dead_tuple_len AS pg_stattuple_approx_dead_tuples_bytes,
       a.approx_free_space AS pg_stattuple_approx_free_bytes
FROM bounded AS b
CROSS JOIN LATERAL @extschema:pgstattuple@.pgstattuple_approx(b.oid) AS a
WHERE b.sum_to_read <= 4294967296
ORDER BY b.relpages DESC, b.oid
