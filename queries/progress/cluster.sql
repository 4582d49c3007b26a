-- about: Every CLUSTER, VACUUM FULL and (from 19 on) REPACK that runs. There is at most one for a table at a time,
--    since they hold a lock on it that keeps others of their kind away.
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 500 series
-- label datname: Database of the table.
-- label relid: OID of the table; `relid::regclass` in that database says its name.
-- label command: CLUSTER, VACUUM FULL or REPACK.
-- label phase: What it does at the moment, as pg_stat_progress_cluster (from 19 on pg_stat_progress_repack) calls it.
-- gauge pg_stat_progress_cluster_ratio: Part of the table that was read, while it is read in its own order; absent in
--    other phases, which do not count.
-- gauge pg_stat_progress_cluster_tuples_written: Rows written to the new table so far (heap_tuples_written; from 19
--    on heap_tuples_inserted).
-- gauge pg_stat_progress_cluster_index_rebuild_count: Indexes that were rebuilt so far (index_rebuild_count).
-- gauge pg_stat_progress_cluster_duration_seconds: Time since the command began, in seconds (query_start).
-- sql 13..19:
SELECT v.datname, v.relid, v.command, v.phase,
       CASE WHEN v.phase = 'seq scanning heap' THEN v.heap_blks_scanned::float8 / nullif(v.heap_blks_total, 0) END
           AS pg_stat_progress_cluster_ratio,
       v.heap_tuples_written AS pg_stat_progress_cluster_tuples_written,
       v.index_rebuild_count AS pg_stat_progress_cluster_index_rebuild_count,
       greatest(extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start), 0) AS pg_stat_progress_cluster_duration_seconds
FROM pg_catalog.pg_stat_progress_cluster AS v
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
ORDER BY a.query_start, v.datname, v.relid
-- sql 19..:
SELECT v.datname, v.relid, v.command, v.phase,
       CASE WHEN v.phase = 'seq scanning heap' THEN v.heap_blks_scanned::float8 / nullif(v.heap_blks_total, 0) END
           AS pg_stat_progress_cluster_ratio,
       v.heap_tuples_inserted AS pg_stat_progress_cluster_tuples_written,
       v.index_rebuild_count AS pg_stat_progress_cluster_index_rebuild_count,
       greatest(extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start), 0) AS pg_stat_progress_cluster_duration_seconds
-- pg_stat_progress_cluster is still there, and calls every REPACK a VACUUM FULL.
FROM pg_catalog.pg_stat_progress_repack AS v
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
ORDER BY a.query_start, v.datname, v.relid
