-- Left out: nothing. Files grow a little meanwhile: statistics, and what looking writes.
SELECT jsonb_build_object('metric', 'pg_tablespace_size_bytes', 'value', pg_tablespace_size(spcname), 'tolerance', 4000000,
                          'labels', jsonb_build_object('spcname', spcname, 'location', pg_tablespace_location(oid)))
FROM pg_tablespace;
