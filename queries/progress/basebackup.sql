-- about: Base backups that are being streamed, by phase.
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- limit: 50 series
-- rows: none
-- label application_name: Name that the client gave, such as pg_basebackup. Backups that share it and the phase are one
--    series.
-- label phase: What it does at the moment, as pg_stat_progress_basebackup calls it.
-- label backup_type: full or incremental.
-- gauge pg_stat_progress_basebackup_ratio: Part of the data that was streamed; absent without an estimate of the size
--    (pg_basebackup --no-estimate-size) and before there is one.
-- gauge pg_stat_progress_basebackup_streamed_bytes: Data streamed so far, in bytes (backup_streamed).
-- gauge pg_stat_progress_basebackup_duration_seconds: Time since the oldest of them connected, in seconds
--    (backend_start).
-- sql:
SELECT a.application_name, v.phase, --[..19]
SELECT a.application_name, v.phase, v.backup_type, --[19..]
       -- NULL as soon as one of them has no estimate.
       CASE WHEN pg_catalog.count(v.backup_total) = pg_catalog.count(*)
            THEN pg_catalog.sum(v.backup_streamed) / nullif(pg_catalog.sum(v.backup_total), 0) END AS pg_stat_progress_basebackup_ratio,
       pg_catalog.sum(v.backup_streamed) AS pg_stat_progress_basebackup_streamed_bytes,
       pg_catalog.max(greatest(extract(epoch FROM pg_catalog.clock_timestamp() - a.backend_start), 0)) FILTER (WHERE a.backend_start IS NOT NULL)
           AS pg_stat_progress_basebackup_duration_seconds
FROM pg_catalog.pg_stat_progress_basebackup AS v
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
GROUP BY a.application_name, v.phase --[..19]
ORDER BY a.application_name, v.phase --[..19]
GROUP BY a.application_name, v.phase, v.backup_type --[19..]
ORDER BY a.application_name, v.phase, v.backup_type --[19..]
