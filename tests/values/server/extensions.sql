-- Left out: extensions whose files are gone.
SELECT jsonb_build_object('metric', 'pg_extension_update_available', 'value', (default_version <> installed_version)::int,
                          'labels', jsonb_build_object('datname', current_database(), 'extname', name, 'extversion', installed_version, 'default_version', default_version))
FROM pg_available_extensions WHERE installed_version IS NOT NULL;
