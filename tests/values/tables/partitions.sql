-- Left out: nothing. The partitions are those of pg_partition_tree.
SELECT jsonb_build_object('metric', metric, 'value', value,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', n.nspname, 'relname', c.relname))
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT 'pg_partitioned_table_partitions', count(*) FILTER (WHERE t.parentrelid = c.oid)
    FROM pg_partition_tree(c.oid) AS t
    UNION ALL
    SELECT 'pg_partitioned_table_default_rows', s.n_live_tup
    FROM pg_partition_tree(c.oid) AS t
    JOIN pg_class AS p ON p.oid = t.relid AND pg_get_expr(p.relpartbound, p.oid) = 'DEFAULT'
    JOIN pg_stat_user_tables AS s ON s.relid = p.oid
    WHERE t.parentrelid = c.oid AND t.isleaf AND NOT pg_is_in_recovery()) AS m (metric, value)
WHERE c.relkind = 'p';
