-- Left out: nothing. pgvigil's own connections come and go, and this is one; hence the tolerance.
SELECT jsonb_build_object('metric', metric, 'labels', jsonb_build_object('datname', datname), 'value', value, 'tolerance', tolerance)
FROM pg_database
CROSS JOIN LATERAL (VALUES ('pg_database_connections', (SELECT count(*) FROM pg_stat_activity AS a WHERE a.datname = pg_database.datname AND a.backend_type = 'client backend'), 2),
                           ('pg_database_connections_max', nullif(nullif(datconnlimit, -1), -2), 0),
                           ('pg_database_invalid', CASE datconnlimit WHEN -2 THEN 1 ELSE 0 END, 0)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
