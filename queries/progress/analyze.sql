-- about: Every ANALYZE that runs, those of autovacuum included. Where two are seen for a table, as
--    one ends and the next begins, they are one series, with the one that is less far. How long they slept is in
--    progress/delay.
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- limit: 500 series
-- rows: none
-- label datname: Database of the table.
-- label relid: OID of the table; `relid::regclass` in that database says its name.
-- label phase: What it does at the moment, as pg_stat_progress_analyze calls it.
-- label backend_type: autovacuum worker, or client backend for one that a client started.
-- gauge pg_stat_progress_analyze_ratio: Part of this phase that is done: blocks of the sample, children, or extended
--    statistics; absent in phases that do not count.
-- gauge pg_stat_progress_analyze_duration_seconds: Time since its transaction began, in seconds (xact_start).
-- sql:
SELECT v.datname, v.relid, v.phase, a.backend_type,
       pg_catalog.min(CASE v.phase
            WHEN 'acquiring sample rows' THEN v.sample_blks_scanned::float8 / nullif(v.sample_blks_total, 0)
            WHEN 'acquiring inherited sample rows' THEN v.child_tables_done::float8 / nullif(v.child_tables_total, 0)
            WHEN 'computing extended statistics' THEN v.ext_stats_computed::float8 / nullif(v.ext_stats_total, 0)
       END) AS pg_stat_progress_analyze_ratio,
       pg_catalog.max(greatest(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start), 0)) FILTER (WHERE a.xact_start IS NOT NULL)
           AS pg_stat_progress_analyze_duration_seconds
FROM pg_catalog.pg_stat_progress_analyze AS v
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
GROUP BY v.datname, v.relid, v.phase, a.backend_type
ORDER BY pg_catalog.min(a.xact_start), v.datname, v.relid, v.phase
