-- Left out: nothing. The partitions are those of pg_partition_tree.
SELECT jsonb_build_object('metric', 'pg_partitioned_table_default_rows', 'value', s.n_live_tup,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', n.nspname, 'relname', c.relname))
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL pg_partition_tree(c.oid) AS t
JOIN pg_class AS p ON p.oid = t.relid AND pg_get_expr(p.relpartbound, p.oid) = 'DEFAULT'
JOIN pg_stat_user_tables AS s ON s.relid = p.oid
WHERE c.relkind = 'p' AND t.parentrelid = c.oid AND t.isleaf;
