-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_static', 'value', 1, 'labels', jsonb_build_object(
    -- A pre-release, such as 19rc1, has no second part yet.
    'version', version(), 'short_version', regexp_replace(split_part(version(), ' ', 2), '^(\d+)(beta|rc|devel).*$', '\1.0') || '.0'));
