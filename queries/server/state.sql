-- about: The server's part in its cluster and when it started: what changes at a failover or a restart.
-- interval: 10s
-- timeout: 2s
-- limit: 10 series
-- gauge pg_in_recovery: 1 while the server replays WAL (a standby, or a recovery after a crash), 0 on a primary.
-- gauge pg_replication_is_replica: The same as pg_in_recovery, under the name that many rules know.
-- gauge pg_timeline_id: The timeline that the server writes on, or as a standby receives; each promotion begins a new
--    one.
-- gauge pg_postmaster_start_time_seconds: When the postmaster started, in seconds since 1970.
-- gauge pg_conf_load_time_seconds: When the configuration was last loaded, in seconds since 1970.
-- sql:
SELECT pg_catalog.pg_is_in_recovery() AS pg_in_recovery,
       pg_catalog.pg_is_in_recovery() AS pg_replication_is_replica,
       -- pg_control_checkpoint() alone would be late: after a promotion it names the old timeline until
       -- the next checkpoint has ended, and on a standby until the next restartpoint.
       CASE WHEN pg_catalog.pg_is_in_recovery()
            THEN coalesce((SELECT r.received_tli FROM pg_catalog.pg_stat_wal_receiver AS r),
                          greatest(checkpoint.timeline_id, recovery.min_recovery_end_timeline))
            -- The first 8 hexadecimal digits of a WAL file's name are its timeline.
            ELSE ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8))::bit(32)::integer
       END AS pg_timeline_id,
       extract(epoch FROM pg_catalog.pg_postmaster_start_time()) AS pg_postmaster_start_time_seconds,
       extract(epoch FROM pg_catalog.pg_conf_load_time()) AS pg_conf_load_time_seconds
FROM pg_catalog.pg_control_checkpoint() AS checkpoint,
     pg_catalog.pg_control_recovery() AS recovery
