-- Left out: nothing. setup.sql makes these histories; what is asked here is not the catalog but each of them by name.
WITH one (schema, readable, rank, done, failed, last) AS (
    SELECT 'migrated', 1, max(CASE WHEN success THEN installed_rank END), sum(success::int), sum((NOT success)::int),
           extract(epoch FROM max(CASE WHEN success THEN installed_on END) AT TIME ZONE current_setting('TimeZone')) FROM migrated.flyway_schema_history
    UNION ALL SELECT 'migrated "too"', 1, NULL, 0, 0, NULL
    UNION ALL SELECT 'hidden', 0, NULL, NULL, NULL, NULL
)
SELECT jsonb_build_object('metric', 'pg_flyway_' || metric, 'value', value, 'labels', jsonb_build_object('datname', current_database(), 'schemaname', schema))
FROM one
CROSS JOIN LATERAL (VALUES ('history_readable', readable), ('installed_rank', rank), ('migrations', done), ('failed_migrations', failed),
                           ('last_success_timestamp_seconds', last)) AS m (metric, value)
WHERE value IS NOT NULL;
