-- about: Every ANALYZE that runs, those of autovacuum included. There is at most one for a table at a time.
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 500 series
-- label datname: Database of the table.
-- label relid: OID of the table; `relid::regclass` in that database says its name.
-- label phase: What it does at the moment, as pg_stat_progress_analyze calls it.
-- label backend_type: autovacuum worker, or client backend for one that somebody started.
-- gauge pg_stat_progress_analyze_ratio: Part of this phase that is done: blocks of the sample, children, or extended
--    statistics; absent in phases that do not count.
-- gauge pg_stat_progress_analyze_delay_seconds [18..]: Time slept because of the cost limit, in seconds (delay_time); 0
--    without track_cost_delay_timing.
-- gauge pg_stat_progress_analyze_duration_seconds: Time since its transaction began, in seconds (xact_start).
-- sql 13..18:
SELECT v.datname, v.relid, v.phase, a.backend_type,
       CASE v.phase
            WHEN 'acquiring sample rows' THEN v.sample_blks_scanned::float8 / nullif(v.sample_blks_total, 0)
            WHEN 'acquiring inherited sample rows' THEN v.child_tables_done::float8 / nullif(v.child_tables_total, 0)
            WHEN 'computing extended statistics' THEN v.ext_stats_computed::float8 / nullif(v.ext_stats_total, 0)
       END AS pg_stat_progress_analyze_ratio,
       greatest(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start), 0) AS pg_stat_progress_analyze_duration_seconds
FROM pg_catalog.pg_stat_progress_analyze AS v
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
ORDER BY a.xact_start, v.datname, v.relid
-- sql 18..:
SELECT v.datname, v.relid, v.phase, a.backend_type,
       CASE v.phase
            WHEN 'acquiring sample rows' THEN v.sample_blks_scanned::float8 / nullif(v.sample_blks_total, 0)
            WHEN 'acquiring inherited sample rows' THEN v.child_tables_done::float8 / nullif(v.child_tables_total, 0)
            WHEN 'computing extended statistics' THEN v.ext_stats_computed::float8 / nullif(v.ext_stats_total, 0)
       END AS pg_stat_progress_analyze_ratio,
       v.delay_time / 1000 AS pg_stat_progress_analyze_delay_seconds,
       greatest(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start), 0) AS pg_stat_progress_analyze_duration_seconds
FROM pg_catalog.pg_stat_progress_analyze AS v
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
ORDER BY a.xact_start, v.datname, v.relid
