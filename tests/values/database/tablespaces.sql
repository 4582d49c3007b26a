-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_tablespace_size_bytes', 'labels', jsonb_build_object('spcname', spcname), 'value', pg_tablespace_size(spcname))
FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global');
