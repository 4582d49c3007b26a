-- Left out: nothing. Standing still, a server writes a record of its running transactions now and then.
SELECT jsonb_build_object('metric', metric, 'value', value, 'tolerance', tolerance, 'labels', '{}'::jsonb)
FROM pg_control_checkpoint() AS c
CROSS JOIN LATERAL (VALUES ('pg_control_checkpoint_timestamp_seconds', extract(epoch FROM checkpoint_time)::float8, 0),
                           ('pg_control_redo_distance_bytes',
                            CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - redo_lsn, 10000)) AS m (metric, value, tolerance);
