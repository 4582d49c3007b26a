-- about: Every column of pg_statio_user_indexes: blocks of each index that were found in the server's cache or were not.
--    A block that was not there was perhaps in the cache of the operating system.
-- enabled: no
-- scope: database
-- cost: medium
-- interval: 5m
-- timeout: 10s
-- needs: setting track_counts = on
-- limit: 20000 series
-- label schemaname: Schema of the table.
-- label relname: Table that the index is on.
-- label indexrelname: Name of the index.
-- counter pg_statio_user_indexes_idx_blks_read_total: Blocks of the index that were read (idx_blks_read).
-- counter pg_statio_user_indexes_idx_blks_hit_total: Blocks of the index found in the cache (idx_blks_hit).
-- sql:
SELECT s.schemaname, s.relname, s.indexrelname,
       s.idx_blks_read AS pg_statio_user_indexes_idx_blks_read_total,
       s.idx_blks_hit AS pg_statio_user_indexes_idx_blks_hit_total
FROM pg_catalog.pg_statio_user_indexes AS s
WHERE pg_catalog.left(s.schemaname, 8) <> 'pg_temp_'
ORDER BY s.idx_blks_read + s.idx_blks_hit DESC, s.indexrelid
