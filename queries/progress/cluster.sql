-- about: Every CLUSTER and VACUUM FULL that runs. They hold an ACCESS EXCLUSIVE lock, so that there is at most one for
--    a table.
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 500 series
-- label datname: Database of the table.
-- label relid: OID of the table; `relid::regclass` in that database says its name.
-- label command: CLUSTER or VACUUM FULL.
-- label phase: What it does at the moment, as pg_stat_progress_cluster calls it.
-- gauge pg_stat_progress_cluster_ratio: Part of the table that was read, while it is read in its own order; absent in
--    other phases, which do not count.
-- gauge pg_stat_progress_cluster_tuples_written: Rows written to the new table so far (heap_tuples_written).
-- gauge pg_stat_progress_cluster_index_rebuild_count: Indexes that were rebuilt so far (index_rebuild_count).
-- gauge pg_stat_progress_cluster_duration_seconds: Time since the command began, in seconds (query_start).
-- sql:
SELECT v.datname, v.relid, v.command, v.phase,
       CASE WHEN v.phase = 'seq scanning heap' THEN v.heap_blks_scanned::float8 / nullif(v.heap_blks_total, 0) END
           AS pg_stat_progress_cluster_ratio,
       v.heap_tuples_written AS pg_stat_progress_cluster_tuples_written,
       v.index_rebuild_count AS pg_stat_progress_cluster_index_rebuild_count,
       greatest(extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start), 0) AS pg_stat_progress_cluster_duration_seconds
FROM pg_catalog.pg_stat_progress_cluster AS v
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
ORDER BY a.query_start, v.datname, v.relid
