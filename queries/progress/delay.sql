-- about: How long each VACUUM and ANALYZE that runs has slept because of the cost limit. It is measured where
--    track_cost_delay_timing is on, which is taken to be the same for all sessions.
-- detail: yes
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- needs: setting track_cost_delay_timing = on
-- limit: 500 series
-- rows: none
-- covers: 18..: track_cost_delay_timing came with 18.
-- label datname: Database of the table.
-- label relid: OID of the table; `relid::regclass` in that database says its name.
-- label phase: What it does at the moment, as the view calls it.
-- label backend_type: autovacuum worker, or client backend for one that a client started.
-- gauge pg_stat_progress_vacuum_delay_seconds: Time slept because of the cost limit, in seconds (delay_time).
-- gauge pg_stat_progress_analyze_delay_seconds: Time slept because of the cost limit, in seconds (delay_time).
-- sql 18..:
SELECT v.datname, v.relid, v.phase, a.backend_type,
       pg_catalog.max(v.vacuum_delay) / 1000 AS pg_stat_progress_vacuum_delay_seconds,
       pg_catalog.max(v.analyze_delay) / 1000 AS pg_stat_progress_analyze_delay_seconds
FROM (SELECT x.pid, x.datname, x.relid, x.phase, x.delay_time AS vacuum_delay, NULL::float8 AS analyze_delay
      FROM pg_catalog.pg_stat_progress_vacuum AS x
      UNION ALL
      SELECT x.pid, x.datname, x.relid, x.phase, NULL, x.delay_time
      FROM pg_catalog.pg_stat_progress_analyze AS x) AS v
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
GROUP BY v.datname, v.relid, v.phase, a.backend_type
ORDER BY pg_catalog.min(a.xact_start), v.datname, v.relid, v.phase
