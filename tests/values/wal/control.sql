-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_control_checkpoint_timestamp_seconds', 'value', extract(epoch FROM checkpoint_time)::float8, 'labels', '{}'::jsonb)
FROM pg_control_checkpoint();
