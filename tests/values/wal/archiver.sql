-- Left out: nothing. The tolerances are for a file that is archived, or fails to be, meanwhile.
SELECT jsonb_build_object('metric', 'pg_stat_archiver_' || metric, 'labels', '{}'::jsonb, 'value', value, 'tolerance', tolerance)
FROM pg_stat_archiver
CROSS JOIN LATERAL (VALUES ('archived_total', archived_count, 1), ('failed_total', failed_count, 5),
                           ('last_archived_timestamp_seconds', extract(epoch FROM last_archived_time), 60),
                           ('last_failed_timestamp_seconds', extract(epoch FROM last_failed_time), 60),
                           ('stats_reset_timestamp_seconds', extract(epoch FROM stats_reset), 0)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
