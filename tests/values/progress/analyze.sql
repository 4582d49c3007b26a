-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_stat_progress_analyze_' || metric, 'value', value, 'tolerance', CASE metric WHEN 'duration_seconds' THEN 60 ELSE 0 END,
                          'labels', jsonb_build_object('datname', v.datname, 'relid', relid::text, 'phase', phase, 'backend_type', backend_type))
FROM pg_stat_progress_analyze AS v JOIN pg_stat_activity USING (pid)
CROSS JOIN LATERAL (VALUES ('ratio', CASE WHEN phase LIKE 'acquiring sample%' AND sample_blks_total > 0 THEN sample_blks_scanned / sample_blks_total::numeric
                                          WHEN phase LIKE 'acquiring inherited%' AND child_tables_total > 0 THEN child_tables_done / child_tables_total::numeric
                                          WHEN phase LIKE '%extended%' AND ext_stats_total > 0 THEN ext_stats_computed / ext_stats_total::numeric END),
                           ('duration_seconds', extract(epoch FROM clock_timestamp() - xact_start)::numeric)) AS m (metric, value)
WHERE value IS NOT NULL;
