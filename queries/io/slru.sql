-- about: The small caches for the state of transactions (SLRU). Reads of subtransaction or multixact_member that rise
--    steeply come with long transactions with many savepoints, or many lockers of one row.
-- interval: 30s
-- timeout: 2s
-- limit: 200 series
-- label name: The cache, under its name of 17 on all majors (before, transaction was Xact, subtransaction Subtrans, and
--    so on).
-- counter pg_stat_slru_blks_zeroed_total: Blocks begun anew (blks_zeroed).
-- counter pg_stat_slru_blks_hit_total: Blocks found in the cache (blks_hit).
-- counter pg_stat_slru_blks_read_total: Blocks read from disk (blks_read).
-- counter pg_stat_slru_blks_written_total: Blocks written to disk (blks_written).
-- counter pg_stat_slru_blks_exists_total: Blocks of which it was asked whether they exist (blks_exists).
-- counter pg_stat_slru_flushes_total: Flushes of all dirty blocks (flushes).
-- counter pg_stat_slru_truncates_total: Truncations (truncates).
-- gauge pg_stat_slru_stats_reset_timestamp_seconds: When these statistics were last reset, in seconds since 1970
--    (stats_reset).
-- sql 13..17:
SELECT CASE name WHEN 'CommitTs' THEN 'commit_timestamp'
                 WHEN 'MultiXactMember' THEN 'multixact_member'
                 WHEN 'MultiXactOffset' THEN 'multixact_offset'
                 WHEN 'Notify' THEN 'notify'
                 WHEN 'Serial' THEN 'serializable'
                 WHEN 'Subtrans' THEN 'subtransaction'
                 WHEN 'Xact' THEN 'transaction'
                 ELSE name END AS name,
       blks_zeroed AS pg_stat_slru_blks_zeroed_total,
       blks_hit AS pg_stat_slru_blks_hit_total,
       blks_read AS pg_stat_slru_blks_read_total,
       blks_written AS pg_stat_slru_blks_written_total,
       blks_exists AS pg_stat_slru_blks_exists_total,
       flushes AS pg_stat_slru_flushes_total,
       truncates AS pg_stat_slru_truncates_total,
       extract(epoch FROM stats_reset) AS pg_stat_slru_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_slru
ORDER BY blks_read DESC, name
-- sql 17..:
SELECT name,
       blks_zeroed AS pg_stat_slru_blks_zeroed_total,
       blks_hit AS pg_stat_slru_blks_hit_total,
       blks_read AS pg_stat_slru_blks_read_total,
       blks_written AS pg_stat_slru_blks_written_total,
       blks_exists AS pg_stat_slru_blks_exists_total,
       flushes AS pg_stat_slru_flushes_total,
       truncates AS pg_stat_slru_truncates_total,
       extract(epoch FROM stats_reset) AS pg_stat_slru_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_slru
ORDER BY blks_read DESC, name
