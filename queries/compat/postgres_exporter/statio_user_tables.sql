-- about: postgres_exporter's names for pg_statio_user_tables, in every database; see tables/io.
-- enabled: no
-- naming: foreign
-- scope: database
-- cost: medium
-- interval: 5m
-- timeout: 10s
-- limit: 50000 series
-- label schemaname: Schema of the table.
-- label relname: Name of the table or materialized view.
-- counter pg_statio_user_tables_heap_blocks_read: Blocks of the table that were read (heap_blks_read).
-- counter pg_statio_user_tables_heap_blocks_hit: Blocks of the table found in the cache (heap_blks_hit).
-- counter pg_statio_user_tables_idx_blocks_read: Blocks of all its indexes that were read; absent for a table without
--    indexes (idx_blks_read).
-- counter pg_statio_user_tables_idx_blocks_hit: Blocks of all its indexes found in the cache; absent for a table without
--    indexes (idx_blks_hit).
-- counter pg_statio_user_tables_toast_blocks_read: Blocks of its TOAST table that were read; absent for a table without
--    one (toast_blks_read).
-- counter pg_statio_user_tables_toast_blocks_hit: Blocks of its TOAST table found in the cache; absent for a table
--    without one (toast_blks_hit).
-- counter pg_statio_user_tables_tidx_blocks_read: Blocks of the index of its TOAST table that were read; absent for a
--    table without one (tidx_blks_read).
-- counter pg_statio_user_tables_tidx_blocks_hit: Blocks of the index of its TOAST table found in the cache; absent for a
--    table without one (tidx_blks_hit).
-- sql:
SELECT s.schemaname, s.relname,
       s.heap_blks_read AS pg_statio_user_tables_heap_blocks_read,
       s.heap_blks_hit AS pg_statio_user_tables_heap_blocks_hit,
       s.idx_blks_read AS pg_statio_user_tables_idx_blocks_read,
       s.idx_blks_hit AS pg_statio_user_tables_idx_blocks_hit,
       s.toast_blks_read AS pg_statio_user_tables_toast_blocks_read,
       s.toast_blks_hit AS pg_statio_user_tables_toast_blocks_hit,
       s.tidx_blks_read AS pg_statio_user_tables_tidx_blocks_read,
       s.tidx_blks_hit AS pg_statio_user_tables_tidx_blocks_hit
FROM pg_catalog.pg_statio_user_tables AS s
WHERE pg_catalog.left(s.schemaname, 8) <> 'pg_temp_'
ORDER BY s.heap_blks_read + s.heap_blks_hit DESC, s.relid
