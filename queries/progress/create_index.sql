-- about: Every CREATE INDEX and REINDEX that runs. Several on one table that share command and phase are one series,
--    with the slowest of them.
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- limit: 500 series
-- rows: none
-- label datname: Database of the table.
-- label relid: OID of the table; `relid::regclass` in that database says its name.
-- label command: CREATE INDEX, REINDEX, and the same with CONCURRENTLY.
-- label phase: What it does at the moment, as pg_stat_progress_create_index calls it.
-- gauge pg_stat_progress_create_index_ratio: Part of this phase that is done: transactions that it waited for, blocks,
--    or rows; absent in phases that do not count.
-- gauge pg_stat_progress_create_index_lockers: Transactions that it still waits for, which hold it up until they end
--    (lockers_total - lockers_done).
-- gauge pg_stat_progress_create_index_partitions_ratio detail: Part of the partitions whose index is done; absent
--    without partitions.
-- gauge pg_stat_progress_create_index_duration_seconds: Time since the command began, in seconds (query_start).
-- sql:
SELECT v.datname, v.relid, v.command, v.phase,
       pg_catalog.min(CASE WHEN v.phase LIKE 'waiting for %' THEN v.lockers_done::float8 / nullif(v.lockers_total, 0)
                -- What was counted in one phase still stands there in the next.
                WHEN v.phase LIKE '%: scanning %' OR v.phase = 'building index' THEN v.blocks_done::float8 / nullif(v.blocks_total, 0)
                WHEN v.phase LIKE '%: loading tuples%' THEN v.tuples_done::float8 / nullif(v.tuples_total, 0)
           END) AS pg_stat_progress_create_index_ratio,
       pg_catalog.max(CASE WHEN v.phase LIKE 'waiting for %' THEN v.lockers_total - v.lockers_done ELSE 0 END)
           AS pg_stat_progress_create_index_lockers,
       pg_catalog.min(v.partitions_done::float8 / nullif(v.partitions_total, 0)) AS pg_stat_progress_create_index_partitions_ratio,
       pg_catalog.max(greatest(extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start), 0)) FILTER (WHERE a.query_start IS NOT NULL)
           AS pg_stat_progress_create_index_duration_seconds
FROM pg_catalog.pg_stat_progress_create_index AS v
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
GROUP BY v.datname, v.relid, v.command, v.phase
ORDER BY pg_catalog.min(a.query_start), v.datname, v.relid, v.command, v.phase
