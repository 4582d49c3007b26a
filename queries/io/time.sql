-- about: The time that I/O took, by who did it, on what and in which way: pg_stat_io. It is measured where track_io_timing is
--    on, of WAL where track_wal_io_timing is on as well. Both are taken to be the same for all sessions.
-- interval: 30s
-- timeout: 2s
-- needs: setting track_io_timing = on
-- limit: 1000 series
-- rows: 40 a server
-- covers: 16..: pg_stat_io came with 16.
-- label backend_type: Kind of process.
-- label object: relation, temp relation, or from 18 on wal.
-- label context: normal, vacuum, bulkread, bulkwrite, or from 18 on init (new WAL files).
-- counter pg_stat_io_read_time_seconds_total: Time spent reading, in seconds (read_time).
-- counter pg_stat_io_write_time_seconds_total: Time spent writing, in seconds (write_time).
-- counter pg_stat_io_writeback_time_seconds_total detail: Time spent asking so, in seconds (writeback_time).
-- counter pg_stat_io_extend_time_seconds_total detail: Time spent extending, in seconds (extend_time).
-- counter pg_stat_io_fsync_time_seconds_total detail: Time spent forcing files to disk, in seconds (fsync_time).
-- sql 16..:
SELECT backend_type, object, context,
       read_time / 1000 AS pg_stat_io_read_time_seconds_total,
       write_time / 1000 AS pg_stat_io_write_time_seconds_total,
       writeback_time / 1000 AS pg_stat_io_writeback_time_seconds_total,
       extend_time / 1000 AS pg_stat_io_extend_time_seconds_total,
       fsync_time / 1000 AS pg_stat_io_fsync_time_seconds_total
FROM pg_catalog.pg_stat_io
WHERE object <> 'wal' OR pg_catalog.current_setting('track_wal_io_timing') = 'on'
ORDER BY coalesce(reads, 0) + coalesce(writes, 0) + coalesce(extends, 0) + coalesce(hits, 0) DESC, backend_type, object, context
