-- about: Time that writing and forcing WAL to disk took, over all of the server. It is measured where track_wal_io_timing is
--    on, which is taken to be the same for all sessions.
-- detail: yes
-- interval: 30s
-- timeout: 2s
-- needs: setting track_wal_io_timing = on
-- limit: 5 series
-- rows: none
-- covers: 14..: pg_stat_wal came with 14.
-- counter pg_stat_wal_write_time_seconds_total: Time spent writing WAL, in seconds
--    (wal_write_time; from 18 on write_time likewise).
-- counter pg_stat_wal_sync_time_seconds_total: Time spent forcing WAL to disk, in seconds (wal_sync_time; from 18 on fsync_time likewise).
-- sql 14..18:
SELECT wal_write_time / 1000 AS pg_stat_wal_write_time_seconds_total,
       wal_sync_time / 1000 AS pg_stat_wal_sync_time_seconds_total
FROM pg_catalog.pg_stat_wal
-- sql 18..:
SELECT pg_catalog.sum(i.write_time) / 1000 AS pg_stat_wal_write_time_seconds_total,
       pg_catalog.sum(i.fsync_time) / 1000 AS pg_stat_wal_sync_time_seconds_total
FROM pg_catalog.pg_stat_io AS i
WHERE i.object = 'wal' AND i.context = 'normal' AND i.backend_type <> 'walreceiver'
