-- Left out: this session. pgvigil leaves out its own. Ages go on while nobody looks, hence the tolerance; a 0 is exact.
WITH session AS (
    SELECT *, clock_timestamp() - xact_start AS age FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND NOT (usename = 'pgvigil' AND application_name = 'pgvigil') AND datname <> '' AND state <> '' AND state <> 'starting'
),
longest AS (
    SELECT datname, state, usename, application_name, backend_type, wait_event_type, wait_event, max(age) AS age
    FROM session GROUP BY 1, 2, 3, 4, 5, 6, 7
    UNION ALL
    SELECT datname, u.state, NULL, NULL, NULL, NULL, NULL, NULL
    FROM pg_database,
         unnest('{active,idle,idle in transaction,idle in transaction (aborted),fastpath function call,disabled}'::text[]) AS u (state)
    WHERE NOT EXISTS (SELECT FROM session AS s WHERE s.datname = pg_database.datname AND s.state = u.state)
)
SELECT jsonb_build_object('metric', 'pg_stat_activity_max_tx_duration', 'value', coalesce(extract(epoch FROM age), 0),
                          'tolerance', CASE WHEN age IS NULL THEN 0 ELSE 60 END, 'labels', to_jsonb(l) - 'age')
FROM longest AS l;
