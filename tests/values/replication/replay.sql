-- Left out: nothing. The link is alive. While all is replayed the lag is 0, else (replay is paused) it is the time since the last
-- transaction that was replayed. What is right when the link is cut or its sender frozen is a test of its own.
SELECT jsonb_build_object('metric', metric, 'value', value, 'tolerance', tolerance, 'labels', '{}'::jsonb)
FROM (SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) AS behind) AS b
CROSS JOIN LATERAL (VALUES
    ('pg_replication_lag_seconds', CASE WHEN behind = 0 THEN 0 ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END, CASE WHEN behind = 0 THEN 0.6 ELSE 60 END)) AS m (metric, value, tolerance);
