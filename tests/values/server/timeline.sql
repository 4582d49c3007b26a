-- Left out: nothing. It is asked of the control file, which is right as long as the timeline is not a new one; the test of a promotion looks at
-- that.
SELECT jsonb_build_object('metric', 'pg_timeline_id', 'labels', '{}'::jsonb, 'value', timeline_id) FROM pg_control_checkpoint();
