-- about: Rows in partitions for the default, which take what fits nowhere else: they mostly mean that somebody forgot to
--    make the next partition. Only a primary that counts what happens to its tables (track_counts) knows.
-- detail: yes
-- scope: database
-- role: primary
-- interval: 5m
-- timeout: 10s
-- needs: setting track_counts = on
-- limit: 1000 series
-- rows: none
-- label schemaname: Schema of the partitioned table.
-- label relname: Name of the partitioned table; one that is itself a partition is there, too.
-- gauge pg_partitioned_table_default_rows: Rows in its default partition, as the statistics count them (n_live_tup);
--    absent without one, and where the default partition is partitioned itself.
-- sql:
SELECT n.nspname AS schemaname, c.relname,
       pg_catalog.pg_stat_get_live_tuples(d.oid) AS pg_partitioned_table_default_rows
FROM pg_catalog.pg_partitioned_table AS p
JOIN pg_catalog.pg_class AS c ON c.oid = p.partrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS d ON d.oid = p.partdefid
WHERE c.relpersistence <> 't' AND d.relkind = 'r'
ORDER BY pg_partitioned_table_default_rows DESC, c.oid
