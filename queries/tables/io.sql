-- about: Every column of pg_statio_user_tables: blocks of each table, its indexes and its TOAST data that were found in
--    the server's cache or were not. A block that was not there was perhaps in the cache of the operating system.
-- enabled: no
-- scope: database
-- cost: medium
-- interval: 5m
-- timeout: 10s
-- needs: setting track_counts = on
-- limit: 50000 series
-- label schemaname: Schema of the table.
-- label relname: Name of the table or materialized view.
-- counter pg_statio_user_tables_heap_blks_read_total: Blocks of the table that were read (heap_blks_read).
-- counter pg_statio_user_tables_heap_blks_hit_total: Blocks of the table found in the cache (heap_blks_hit).
-- counter pg_statio_user_tables_idx_blks_read_total: Blocks of all its indexes that were read; absent for a table
--    without indexes (idx_blks_read).
-- counter pg_statio_user_tables_idx_blks_hit_total: Blocks of all its indexes found in the cache; absent for a table
--    without indexes (idx_blks_hit).
-- counter pg_statio_user_tables_toast_blks_read_total: Blocks of its TOAST table that were read; absent for a table
--    without one (toast_blks_read).
-- counter pg_statio_user_tables_toast_blks_hit_total: Blocks of its TOAST table found in the cache; absent for a table
--    without one (toast_blks_hit).
-- counter pg_statio_user_tables_tidx_blks_read_total: Blocks of the index of its TOAST table that were read; absent for
--    a table without one (tidx_blks_read).
-- counter pg_statio_user_tables_tidx_blks_hit_total: Blocks of the index of its TOAST table found in the cache; absent
--    for a table without one (tidx_blks_hit).
-- sql:
SELECT s.schemaname, s.relname,
       pg_catalog.max(s.heap_blks_read) AS pg_statio_user_tables_heap_blks_read_total,
       pg_catalog.max(s.heap_blks_hit) AS pg_statio_user_tables_heap_blks_hit_total,
       pg_catalog.max(s.idx_blks_read) AS pg_statio_user_tables_idx_blks_read_total,
       pg_catalog.max(s.idx_blks_hit) AS pg_statio_user_tables_idx_blks_hit_total,
       pg_catalog.max(s.toast_blks_read) AS pg_statio_user_tables_toast_blks_read_total,
       pg_catalog.max(s.toast_blks_hit) AS pg_statio_user_tables_toast_blks_hit_total,
       -- On 13 and 14 the view has a row for each index of the TOAST table, of which a REINDEX CONCURRENTLY that was
       -- interrupted leaves a second one. What is of the table itself is the same in all of them.
       pg_catalog.sum(s.tidx_blks_read) AS pg_statio_user_tables_tidx_blks_read_total,
       pg_catalog.sum(s.tidx_blks_hit) AS pg_statio_user_tables_tidx_blks_hit_total
FROM pg_catalog.pg_statio_user_tables AS s
WHERE pg_catalog.left(s.schemaname, 8) <> 'pg_temp_'
GROUP BY s.relid, s.schemaname, s.relname
ORDER BY pg_catalog.max(s.heap_blks_read + s.heap_blks_hit) DESC, s.relid
