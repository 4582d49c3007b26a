-- about: WAL files that are closed and wait for the archiver. Absent where this server
--    archives nothing: archive_mode is off, or it is a standby and archive_mode is not always.
-- interval: 1m
-- timeout: 10s
-- needs: role pg_monitor
-- limit: 5 series
-- rows: none
-- gauge pg_wal_archive_pending_segments: Files that wait to be archived (archive_status/*.ready); one or two are
--    normal.
-- gauge pg_wal_archive_oldest_pending_timestamp_seconds: Since when the oldest of them has been waiting, in seconds
--    since 1970; absent if none does.
-- sql:
SELECT pg_catalog.count(f.name) AS pg_wal_archive_pending_segments,
       extract(epoch FROM pg_catalog.min(f.modification)) AS pg_wal_archive_oldest_pending_timestamp_seconds
-- One look at the directory, which holds a file for each file of pg_wal.
FROM (SELECT 1 WHERE pg_catalog.current_setting('archive_mode') = 'always'
          OR (pg_catalog.current_setting('archive_mode') = 'on' AND NOT pg_catalog.pg_is_in_recovery())) AS archiving
LEFT JOIN pg_catalog.pg_ls_archive_statusdir() AS f ON f.name LIKE '%.ready'
GROUP BY archiving
