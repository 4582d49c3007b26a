-- about: The partitioned tables, by number of partitions. Rows in the partition for the default are in
--    tables/default_partitions.
-- detail: yes
-- scope: database
-- interval: 5m
-- timeout: 10s
-- limit: 1000 series
-- rows: none
-- label schemaname: Schema of the partitioned table.
-- label relname: Name of the partitioned table; one that is itself a partition is there, too.
-- gauge pg_partitioned_table_partitions: Partitions directly below it, the default one included.
-- sql:
SELECT n.nspname AS schemaname, c.relname,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = p.partrelid) AS pg_partitioned_table_partitions
FROM pg_catalog.pg_partitioned_table AS p
JOIN pg_catalog.pg_class AS c ON c.oid = p.partrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't'
ORDER BY pg_partitioned_table_partitions DESC, c.oid
