-- Left out: nothing. The link is alive.
SELECT jsonb_build_object('metric', 'pg_replication_lag_bytes', 'labels', '{}'::jsonb, 'tolerance', 20000,
                          'value', pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()));
