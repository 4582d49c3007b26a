-- Left out: this session and pgvigil's. Ages go on while nobody looks, hence the tolerance; a 0 is exact.
WITH session AS (
    SELECT datname, usename, state, clock_timestamp() - xact_start AS tx, clock_timestamp() - query_start AS query, clock_timestamp() - state_change AS state_age
    FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND NOT (usename = 'pgvigil' AND application_name = 'pgvigil')
),
pair AS (
    SELECT DISTINCT datname, usename FROM session
    UNION ALL
    SELECT datname, NULL FROM pg_database WHERE datallowconn AND datname NOT IN (SELECT datname FROM session)
)
SELECT jsonb_build_object('metric', metric, 'value', coalesce(extract(epoch FROM age), 0), 'tolerance', CASE WHEN age IS NULL THEN 0 ELSE 60 END,
                          'labels', jsonb_strip_nulls(jsonb_build_object('datname', p.datname, 'usename', p.usename)))
FROM pair AS p
CROSS JOIN LATERAL (VALUES
    ('pg_stat_activity_max_tx_seconds', (SELECT tx FROM session AS s WHERE (s.datname, s.usename) = (p.datname, p.usename) ORDER BY tx DESC NULLS LAST LIMIT 1)),
    ('pg_stat_activity_max_query_seconds', (SELECT query FROM session AS s WHERE (s.datname, s.usename) = (p.datname, p.usename) AND state = 'active' ORDER BY query DESC LIMIT 1)),
    ('pg_stat_activity_max_idle_in_transaction_seconds', (SELECT state_age FROM session AS s WHERE (s.datname, s.usename) = (p.datname, p.usename)
                                                          AND state IN ('idle in transaction', 'idle in transaction (aborted)') ORDER BY state_age DESC LIMIT 1))) AS m (metric, age);
