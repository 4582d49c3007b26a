-- Left out: nothing. setup.sql makes these histories; what is asked here is not the catalog but each of them by name.
WITH one (schema, readable, number, done, failed, last, locked, since) AS (
    SELECT 'migrated', 1, max(orderexecuted), count(*), sum((exectype = 'FAILED')::int),
           extract(epoch FROM max(dateexecuted) AT TIME ZONE current_setting('TimeZone')), (SELECT locked::int FROM migrated.databasechangeloglock),
           (SELECT extract(epoch FROM lockgranted AT TIME ZONE current_setting('TimeZone')) FROM migrated.databasechangeloglock)
    FROM migrated.databasechangelog
    UNION ALL SELECT 'migrated "too"', 1, NULL, 0, 0, NULL, 0, NULL
    UNION ALL SELECT 'hidden', 0, NULL, NULL, NULL, NULL, NULL, NULL
)
SELECT jsonb_build_object('metric', 'pg_liquibase_' || metric, 'value', value, 'labels', jsonb_build_object('datname', current_database(), 'schemaname', schema))
FROM one
CROSS JOIN LATERAL (VALUES ('history_readable', readable), ('order_executed', number), ('changesets', done), ('failed_changesets', failed),
                           ('last_executed_timestamp_seconds', last), ('locked', locked), ('lock_granted_timestamp_seconds', since)) AS m (metric, value)
WHERE value IS NOT NULL;
