-- about: Every VACUUM that runs, those of autovacuum included. Where two are seen for a table, as one
--    ends and the next begins, they are one series, with the one that is less far.
--    How long they slept is in progress/delay.
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- limit: 500 series
-- rows: none
-- label datname: Database of the table.
-- label relid: OID of the table; `relid::regclass` in that database says its name.
-- label phase: What it does at the moment, as pg_stat_progress_vacuum calls it.
-- label backend_type: autovacuum worker, or client backend for one that a client started.
-- label mode: normal, aggressive (visits all pages that are not frozen) or failsafe (leaves out what it can,
--    since wraparound is near).
-- gauge pg_stat_progress_vacuum_ratio: Part of this phase that is done: blocks of the table scanned or vacuumed, from
--    17 on also indexes processed; absent in phases that do not count.
-- gauge pg_stat_progress_vacuum_heap_bytes detail: Size of the table when the vacuum began, in bytes (heap_blks_total).
-- gauge pg_stat_progress_vacuum_index_vacuum_count detail: Rounds through the indexes so far (index_vacuum_count);
--    more than one means too little autovacuum_work_mem or maintenance_work_mem.
-- gauge pg_stat_progress_vacuum_dead_memory_ratio detail: Part of the memory for dead rows that is used; at 1 a round
--    through the indexes begins (dead_tuple_bytes / max_dead_tuple_bytes; before 17 num_dead_tuples /
--    max_dead_tuples).
-- gauge pg_stat_progress_vacuum_to_prevent_wraparound detail: 1 if autovacuum was forced by the age of the table; it
--    does then not give way to anybody who wants a lock.
-- gauge pg_stat_progress_vacuum_duration_seconds: Time since it began with this table, in seconds (xact_start).
-- sql:
SELECT v.datname, v.relid, v.phase, a.backend_type, --[..19]
SELECT v.datname, v.relid, v.phase, a.backend_type, v.mode, --[19..]
       pg_catalog.min(CASE v.phase
            WHEN 'scanning heap' THEN v.heap_blks_scanned::float8 / nullif(v.heap_blks_total, 0)
            WHEN 'vacuuming heap' THEN v.heap_blks_vacuumed::float8 / nullif(v.heap_blks_total, 0)
            WHEN 'vacuuming indexes' THEN v.indexes_processed::float8 / nullif(v.indexes_total, 0) --[17..]
            WHEN 'cleaning up indexes' THEN v.indexes_processed::float8 / nullif(v.indexes_total, 0) --[17..]
       END) AS pg_stat_progress_vacuum_ratio,
       pg_catalog.max(v.heap_blks_total) * pg_catalog.current_setting('block_size')::bigint AS pg_stat_progress_vacuum_heap_bytes,
       pg_catalog.max(v.index_vacuum_count) AS pg_stat_progress_vacuum_index_vacuum_count,
       pg_catalog.max(v.num_dead_tuples::float8 / nullif(v.max_dead_tuples, 0)) AS pg_stat_progress_vacuum_dead_memory_ratio, --[..17]
       pg_catalog.max(v.dead_tuple_bytes::float8 / nullif(v.max_dead_tuple_bytes, 0)) AS pg_stat_progress_vacuum_dead_memory_ratio, --[17..]
       pg_catalog.bool_or(a.query LIKE 'autovacuum:%(to prevent wraparound)') AS pg_stat_progress_vacuum_to_prevent_wraparound, --[..19]
       pg_catalog.bool_or(v.started_by = 'autovacuum_wraparound') AS pg_stat_progress_vacuum_to_prevent_wraparound, --[19..]
       pg_catalog.max(greatest(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start), 0)) FILTER (WHERE a.xact_start IS NOT NULL)
           AS pg_stat_progress_vacuum_duration_seconds
FROM pg_catalog.pg_stat_progress_vacuum AS v
-- Not LEFT: the two views are read one after the other, and a process that has ended meanwhile has no progress.
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
GROUP BY v.datname, v.relid, v.phase, a.backend_type --[..19]
GROUP BY v.datname, v.relid, v.phase, a.backend_type, v.mode --[19..]
ORDER BY pg_catalog.max(v.heap_blks_total) DESC, v.datname, v.relid, v.phase
