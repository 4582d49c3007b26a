-- Left out: roles that cannot log in. pgvigil's own connections come and go; hence the tolerance.
SELECT jsonb_build_object('metric', metric, 'labels', jsonb_build_object('usename', usename), 'value', value, 'tolerance', CASE WHEN metric = 'pg_role_connections' THEN 2 ELSE 0 END)
FROM (SELECT rolname AS usename, nullif(rolconnlimit, -1) AS most, nullif(rolvaliduntil, 'infinity') AS until,
             (SELECT count(*) FROM pg_stat_activity WHERE usename = rolname AND backend_type = 'client backend') AS number
      FROM pg_authid WHERE rolcanlogin) AS r
CROSS JOIN LATERAL (VALUES ('pg_role_connections', CASE WHEN most IS NOT NULL THEN number END::numeric), ('pg_role_connections_max', most::numeric),
                           ('pg_role_password_expiry_timestamp_seconds', extract(epoch FROM until)::numeric)) AS m (metric, value)
WHERE value IS NOT NULL;
