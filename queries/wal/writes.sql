-- about: How often WAL was written and forced to disk, over all of the server. 18 moved that from pg_stat_wal to
--    pg_stat_io; the names are those of 14 on all majors.
-- detail: yes
-- interval: 30s
-- timeout: 2s
-- limit: 5 series
-- covers: 14..: pg_stat_wal came with 14.
-- counter pg_stat_wal_write_total: Times that WAL buffers were written out (wal_write; from 18 on writes of WAL in
--    pg_stat_io, without those of the WAL receiver and of new files).
-- counter pg_stat_wal_sync_total: Times that WAL was forced to disk (wal_sync; from 18 on fsyncs likewise).
-- sql 14..18:
SELECT wal_write AS pg_stat_wal_write_total,
       wal_sync AS pg_stat_wal_sync_total
FROM pg_catalog.pg_stat_wal
-- sql 18..:
SELECT pg_catalog.sum(i.writes) AS pg_stat_wal_write_total,
       pg_catalog.sum(i.fsyncs) AS pg_stat_wal_sync_total
FROM pg_catalog.pg_stat_io AS i
WHERE i.object = 'wal' AND i.context = 'normal' AND i.backend_type <> 'walreceiver'
