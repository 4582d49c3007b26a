-- Left out: tablespaces; several backups of one name at once.
SELECT jsonb_build_object('metric', 'pg_stat_progress_basebackup_' || metric, 'value', value, 'tolerance', tolerance,
                          'labels', jsonb_strip_nulls(jsonb_build_object('application_name', application_name, 'phase', phase, 'backup_type', to_jsonb(v) ->> 'backup_type')))
FROM pg_stat_progress_basebackup AS v JOIN pg_stat_activity USING (pid)
CROSS JOIN LATERAL (VALUES ('ratio', backup_streamed / nullif(backup_total, 0)::numeric, 0), ('streamed_bytes', backup_streamed, 0),
                           ('duration_seconds', extract(epoch FROM clock_timestamp() - backend_start)::numeric, 60)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
