-- Left out: nothing. The partitions are those of pg_partition_tree.
SELECT jsonb_build_object('metric', 'pg_partitioned_table_partitions', 'value', (SELECT count(*) FROM pg_partition_tree(c.oid) AS t WHERE t.parentrelid = c.oid),
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', n.nspname, 'relname', c.relname))
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'p';
