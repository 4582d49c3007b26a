-- about: Positions in the WAL, in bytes since the beginning of the cluster's history.
-- interval: 10s
-- timeout: 2s
-- limit: 5 series
-- counter pg_wal_written_bytes_total: End of the WAL that this primary has written, in bytes (pg_current_wal_lsn); its
--    rate is the WAL that is generated. Absent on a standby.
-- gauge pg_wal_receive_position_bytes detail: End of the WAL that this standby has received and flushed, in bytes
--    (pg_last_wal_receive_lsn). Not a counter: it goes back when the standby restarts at the beginning of a WAL file, or
--    on another timeline.
-- gauge pg_wal_replay_position_bytes detail: End of the WAL that this standby has replayed, in bytes
--    (pg_last_wal_replay_lsn).
-- sql:
-- In a CASE, since pg_current_wal_lsn() is an error on a standby, and the others speak of the past on a promoted one.
SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_wal_lsn() - '0/0'::pg_catalog.pg_lsn END
           AS pg_wal_written_bytes_total,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn() - '0/0'::pg_catalog.pg_lsn END
           AS pg_wal_receive_position_bytes,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() - '0/0'::pg_catalog.pg_lsn END
           AS pg_wal_replay_position_bytes
