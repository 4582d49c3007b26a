-- about: How much WAL has come since the last checkpoint or restartpoint, which is what a crash would have to replay.
-- detail: yes
-- interval: 30s
-- timeout: 2s
-- limit: 2 series
-- gauge pg_control_redo_distance_bytes: WAL from where recovery would begin (redo_lsn) to the end of what is written, on
--    a standby to the end of what is replayed, in bytes.
-- sql:
SELECT pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                                       ELSE pg_catalog.pg_current_wal_lsn() END, c.redo_lsn) AS pg_control_redo_distance_bytes
FROM pg_catalog.pg_control_checkpoint() AS c
