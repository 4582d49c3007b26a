-- Left out: nothing. The view of 19 calls a REPACK by its name.
SELECT CASE WHEN to_regclass('pg_stat_progress_repack') IS NULL THEN 'cluster' ELSE 'repack' END AS view
\gset
SELECT jsonb_build_object('metric', 'pg_stat_progress_cluster_' || metric, 'value', value, 'tolerance', CASE metric WHEN 'duration_seconds' THEN 60 ELSE 0 END,
                          'labels', jsonb_build_object('datname', v.datname, 'relid', relid::text, 'command', command, 'phase', phase))
FROM pg_stat_progress_:view AS v JOIN pg_stat_activity USING (pid)
CROSS JOIN LATERAL (VALUES ('ratio', CASE WHEN phase ~ '^seq' THEN heap_blks_scanned / nullif(heap_blks_total, 0)::numeric END), ('tuples_written', (coalesce(to_jsonb(v) ->> 'heap_tuples_written', to_jsonb(v) ->> 'heap_tuples_inserted'))::bigint),
                           ('index_rebuild_count', index_rebuild_count), ('duration_seconds', extract(epoch FROM clock_timestamp() - query_start)::numeric)) AS m (metric, value)
WHERE value IS NOT NULL;
