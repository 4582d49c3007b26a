-- about: WAL that was generated and written, over all of the server. 18 moved writing and forcing to pg_stat_io; the
--    names are those of 14 on all majors.
-- interval: 30s
-- timeout: 2s
-- limit: 10 series
-- covers: 14..: pg_stat_wal came with 14; wal/position has the bytes of 13.
-- counter pg_stat_wal_records_total: WAL records generated (wal_records).
-- counter pg_stat_wal_fpi_total: Images of whole pages among them (wal_fpi); many of them after each checkpoint mean
--    checkpoints too close together.
-- counter pg_stat_wal_fpi_bytes_total [19..]: What these images take, in bytes (wal_fpi_bytes).
-- counter pg_stat_wal_bytes_total: WAL generated, in bytes (wal_bytes).
-- counter pg_stat_wal_buffers_full_total: Times that WAL was written because wal_buffers were full (wal_buffers_full).
-- counter pg_stat_wal_write_total: Times that WAL buffers were written out (wal_write; from 18 on writes of WAL in
--    pg_stat_io, without those of the WAL receiver and of new files).
-- counter pg_stat_wal_sync_total: Times that WAL was forced to disk (wal_sync; from 18 on fsyncs likewise).
-- counter pg_stat_wal_write_time_seconds_total: Time spent writing WAL, in seconds; 0 without track_wal_io_timing
--    (wal_write_time; from 18 on write_time likewise).
-- counter pg_stat_wal_sync_time_seconds_total: Time spent forcing WAL to disk, in seconds; 0 without
--    track_wal_io_timing (wal_sync_time; from 18 on fsync_time likewise).
-- gauge pg_stat_wal_stats_reset_timestamp_seconds: When pg_stat_wal was last reset, in seconds since 1970
--    (stats_reset).
-- sql 14..18:
SELECT wal_records AS pg_stat_wal_records_total,
       wal_fpi AS pg_stat_wal_fpi_total,
       wal_bytes AS pg_stat_wal_bytes_total,
       wal_buffers_full AS pg_stat_wal_buffers_full_total,
       wal_write AS pg_stat_wal_write_total,
       wal_sync AS pg_stat_wal_sync_total,
       wal_write_time / 1000 AS pg_stat_wal_write_time_seconds_total,
       wal_sync_time / 1000 AS pg_stat_wal_sync_time_seconds_total,
       extract(epoch FROM stats_reset) AS pg_stat_wal_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_wal
-- sql 18..19:
SELECT w.wal_records AS pg_stat_wal_records_total,
       w.wal_fpi AS pg_stat_wal_fpi_total,
       w.wal_bytes AS pg_stat_wal_bytes_total,
       w.wal_buffers_full AS pg_stat_wal_buffers_full_total,
       io.writes AS pg_stat_wal_write_total,
       io.fsyncs AS pg_stat_wal_sync_total,
       io.write_time / 1000 AS pg_stat_wal_write_time_seconds_total,
       io.fsync_time / 1000 AS pg_stat_wal_sync_time_seconds_total,
       extract(epoch FROM w.stats_reset) AS pg_stat_wal_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_wal AS w,
     (SELECT pg_catalog.sum(i.writes) AS writes, pg_catalog.sum(i.fsyncs) AS fsyncs,
             pg_catalog.sum(i.write_time) AS write_time, pg_catalog.sum(i.fsync_time) AS fsync_time
      FROM pg_catalog.pg_stat_io AS i
      WHERE i.object = 'wal' AND i.context = 'normal' AND i.backend_type <> 'walreceiver') AS io
-- sql 19..:
SELECT w.wal_records AS pg_stat_wal_records_total,
       w.wal_fpi AS pg_stat_wal_fpi_total,
       w.wal_fpi_bytes AS pg_stat_wal_fpi_bytes_total,
       w.wal_bytes AS pg_stat_wal_bytes_total,
       w.wal_buffers_full AS pg_stat_wal_buffers_full_total,
       io.writes AS pg_stat_wal_write_total,
       io.fsyncs AS pg_stat_wal_sync_total,
       io.write_time / 1000 AS pg_stat_wal_write_time_seconds_total,
       io.fsync_time / 1000 AS pg_stat_wal_sync_time_seconds_total,
       extract(epoch FROM w.stats_reset) AS pg_stat_wal_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_wal AS w,
     (SELECT pg_catalog.sum(i.writes) AS writes, pg_catalog.sum(i.fsyncs) AS fsyncs,
             pg_catalog.sum(i.write_time) AS write_time, pg_catalog.sum(i.fsync_time) AS fsync_time
      FROM pg_catalog.pg_stat_io AS i
      WHERE i.object = 'wal' AND i.context = 'normal' AND i.backend_type <> 'walreceiver') AS io
