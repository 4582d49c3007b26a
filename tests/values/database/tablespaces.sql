-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_tablespace_size_bytes', 'value', pg_tablespace_size(spcname),
                          'labels', jsonb_build_object('spcname', spcname, 'location', pg_tablespace_location(oid)))
FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global');
