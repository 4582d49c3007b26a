-- about: Every column of pg_stat_database, one row a database, and one with an empty datname for what all databases
--    share.
-- interval: 15s
-- timeout: 5s
-- limit: 10000 series
-- label datname: The database; empty for the catalogs that all databases share.
-- gauge pg_stat_database_numbackends: Connections to the database, those of background processes included
--    (numbackends).
-- counter pg_stat_database_xact_commit_total: Transactions committed (xact_commit).
-- counter pg_stat_database_xact_rollback_total: Transactions rolled back (xact_rollback).
-- counter pg_stat_database_blks_read_total: Blocks that were not in shared buffers and were read from the operating
--    system (blks_read).
-- counter pg_stat_database_blks_hit_total: Blocks found in shared buffers (blks_hit).
-- counter pg_stat_database_tup_returned_total: Live rows fetched by sequential scans, and index entries returned by
--    index scans (tup_returned).
-- counter pg_stat_database_tup_fetched_total: Live rows fetched by index scans (tup_fetched).
-- counter pg_stat_database_tup_inserted_total: Rows inserted (tup_inserted).
-- counter pg_stat_database_tup_updated_total: Rows updated (tup_updated).
-- counter pg_stat_database_tup_deleted_total: Rows deleted (tup_deleted).
-- counter pg_stat_database_conflicts_total: Queries cancelled on a standby because they conflicted with recovery
--    (conflicts).
-- counter pg_stat_database_temp_files_total: Temporary files that queries created (temp_files).
-- counter pg_stat_database_temp_bytes_total: Bytes that queries wrote to temporary files (temp_bytes).
-- counter pg_stat_database_deadlocks_total: Deadlocks (deadlocks).
-- counter pg_stat_database_checksum_failures_total: Pages whose checksum was wrong: corrupted data. Absent where
--    checksums are off.
-- gauge pg_stat_database_checksum_last_failure_timestamp_seconds: When the last wrong checksum was found, in seconds
--    since 1970; absent if never (checksum_last_failure).
-- counter pg_stat_database_blk_read_time_seconds_total: Time that backends spent reading blocks, in seconds; 0 without
--    track_io_timing (blk_read_time).
-- counter pg_stat_database_blk_write_time_seconds_total: Time that backends spent writing blocks, in seconds; 0 without
--    track_io_timing (blk_write_time).
-- counter pg_stat_database_session_time_seconds_total [14..]: Time that sessions have lasted, in seconds; counted when
--    their state changes (session_time).
-- counter pg_stat_database_active_time_seconds_total [14..]: Time spent executing statements, in seconds (active_time).
-- counter pg_stat_database_idle_in_transaction_time_seconds_total [14..]: Time spent idle within a transaction, in
--    seconds (idle_in_transaction_time).
-- counter pg_stat_database_sessions_total [14..]: Sessions begun (sessions).
-- counter pg_stat_database_sessions_abandoned_total [14..]: Sessions whose client went away without a word
--    (sessions_abandoned).
-- counter pg_stat_database_sessions_fatal_total [14..]: Sessions ended by a fatal error (sessions_fatal).
-- counter pg_stat_database_sessions_killed_total [14..]: Sessions ended by an operator (sessions_killed).
-- counter pg_stat_database_parallel_workers_to_launch_total [18..]: Parallel workers that queries asked for
--    (parallel_workers_to_launch).
-- counter pg_stat_database_parallel_workers_launched_total [18..]: Parallel workers that queries got
--    (parallel_workers_launched).
-- gauge pg_stat_database_stats_reset_timestamp_seconds: When these statistics were last reset, in seconds since 1970;
--    absent if never (stats_reset).
-- sql 13..14:
SELECT datname,
       numbackends AS pg_stat_database_numbackends,
       xact_commit AS pg_stat_database_xact_commit_total,
       xact_rollback AS pg_stat_database_xact_rollback_total,
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
       extract(epoch FROM checksum_last_failure) AS pg_stat_database_checksum_last_failure_timestamp_seconds,
       blk_read_time / 1000 AS pg_stat_database_blk_read_time_seconds_total,
       blk_write_time / 1000 AS pg_stat_database_blk_write_time_seconds_total,
       extract(epoch FROM stats_reset) AS pg_stat_database_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_database
ORDER BY xact_commit + xact_rollback DESC, datid
-- sql 14..18:
SELECT datname,
       numbackends AS pg_stat_database_numbackends,
       xact_commit AS pg_stat_database_xact_commit_total,
       xact_rollback AS pg_stat_database_xact_rollback_total,
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
       extract(epoch FROM checksum_last_failure) AS pg_stat_database_checksum_last_failure_timestamp_seconds,
       blk_read_time / 1000 AS pg_stat_database_blk_read_time_seconds_total,
       blk_write_time / 1000 AS pg_stat_database_blk_write_time_seconds_total,
       session_time / 1000 AS pg_stat_database_session_time_seconds_total,
       active_time / 1000 AS pg_stat_database_active_time_seconds_total,
       idle_in_transaction_time / 1000 AS pg_stat_database_idle_in_transaction_time_seconds_total,
       sessions AS pg_stat_database_sessions_total,
       sessions_abandoned AS pg_stat_database_sessions_abandoned_total,
       sessions_fatal AS pg_stat_database_sessions_fatal_total,
       sessions_killed AS pg_stat_database_sessions_killed_total,
       extract(epoch FROM stats_reset) AS pg_stat_database_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_database
ORDER BY xact_commit + xact_rollback DESC, datid
-- sql 18..:
SELECT datname,
       numbackends AS pg_stat_database_numbackends,
       xact_commit AS pg_stat_database_xact_commit_total,
       xact_rollback AS pg_stat_database_xact_rollback_total,
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
       extract(epoch FROM checksum_last_failure) AS pg_stat_database_checksum_last_failure_timestamp_seconds,
       blk_read_time / 1000 AS pg_stat_database_blk_read_time_seconds_total,
       blk_write_time / 1000 AS pg_stat_database_blk_write_time_seconds_total,
       session_time / 1000 AS pg_stat_database_session_time_seconds_total,
       active_time / 1000 AS pg_stat_database_active_time_seconds_total,
       idle_in_transaction_time / 1000 AS pg_stat_database_idle_in_transaction_time_seconds_total,
       sessions AS pg_stat_database_sessions_total,
       sessions_abandoned AS pg_stat_database_sessions_abandoned_total,
       sessions_fatal AS pg_stat_database_sessions_fatal_total,
       sessions_killed AS pg_stat_database_sessions_killed_total,
       parallel_workers_to_launch AS pg_stat_database_parallel_workers_to_launch_total,
       parallel_workers_launched AS pg_stat_database_parallel_workers_launched_total,
       extract(epoch FROM stats_reset) AS pg_stat_database_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_database
ORDER BY xact_commit + xact_rollback DESC, datid
