-- Left out: sessions from another machine, which a test does not have. This session is one; hence the tolerance.
SELECT jsonb_build_object('metric', 'pg_superuser_sessions', 'labels', jsonb_build_object('usename', usename, 'origin', origin), 'tolerance', CASE origin WHEN 'socket' THEN 1 ELSE 0 END,
                          'value', (SELECT count(*) FROM pg_stat_activity AS a WHERE a.usename = u.usename AND backend_type ~ '^client|^walsender' AND coalesce(host(client_addr), '') ~ pattern))
FROM pg_user AS u, (VALUES ('socket', '^$'), ('loopback', '^127\.|^::1$'), ('network', '^(?!127\.|::1$).')) AS o (origin, pattern)
WHERE u.usesuper;
