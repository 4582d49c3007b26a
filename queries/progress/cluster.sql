-- about: Every CLUSTER, VACUUM FULL and (from 19 on) REPACK that runs. Where two are seen for a table, as
--    one ends and the next begins, they are one series, with the one that is less far.
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 500 series
-- rows: none
-- label datname: Database of the table.
-- label relid: OID of the table; `relid::regclass` in that database says its name.
-- label command: CLUSTER, VACUUM FULL or REPACK.
-- label phase: What it does at the moment, as pg_stat_progress_cluster (from 19 on pg_stat_progress_repack) calls it.
-- gauge pg_stat_progress_cluster_ratio: Part of the table that was read, while it is read in its own order; absent in
--    other phases, which do not count.
-- gauge pg_stat_progress_cluster_tuples_written detail: Rows written to the new table so far (heap_tuples_written;
--    from 19 on heap_tuples_inserted).
-- gauge pg_stat_progress_cluster_index_rebuild_count detail: Indexes that were rebuilt so far (index_rebuild_count).
-- gauge pg_stat_progress_cluster_duration_seconds: Time since the command began, in seconds (query_start).
-- sql:
SELECT v.datname, v.relid, v.command, v.phase,
       pg_catalog.min(CASE WHEN v.phase = 'seq scanning heap' THEN v.heap_blks_scanned::float8 / nullif(v.heap_blks_total, 0) END)
           AS pg_stat_progress_cluster_ratio,
       pg_catalog.max(v.heap_tuples_written) AS pg_stat_progress_cluster_tuples_written, --[..19]
       pg_catalog.max(v.heap_tuples_inserted) AS pg_stat_progress_cluster_tuples_written, --[19..]
       pg_catalog.max(v.index_rebuild_count) AS pg_stat_progress_cluster_index_rebuild_count,
       pg_catalog.max(greatest(extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start), 0)) FILTER (WHERE a.query_start IS NOT NULL)
           AS pg_stat_progress_cluster_duration_seconds
FROM pg_catalog.pg_stat_progress_cluster AS v --[..19]
-- pg_stat_progress_cluster is still there, and calls every REPACK a VACUUM FULL. --[19..]
FROM pg_catalog.pg_stat_progress_repack AS v --[19..]
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
GROUP BY v.datname, v.relid, v.command, v.phase
ORDER BY pg_catalog.min(a.query_start), v.datname, v.relid, v.phase
