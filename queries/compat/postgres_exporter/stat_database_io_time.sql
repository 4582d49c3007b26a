-- about: postgres_exporter's names for the times of I/O in pg_stat_database; see database/io_time. They are in
--    milliseconds, since they are so there.
-- enabled: no
-- naming: foreign
-- interval: 15s
-- timeout: 5s
-- needs: setting track_io_timing = on
-- limit: 3000 series
-- label datid: OID of the database.
-- label datname: The database.
-- counter pg_stat_database_blk_read_time: Time that backends spent reading blocks, in milliseconds (blk_read_time).
-- counter pg_stat_database_blk_write_time: Time that backends spent writing blocks, in milliseconds (blk_write_time).
-- sql:
SELECT datid, datname,
       blk_read_time AS pg_stat_database_blk_read_time,
       blk_write_time AS pg_stat_database_blk_write_time
FROM pg_catalog.pg_stat_database
-- The row of what all databases share has no name.
WHERE datname IS NOT NULL
ORDER BY xact_commit + xact_rollback DESC, datid
