-- about: postgres_exporter's names for pg_stat_database; see database/stat. Times are in milliseconds, and the moment of
--    the last reset is a counter, since they are so there.
-- enabled: no
-- naming: foreign
-- interval: 15s
-- timeout: 5s
-- limit: 10000 series
-- label datid: OID of the database.
-- label datname: The database.
-- counter pg_stat_database_xact_commit: Transactions committed (xact_commit).
-- counter pg_stat_database_xact_rollback: Transactions rolled back (xact_rollback).
-- counter pg_stat_database_blks_read: Blocks that were not in shared buffers and were read from the operating system
--    (blks_read).
-- counter pg_stat_database_blks_hit: Blocks found in shared buffers (blks_hit).
-- counter pg_stat_database_tup_returned: Live rows fetched by sequential scans, and index entries returned by index
--    scans (tup_returned).
-- counter pg_stat_database_tup_fetched: Live rows fetched by index scans (tup_fetched).
-- counter pg_stat_database_tup_inserted: Rows inserted (tup_inserted).
-- counter pg_stat_database_tup_updated: Rows updated (tup_updated).
-- counter pg_stat_database_tup_deleted: Rows deleted (tup_deleted).
-- counter pg_stat_database_conflicts: Queries cancelled on a standby because they conflicted with recovery (conflicts).
-- counter pg_stat_database_temp_files: Temporary files that queries created (temp_files).
-- counter pg_stat_database_temp_bytes: Bytes that queries wrote to temporary files (temp_bytes).
-- counter pg_stat_database_deadlocks: Deadlocks (deadlocks).
-- counter pg_stat_database_blk_read_time: Time that backends spent reading blocks, in milliseconds; 0 without
--    track_io_timing (blk_read_time).
-- counter pg_stat_database_blk_write_time: Time that backends spent writing blocks, in milliseconds; 0 without
--    track_io_timing (blk_write_time).
-- counter pg_stat_database_stats_reset: When these statistics were last reset, in seconds since 1970; absent if never
--    (stats_reset).
-- sql:
SELECT datid, datname,
       xact_commit AS pg_stat_database_xact_commit,
       xact_rollback AS pg_stat_database_xact_rollback,
       blks_read AS pg_stat_database_blks_read,
       blks_hit AS pg_stat_database_blks_hit,
       tup_returned AS pg_stat_database_tup_returned,
       tup_fetched AS pg_stat_database_tup_fetched,
       tup_inserted AS pg_stat_database_tup_inserted,
       tup_updated AS pg_stat_database_tup_updated,
       tup_deleted AS pg_stat_database_tup_deleted,
       conflicts AS pg_stat_database_conflicts,
       temp_files AS pg_stat_database_temp_files,
       temp_bytes AS pg_stat_database_temp_bytes,
       deadlocks AS pg_stat_database_deadlocks,
       blk_read_time AS pg_stat_database_blk_read_time,
       blk_write_time AS pg_stat_database_blk_write_time,
       extract(epoch FROM stats_reset) AS pg_stat_database_stats_reset
FROM pg_catalog.pg_stat_database
-- The row of what all databases share has no name.
WHERE datname IS NOT NULL
ORDER BY xact_commit + xact_rollback DESC, datid
