-- Left out: nothing. Standing still, a server writes a record of its running transactions now and then.
SELECT jsonb_build_object('metric', 'pg_control_redo_distance_bytes', 'tolerance', 10000, 'labels', '{}'::jsonb,
                          'value', CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - redo_lsn)
FROM pg_control_checkpoint();
