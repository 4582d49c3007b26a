-- about: The partitioned tables, by number of partitions. A partition for the default takes what fits nowhere else: rows
--    in it mostly mean that somebody forgot to make the next partition.
-- scope: database
-- interval: 5m
-- timeout: 10s
-- limit: 1500 series
-- label schemaname: Schema of the partitioned table.
-- label relname: Name of the partitioned table; one that is itself a partition is there, too.
-- gauge pg_partitioned_table_partitions: Partitions directly below it, the default one included.
-- gauge pg_partitioned_table_default_rows: Rows in its default partition, as the statistics count them (n_live_tup);
--    absent without one, on a standby, and where the default partition is partitioned itself.
-- sql:
SELECT n.nspname AS schemaname, c.relname,
       coalesce(h.partitions, 0) AS pg_partitioned_table_partitions,
       CASE WHEN NOT pg_catalog.pg_is_in_recovery() AND d.relkind = 'r' THEN pg_catalog.pg_stat_get_live_tuples(d.oid) END
           AS pg_partitioned_table_default_rows
FROM pg_catalog.pg_partitioned_table AS p
JOIN pg_catalog.pg_class AS c ON c.oid = p.partrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class AS d ON d.oid = p.partdefid
LEFT JOIN (SELECT i.inhparent, pg_catalog.count(*) AS partitions
           FROM pg_catalog.pg_inherits AS i
           GROUP BY i.inhparent) AS h ON h.inhparent = p.partrelid
WHERE c.relpersistence <> 't'
ORDER BY pg_partitioned_table_default_rows DESC NULLS LAST, coalesce(h.partitions, 0) DESC, c.oid
