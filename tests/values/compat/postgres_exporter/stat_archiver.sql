-- Left out: nothing. The tolerances are for a file that is archived, or fails to be, meanwhile.
SELECT jsonb_build_object('metric', 'pg_stat_archiver_' || metric, 'labels', '{}'::jsonb, 'value', value, 'tolerance', tolerance)
FROM pg_stat_archiver
CROSS JOIN LATERAL (VALUES ('archived_count', archived_count, 1), ('failed_count', failed_count, 5),
                           ('last_archive_age', extract(epoch FROM clock_timestamp() - last_archived_time), 60)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
