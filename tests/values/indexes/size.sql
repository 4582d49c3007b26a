-- Left out: the size of indexes on which somebody holds or awaits an ACCESS EXCLUSIVE lock: pgvigil, too, has to leave them alone, and so
-- must this script, which otherwise would wait.
SET lock_timeout = '5s';
WITH untouchable AS MATERIALIZED (SELECT relation FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL)
SELECT jsonb_build_object('metric', metric, 'value', value,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', s.schemaname, 'relname', s.relname, 'indexrelname', s.indexrelname))
FROM pg_stat_user_indexes AS s
CROSS JOIN LATERAL (VALUES ('pg_index_size_bytes', CASE WHEN s.indexrelid NOT IN (SELECT relation FROM untouchable) THEN pg_total_relation_size(s.indexrelid) END),
                           ('pg_index_valid', (SELECT count(*) FROM pg_index WHERE indexrelid = s.indexrelid AND indisvalid)),
                           ('pg_index_unique', (SELECT count(*) FROM pg_index AS i WHERE i.indexrelid = s.indexrelid
                                                AND (i.indisunique OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype = 'x')))))
           AS m (metric, value)
WHERE value IS NOT NULL;
