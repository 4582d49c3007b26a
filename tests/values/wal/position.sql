-- Left out: nothing. The tolerance is for what the server writes on its own account; reading, too, may write (hint bits).
SELECT pg_is_in_recovery() AS standby
\gset
\if :standby
SELECT jsonb_build_object('metric', metric, 'labels', '{}'::jsonb, 'value', pg_wal_lsn_diff(lsn, '0/0'), 'tolerance', 1000000)
FROM (VALUES ('pg_wal_receive_position_bytes', pg_last_wal_receive_lsn()), ('pg_wal_replay_position_bytes', pg_last_wal_replay_lsn())) AS m (metric, lsn)
WHERE lsn IS NOT NULL;
\else
SELECT jsonb_build_object('metric', 'pg_wal_written_bytes_total', 'labels', '{}'::jsonb, 'value', pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0'), 'tolerance', 1000000);
\endif
