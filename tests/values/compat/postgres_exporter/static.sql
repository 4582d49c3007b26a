-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_static', 'value', 1, 'labels', jsonb_build_object(
    'version', version(), 'short_version', (regexp_match(version(), '^PostgreSQL (\d+\.\d+)'))[1] || '.0'));
