-- about: postgres_exporter's numbers of each vacuum that runs; progress/vacuum has them as ratios.
-- enabled: no
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- limit: 500 series
-- label datname: Database of the table.
-- label relname: The table, with its schema unless that is public; in another database than that of the server's URL
--    its OID.
-- gauge pg_stat_progress_vacuum_heap_blks: Blocks that the table had when the vacuum began (heap_blks_total).
-- gauge pg_stat_progress_vacuum_heap_blks_scanned: Blocks of it that were scanned (heap_blks_scanned).
-- gauge pg_stat_progress_vacuum_heap_blks_vacuumed: Blocks of it that were vacuumed (heap_blks_vacuumed).
-- gauge pg_stat_progress_vacuum_index_vacuums: Rounds through the indexes so far (index_vacuum_count).
-- gauge pg_stat_progress_vacuum_max_dead_tuples: Dead rows for which there is memory before a round through the
--    indexes begins (max_dead_tuples); from 17 on the server counts bytes.
-- gauge pg_stat_progress_vacuum_num_dead_tuples: Dead rows in that memory (num_dead_tuples; from 17 on
--    num_dead_item_ids).
-- sql:
SELECT v.datname,
       CASE WHEN c.oid IS NULL THEN v.relid::text
            WHEN n.nspname IN ('pg_catalog', 'public') THEN pg_catalog.quote_ident(c.relname)
            ELSE pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) END AS relname,
       pg_catalog.max(v.heap_blks_total) AS pg_stat_progress_vacuum_heap_blks,
       pg_catalog.max(v.heap_blks_scanned) AS pg_stat_progress_vacuum_heap_blks_scanned,
       pg_catalog.max(v.heap_blks_vacuumed) AS pg_stat_progress_vacuum_heap_blks_vacuumed,
       pg_catalog.max(v.index_vacuum_count) AS pg_stat_progress_vacuum_index_vacuums,
       pg_catalog.max(v.max_dead_tuples) AS pg_stat_progress_vacuum_max_dead_tuples, --[..17]
       pg_catalog.max(v.num_dead_tuples) AS pg_stat_progress_vacuum_num_dead_tuples --[..17]
       pg_catalog.max(v.num_dead_item_ids) AS pg_stat_progress_vacuum_num_dead_tuples --[17..]
FROM pg_catalog.pg_stat_progress_vacuum AS v
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = v.relid AND v.datname = pg_catalog.current_database()
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
-- By the labels: a table of public may be named like one of pg_catalog.
GROUP BY 1, 2
ORDER BY pg_catalog.max(v.heap_blks_total) DESC, 1, 2
