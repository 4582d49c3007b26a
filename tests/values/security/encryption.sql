-- Left out: gss and sessions from another machine, which a test does not have. pgvigil's connections and this one, none of which is encrypted, come and go; hence the tolerance.
SELECT jsonb_build_object('metric', 'pg_sessions_by_encryption', 'labels', jsonb_strip_nulls(jsonb_build_object('origin', origin, 'encryption', CASE WHEN version IS NULL THEN 'none' ELSE 'ssl' END, 'version', version)),
                          'value', count(pid), 'tolerance', CASE WHEN version IS NULL THEN 2 ELSE 0 END)
FROM (VALUES ('socket', '^$'), ('loopback', '^127\.|^::1$'), ('network', '^(?!127\.|::1$).')) AS o (origin, pattern)
LEFT JOIN (SELECT pid, coalesce(host(client_addr), '') AS address, version FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE backend_type ~ '^client|^walsender') AS a ON address ~ pattern
GROUP BY origin, version;
