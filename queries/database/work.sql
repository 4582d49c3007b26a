-- about: What pg_stat_database counts of blocks, rows, files, conflicts and faults, one row a database, and one with an
--    empty datname for what all databases share. The server counts it where track_counts is on, which is taken to be the
--    same for all sessions; else nothing here would be the truth.
-- interval: 15s
-- timeout: 5s
-- needs: setting track_counts = on
-- limit: 10000 series
-- label datname: The database; empty for the catalogs that all databases share.
-- counter pg_stat_database_blks_read_total: Blocks that were not in shared buffers and were read from the operating
--    system (blks_read).
-- counter pg_stat_database_blks_hit_total: Blocks found in shared buffers (blks_hit).
-- counter pg_stat_database_tup_returned_total detail: Live rows fetched by sequential scans, and index entries
--    returned by index scans (tup_returned).
-- counter pg_stat_database_tup_fetched_total detail: Live rows fetched by index scans (tup_fetched).
-- counter pg_stat_database_tup_inserted_total: Rows inserted (tup_inserted).
-- counter pg_stat_database_tup_updated_total: Rows updated (tup_updated).
-- counter pg_stat_database_tup_deleted_total: Rows deleted (tup_deleted).
-- counter pg_stat_database_conflicts_total: Queries cancelled on a standby because they conflicted with recovery
--    (conflicts).
-- counter pg_stat_database_temp_files_total detail: Temporary files that queries created (temp_files).
-- counter pg_stat_database_temp_bytes_total: Bytes that queries wrote to temporary files (temp_bytes).
-- counter pg_stat_database_deadlocks_total: Deadlocks (deadlocks).
-- counter pg_stat_database_checksum_failures_total: Pages whose checksum was wrong: corrupted data. Absent where
--    checksums are off.
-- gauge pg_stat_database_checksum_last_failure_timestamp_seconds: When the last wrong checksum was found, in seconds
--    since 1970; absent if never (checksum_last_failure).
-- sql:
SELECT datname,
       blks_read AS pg_stat_database_blks_read_total,
       blks_hit AS pg_stat_database_blks_hit_total,
       tup_returned AS pg_stat_database_tup_returned_total,
       tup_fetched AS pg_stat_database_tup_fetched_total,
       tup_inserted AS pg_stat_database_tup_inserted_total,
       tup_updated AS pg_stat_database_tup_updated_total,
       tup_deleted AS pg_stat_database_tup_deleted_total,
       conflicts AS pg_stat_database_conflicts_total,
       temp_files AS pg_stat_database_temp_files_total,
       temp_bytes AS pg_stat_database_temp_bytes_total,
       deadlocks AS pg_stat_database_deadlocks_total,
       checksum_failures AS pg_stat_database_checksum_failures_total,
       extract(epoch FROM checksum_last_failure) AS pg_stat_database_checksum_last_failure_timestamp_seconds
FROM pg_catalog.pg_stat_database
ORDER BY xact_commit + xact_rollback DESC, datid
