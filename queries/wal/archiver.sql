-- about: What the archiver has done (pg_stat_archiver). On an idle server nothing is archived for a long time, and that
--    is well; whether something waits for it says wal/archive_queue.
-- interval: 30s
-- timeout: 2s
-- limit: 10 series
-- counter pg_stat_archiver_archived_total: WAL files archived (archived_count).
-- counter pg_stat_archiver_failed_total: Attempts to archive a WAL file that failed (failed_count).
-- gauge pg_stat_archiver_last_archived_timestamp_seconds: When a WAL file was last archived, in seconds since 1970
--    (last_archived_time); absent if never.
-- gauge pg_stat_archiver_last_failed_timestamp_seconds: When an attempt last failed, in seconds since 1970
--    (last_failed_time); absent if never.
-- gauge pg_stat_archiver_stats_reset_timestamp_seconds detail: When these statistics were last reset, in seconds
--    since 1970 (stats_reset).
-- sql:
SELECT archived_count AS pg_stat_archiver_archived_total,
       failed_count AS pg_stat_archiver_failed_total,
       extract(epoch FROM last_archived_time) AS pg_stat_archiver_last_archived_timestamp_seconds,
       extract(epoch FROM last_failed_time) AS pg_stat_archiver_last_failed_timestamp_seconds,
       extract(epoch FROM stats_reset) AS pg_stat_archiver_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_archiver
