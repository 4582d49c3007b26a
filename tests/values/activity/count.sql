-- Left out: this session. pgvigil's own is idle by now and was active when it looked.
SELECT jsonb_build_object('metric', 'pg_stat_activity_count', 'value', count(*),
                          'labels', jsonb_strip_nulls(jsonb_build_object('datname', datname, 'usename', usename, 'state', seen,
                                                                         'application_name', nullif(application_name, ''))))
FROM pg_stat_activity, LATERAL (SELECT CASE application_name WHEN 'pgvigil' THEN 'active' ELSE state END) AS s (seen)
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
GROUP BY datname, usename, application_name, seen;
