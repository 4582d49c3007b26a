-- Left out: tables on which, or on whose indexes or TOAST table, somebody holds or awaits an ACCESS EXCLUSIVE lock: pgvigil, too, has to
-- leave them alone, and so must this script, which otherwise would wait.
SET lock_timeout = '5s';
WITH RECURSIVE untouchable (oid) AS (
    SELECT relation FROM pg_locks WHERE mode = 'AccessExclusiveLock'
    UNION
    SELECT coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = u.oid), (SELECT c.oid FROM pg_class AS c WHERE c.reltoastrelid = u.oid))
    FROM untouchable AS u WHERE u.oid IS NOT NULL
)
SELECT jsonb_build_object('metric', metric, 'value', value,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', t.schemaname, 'relname', t.relname))
FROM (SELECT schemaname, relname, relid FROM pg_stat_user_tables WHERE relid NOT IN (SELECT oid FROM untouchable WHERE oid IS NOT NULL)) AS t
JOIN pg_class AS c ON c.oid = t.relid AND c.relkind <> 'p'
CROSS JOIN LATERAL (VALUES ('pg_table_size_bytes', pg_table_size(t.relid)),
                           ('pg_table_indexes_size_bytes', pg_indexes_size(t.relid)),
                           ('pg_table_total_size_bytes', pg_total_relation_size(t.relid)),
                           ('pg_table_toast_size_bytes', (SELECT pg_total_relation_size(toast.oid) FROM pg_class AS toast WHERE toast.oid = c.reltoastrelid)))
           AS m (metric, value)
WHERE value IS NOT NULL;
