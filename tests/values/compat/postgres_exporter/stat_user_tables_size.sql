-- Left out: tables on which, or on whose indexes or TOAST table, somebody holds or awaits an ACCESS EXCLUSIVE lock, as in tables/size.
SET lock_timeout = '5s';
WITH RECURSIVE untouchable (oid) AS (
    SELECT relation FROM pg_locks WHERE mode = 'AccessExclusiveLock'
    UNION
    SELECT coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = u.oid), (SELECT c.oid FROM pg_class AS c WHERE c.reltoastrelid = u.oid))
    FROM untouchable AS u WHERE u.oid IS NOT NULL
)
SELECT jsonb_build_object('metric', 'pg_stat_user_tables_' || metric || '_size_bytes', 'value', value,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', t.schemaname, 'relname', t.relname))
FROM (SELECT schemaname, relname, relid FROM pg_stat_user_tables WHERE relid NOT IN (SELECT oid FROM untouchable WHERE oid IS NOT NULL)) AS t
JOIN pg_class AS c ON c.oid = t.relid AND c.relkind <> 'p'
CROSS JOIN LATERAL (VALUES ('table', pg_total_relation_size(t.relid) - pg_indexes_size(t.relid)), ('index', pg_indexes_size(t.relid))) AS m (metric, value);
