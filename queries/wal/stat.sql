-- about: WAL that was generated, over all of the server. How it was written is in wal/writes.
-- interval: 30s
-- timeout: 2s
-- limit: 10 series
-- covers: 14..: pg_stat_wal came with 14; wal/position has the bytes of 13.
-- counter pg_stat_wal_records_total: WAL records generated (wal_records).
-- counter pg_stat_wal_fpi_total: Images of whole pages among them (wal_fpi); many of them after each checkpoint mean
--    checkpoints too close together.
-- counter pg_stat_wal_fpi_bytes_total detail: What these images take, in bytes (wal_fpi_bytes).
-- counter pg_stat_wal_bytes_total detail: WAL generated, in bytes (wal_bytes).
-- counter pg_stat_wal_buffers_full_total: Times that WAL was written because wal_buffers were full (wal_buffers_full).
-- gauge pg_stat_wal_stats_reset_timestamp_seconds detail: When pg_stat_wal was last reset, in seconds since 1970
--    (stats_reset).
-- sql:
SELECT wal_records AS pg_stat_wal_records_total,
       wal_fpi AS pg_stat_wal_fpi_total,
       wal_fpi_bytes AS pg_stat_wal_fpi_bytes_total, --[19..]
       wal_bytes AS pg_stat_wal_bytes_total,
       wal_buffers_full AS pg_stat_wal_buffers_full_total,
       extract(epoch FROM stats_reset) AS pg_stat_wal_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_wal
