-- Left out: rows that were excluded or skipped; several of one kind at once.
SELECT jsonb_build_object('metric', 'pg_stat_progress_copy_' || metric, 'value', value, 'tolerance', tolerance,
                          'labels', jsonb_build_object('datname', v.datname, 'command', command, 'type', type))
FROM pg_stat_progress_copy AS v JOIN pg_stat_activity USING (pid)
CROSS JOIN LATERAL (VALUES ('ratio', bytes_processed / nullif(bytes_total, 0)::numeric, 0), ('processed_bytes', bytes_processed, 0), ('tuples_processed', tuples_processed, 0),
                           ('duration_seconds', extract(epoch FROM clock_timestamp() - coalesce(query_start, xact_start))::numeric, 60)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
