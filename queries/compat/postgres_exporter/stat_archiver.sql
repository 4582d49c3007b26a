-- about: postgres_exporter's names for what the archiver has done; see wal/archiver, and wal/archive_queue for whether
--    something waits for it.
-- enabled: no
-- naming: foreign
-- interval: 30s
-- timeout: 2s
-- limit: 10 series
-- counter pg_stat_archiver_archived_count: WAL files archived (archived_count).
-- counter pg_stat_archiver_failed_count: Attempts to archive a WAL file that failed (failed_count).
-- gauge pg_stat_archiver_last_archive_age: Time since a WAL file was last archived, in seconds (last_archived_time);
--    absent if never. It grows on an idle server, where there is nothing to archive.
-- sql:
SELECT archived_count AS pg_stat_archiver_archived_count,
       failed_count AS pg_stat_archiver_failed_count,
       -- In a CASE, since greatest(NULL, 0) is 0.
       CASE WHEN last_archived_time IS NOT NULL
            THEN greatest(extract(epoch FROM pg_catalog.clock_timestamp() - last_archived_time), 0)
       END AS pg_stat_archiver_last_archive_age
FROM pg_catalog.pg_stat_archiver
