-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_settings_info', 'value', 1, 'labels', jsonb_object_agg(name, setting) FILTER (WHERE setting <> ''))
FROM pg_settings
WHERE name IN ('wal_level', 'archive_mode', 'synchronous_commit', 'synchronous_standby_names', 'huge_pages', 'wal_sync_method', 'recovery_target_timeline');
