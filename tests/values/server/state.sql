-- Left out: nothing.
SELECT jsonb_build_object('metric', metric, 'labels', '{}'::jsonb, 'value', value)
FROM (VALUES ('pg_in_recovery', CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END::numeric),
             ('pg_replication_is_replica', CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END),
             ('pg_postmaster_start_time_seconds', extract(epoch FROM pg_postmaster_start_time())::numeric),
             ('pg_conf_load_time_seconds', extract(epoch FROM pg_conf_load_time())::numeric)) AS m (metric, value);
