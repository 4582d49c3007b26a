-- about: Every column of pg_stat_user_indexes, one row an index; those of other sessions' temporary tables are left
--    out.
-- scope: database
-- cost: medium
-- interval: 1m
-- timeout: 10s
-- needs: setting track_counts = on
-- limit: 20000 series
-- label schemaname: Schema of the table.
-- label relname: Table that the index is on.
-- label indexrelname: Name of the index.
-- counter pg_stat_user_indexes_idx_scan_total: Scans of the index (idx_scan). On a standby its own scans count, so ask
--    all servers before you drop one.
-- gauge pg_stat_user_indexes_last_idx_scan_timestamp_seconds: When the last scan ended, in seconds since 1970
--    (last_idx_scan); absent if never.
-- counter pg_stat_user_indexes_idx_tup_read_total detail: Index entries returned by scans (idx_tup_read).
-- counter pg_stat_user_indexes_idx_tup_fetch_total detail: Live rows fetched by simple scans of the index
--    (idx_tup_fetch).
-- gauge pg_stat_user_indexes_stats_reset_timestamp_seconds detail: When all this was last reset for this index, in
--    seconds since 1970 (stats_reset); absent if never. An index is unused since then, and not for ever.
-- sql:
SELECT s.schemaname, s.relname, s.indexrelname,
       s.idx_scan AS pg_stat_user_indexes_idx_scan_total,
       extract(epoch FROM s.last_idx_scan) AS pg_stat_user_indexes_last_idx_scan_timestamp_seconds, --[16..]
       s.idx_tup_read AS pg_stat_user_indexes_idx_tup_read_total,
       s.idx_tup_fetch AS pg_stat_user_indexes_idx_tup_fetch_total
     , extract(epoch FROM s.stats_reset) AS pg_stat_user_indexes_stats_reset_timestamp_seconds --[19..]
FROM pg_catalog.pg_stat_user_indexes AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.indexrelid AND c.relpersistence <> 't'
-- The largest first, by what the last vacuum or analyze found; that costs nothing.
ORDER BY c.relpages DESC, c.oid
