-- about: The small caches for the state of transactions (SLRU). Reads of subtransaction or multixact_member that rise
--    steeply come with long transactions with many savepoints, or many lockers of one row.
-- interval: 30s
-- timeout: 2s
-- limit: 200 series
-- rows: 8 a server
-- label name: The cache, under its name of 17 on all majors (before, transaction was Xact, subtransaction Subtrans, and
--    so on).
-- counter pg_stat_slru_blks_zeroed_total detail: Blocks zeroed (blks_zeroed).
-- counter pg_stat_slru_blks_hit_total: Blocks found in the cache (blks_hit).
-- counter pg_stat_slru_blks_read_total: Blocks read from disk (blks_read).
-- counter pg_stat_slru_blks_written_total detail: Blocks written to disk (blks_written).
-- counter pg_stat_slru_blks_exists_total detail: Blocks of which it was asked whether they exist (blks_exists).
-- counter pg_stat_slru_flushes_total detail: Flushes of all dirty blocks (flushes).
-- counter pg_stat_slru_truncates_total detail: Truncations (truncates).
-- gauge pg_stat_slru_stats_reset_timestamp_seconds detail: When these statistics were last reset, in seconds since 1970
--    (stats_reset).
-- sql:
SELECT CASE name WHEN 'CommitTs' THEN 'commit_timestamp' --[..17]
                 WHEN 'MultiXactMember' THEN 'multixact_member' --[..17]
                 WHEN 'MultiXactOffset' THEN 'multixact_offset' --[..17]
                 WHEN 'Notify' THEN 'notify' --[..17]
                 WHEN 'Serial' THEN 'serializable' --[..17]
                 WHEN 'Subtrans' THEN 'subtransaction' --[..17]
                 WHEN 'Xact' THEN 'transaction' --[..17]
                 ELSE name END AS name, --[..17]
SELECT name, --[17..]
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
