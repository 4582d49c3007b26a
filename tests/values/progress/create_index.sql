-- Left out: several builds on one table at once.
SELECT jsonb_build_object('metric', 'pg_stat_progress_create_index_' || metric, 'value', value, 'tolerance', CASE metric WHEN 'duration_seconds' THEN 60 ELSE 0 END,
                          'labels', jsonb_build_object('datname', v.datname, 'relid', relid::text, 'command', command, 'phase', phase))
FROM pg_stat_progress_create_index AS v JOIN pg_stat_activity USING (pid)
CROSS JOIN LATERAL (VALUES ('ratio', CASE WHEN phase ~ '^waiting for' THEN lockers_done / nullif(lockers_total, 0)::numeric WHEN phase ~ 'scanning (table|index)$|^building index$' THEN blocks_done / nullif(blocks_total, 0)::numeric WHEN phase ~ 'loading' THEN tuples_done / nullif(tuples_total, 0)::numeric END),
                           ('lockers', CASE WHEN phase ~ '^waiting for' THEN lockers_total - lockers_done ELSE 0 END),
                           ('partitions_ratio', partitions_done / nullif(partitions_total, 0)::numeric),
                           ('duration_seconds', extract(epoch FROM clock_timestamp() - query_start)::numeric)) AS m (metric, value)
WHERE value IS NOT NULL;
