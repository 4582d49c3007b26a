-- about: postgres_exporter's names for what pg_stat_database counts of blocks, rows, files and faults; see database/work.
-- enabled: no
-- naming: foreign
-- interval: 15s
-- timeout: 5s
-- needs: setting track_counts = on
-- limit: 10000 series
-- label datid: OID of the database.
-- label datname: The database.
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
-- sql:
SELECT datid, datname,
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
       deadlocks AS pg_stat_database_deadlocks
FROM pg_catalog.pg_stat_database
-- The row of what all databases share has no name.
WHERE datname IS NOT NULL
ORDER BY xact_commit + xact_rollback DESC, datid
