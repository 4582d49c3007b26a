-- Left out: this session, which came after pgvigil looked. The tolerance is for pgvigil's second, short-lived connection.
SELECT jsonb_build_object('metric', 'pg_connections_used', 'labels', '{}'::jsonb, 'tolerance', 1, 'value',
           (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()))
UNION ALL
SELECT jsonb_build_object('metric', 'pg_connections_max', 'labels', '{}'::jsonb, 'value',
           (SELECT setting::integer FROM pg_settings WHERE name = 'max_connections'))
UNION ALL
SELECT jsonb_build_object('metric', 'pg_connections_reserved', 'labels', '{}'::jsonb, 'value',
           (SELECT sum(setting::integer) FROM pg_settings WHERE name IN ('superuser_reserved_connections', 'reserved_connections')));
