-- about: How recovery on this standby reads blocks ahead of replay (recovery_prefetch).
-- detail: yes
-- role: standby
-- interval: 30s
-- timeout: 2s
-- limit: 20 series
-- covers: 15..: recovery reads ahead from 15 on.
-- counter pg_stat_recovery_prefetch_prefetch_total: Blocks asked for in advance, since they were not in shared buffers
--    (prefetch).
-- counter pg_stat_recovery_prefetch_hit_total: Blocks that were in shared buffers already (hit).
-- counter pg_stat_recovery_prefetch_skip_init_total: Blocks left alone because they will be zeroed (skip_init).
-- counter pg_stat_recovery_prefetch_skip_new_total: Blocks left alone because they did not exist yet (skip_new).
-- counter pg_stat_recovery_prefetch_skip_fpw_total: Blocks left alone because WAL has all of the page (skip_fpw).
-- counter pg_stat_recovery_prefetch_skip_rep_total: Blocks left alone because they were asked for a moment ago
--    (skip_rep).
-- gauge pg_stat_recovery_prefetch_wal_distance_bytes: How far ahead of replay it looks, in bytes of WAL (wal_distance).
-- gauge pg_stat_recovery_prefetch_block_distance: How many blocks it looks ahead (block_distance).
-- gauge pg_stat_recovery_prefetch_io_depth: Blocks that were asked for and are not known to be there yet (io_depth).
-- gauge pg_stat_recovery_prefetch_stats_reset_timestamp_seconds: When these statistics were last reset, in seconds
--    since 1970 (stats_reset).
-- sql 15..:
SELECT prefetch AS pg_stat_recovery_prefetch_prefetch_total,
       hit AS pg_stat_recovery_prefetch_hit_total,
       skip_init AS pg_stat_recovery_prefetch_skip_init_total,
       skip_new AS pg_stat_recovery_prefetch_skip_new_total,
       skip_fpw AS pg_stat_recovery_prefetch_skip_fpw_total,
       skip_rep AS pg_stat_recovery_prefetch_skip_rep_total,
       wal_distance AS pg_stat_recovery_prefetch_wal_distance_bytes,
       block_distance AS pg_stat_recovery_prefetch_block_distance,
       io_depth AS pg_stat_recovery_prefetch_io_depth,
       extract(epoch FROM stats_reset) AS pg_stat_recovery_prefetch_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_recovery_prefetch
