-- Left out: nothing.
SELECT jsonb_strip_nulls(jsonb_build_object('metric', 'pg_server_info', 'value', 1, 'labels', jsonb_build_object(
    'version', (regexp_match(version(), '^PostgreSQL ([^ ,]+)'))[1],
    'version_num', :'SERVER_VERSION_NUM'::text,
    'system_identifier', (SELECT system_identifier::text FROM pg_control_system()),
    'cluster_name', (SELECT nullif(setting, '') FROM pg_settings WHERE name = 'cluster_name'))));
