-- Left out: this session and pgvigil's. The tolerance is the number of sessions that may have passed the threshold since pgvigil looked.
WITH session AS (
    SELECT datname, state, extract(epoch FROM clock_timestamp() - CASE WHEN state = 'active' THEN query_start ELSE state_change END) AS age
    FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND NOT (usename = 'pgvigil' AND application_name = 'pgvigil')
)
SELECT jsonb_build_object('metric', metric, 'labels', jsonb_build_object('datname', d.datname, 'threshold', threshold),
           'value', (SELECT count(*) FROM session AS s WHERE s.datname = d.datname AND s.state = t.state AND age > seconds),
           'tolerance', (SELECT count(*) FROM session AS s WHERE s.datname = d.datname AND s.state = t.state AND age > seconds AND age < seconds + 60))
FROM pg_database AS d
CROSS JOIN (VALUES ('pg_stat_activity_long_running_count', 'active', '5s', 5), ('pg_stat_activity_long_running_count', 'active', '30s', 30),
                   ('pg_stat_activity_long_running_count', 'active', '5m', 300), ('pg_stat_activity_long_idle_count', 'idle', '10m', 600),
                   ('pg_stat_activity_long_idle_count', 'idle', '1h', 3600)) AS t (metric, state, threshold, seconds)
WHERE d.datallowconn;
