-- about: Time that backends spent on reading and writing blocks, by database (pg_stat_database). It is measured where
--    track_io_timing is on, which is taken to be the same for all sessions.
-- interval: 15s
-- timeout: 5s
-- needs: setting track_io_timing = on
-- limit: 3000 series
-- label datname: The database; empty for the catalogs that all databases share.
-- counter pg_stat_database_blk_read_time_seconds_total: Time that backends spent reading blocks, in seconds (blk_read_time).
-- counter pg_stat_database_blk_write_time_seconds_total detail: Time that backends spent writing blocks, in seconds
--    (blk_write_time).
-- sql:
SELECT datname,
       blk_read_time / 1000 AS pg_stat_database_blk_read_time_seconds_total,
       blk_write_time / 1000 AS pg_stat_database_blk_write_time_seconds_total
FROM pg_catalog.pg_stat_database
ORDER BY xact_commit + xact_rollback DESC, datid
