-- about: The timeline of the server's WAL. It is asked of the WAL on a primary and of the WAL receiver and the control file
--    on a standby.
-- interval: 10s
-- timeout: 2s
-- limit: 2 series
-- gauge pg_timeline_id: The timeline that the server writes on, or as a standby receives; each promotion begins a new
--    one.
-- sql:
-- pg_control_checkpoint() alone would be late: after a promotion it names the old timeline until the next checkpoint has
-- ended, and on a standby until the next restartpoint.
SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
            THEN coalesce((SELECT r.received_tli FROM pg_catalog.pg_stat_wal_receiver AS r),
                          (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline)
                           FROM pg_catalog.pg_control_checkpoint() AS c, pg_catalog.pg_control_recovery() AS r))
            -- The first 8 hexadecimal digits of a WAL file's name are its timeline.
            ELSE ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8))::bit(32)::integer
       END AS pg_timeline_id
