-- about: Whether replay on this standby stands still because it was paused.
-- role: standby
-- interval: 10s
-- timeout: 2s
-- limit: 2 series
-- gauge pg_replication_replay_paused: 1 if replay was paused by hand (pg_wal_replay_pause).
-- sql:
-- Asked in a CASE, since it is an error on a server that has just been promoted.
SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_is_wal_replay_paused() END AS pg_replication_replay_paused
