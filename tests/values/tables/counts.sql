-- Left out: nothing.
SELECT jsonb_build_object('metric', metric, 'value', value, 'labels', jsonb_build_object('datname', current_database()))
FROM (
    SELECT 'pg_tables', (SELECT count(*) FROM pg_tables WHERE schemaname !~ '^pg_|^information_schema$')
                        - (SELECT count(*) FROM pg_partitioned_table) + (SELECT count(*) FROM pg_matviews)
    UNION ALL
    SELECT 'pg_tables_without_primary_key', count(*) FROM pg_stat_user_tables AS t JOIN pg_class AS c ON c.oid = t.relid
    WHERE c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = t.relid AND k.contype = 'p')
    UNION ALL
    SELECT 'pg_tables_unlogged', count(*) FROM pg_stat_user_tables AS t JOIN pg_class AS c ON c.oid = t.relid WHERE c.relpersistence = 'u'
    UNION ALL
    SELECT 'pg_tables_autovacuum_disabled', count(*) FROM pg_stat_user_tables AS t JOIN pg_class AS c ON c.oid = t.relid
    WHERE 'autovacuum_enabled=off' = ANY (c.reloptions)
    UNION ALL
    SELECT 'pg_foreign_keys_without_index', count(*) FROM pg_constraint AS k
    WHERE contype = 'f' AND conparentid = 0 AND NOT EXISTS (
        SELECT FROM pg_index AS i WHERE i.indrelid = k.conrelid AND indisvalid AND pg_get_expr(indpred, indrelid) IS NULL
        AND (SELECT array_agg(c ORDER BY c) FROM unnest((string_to_array(indkey::text, ' ')::int2[])[1:least(indnkeyatts, array_length(conkey, 1))]) AS c)
            = (SELECT array_agg(c ORDER BY c) FROM unnest(conkey) AS c))
    UNION ALL
    SELECT 'pg_constraints_not_validated', count(*) FROM pg_constraint WHERE pg_get_constraintdef(oid) LIKE '%NOT VALID'
) AS m (metric, value);
