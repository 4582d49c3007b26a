-- about: The server's part in its cluster and when it started: what changes at a failover or a restart.
-- interval: 10s
-- timeout: 2s
-- limit: 10 series
-- gauge pg_in_recovery: 1 while the server replays WAL (a standby, or a recovery after a crash), 0 on a primary.
-- gauge pg_replication_is_replica: The same as pg_in_recovery, under the name that many rules know.
-- gauge pg_postmaster_start_time_seconds: When the postmaster started, in seconds since 1970.
-- gauge pg_conf_load_time_seconds: When the configuration was last loaded, in seconds since 1970.
-- sql:
-- Nothing here that a managed service may refuse: positions in the WAL and the control file are in files of their own.
SELECT pg_catalog.pg_is_in_recovery() AS pg_in_recovery,
       pg_catalog.pg_is_in_recovery() AS pg_replication_is_replica,
       extract(epoch FROM pg_catalog.pg_postmaster_start_time()) AS pg_postmaster_start_time_seconds,
       extract(epoch FROM pg_catalog.pg_conf_load_time()) AS pg_conf_load_time_seconds
