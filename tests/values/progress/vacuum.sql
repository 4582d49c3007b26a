-- Left out: the counts of dead rows, which are there as a part of the memory for them. Blocks are those of the tests' servers, 8192 bytes.
SELECT jsonb_build_object('metric', 'pg_stat_progress_vacuum_' || metric, 'value', value, 'tolerance', CASE metric WHEN 'duration_seconds' THEN 60 ELSE 0 END,
                          'labels', jsonb_strip_nulls(jsonb_build_object('datname', j ->> 'datname', 'relid', j ->> 'relid', 'phase', j ->> 'phase', 'backend_type', backend_type, 'mode', j ->> 'mode')))
FROM pg_stat_progress_vacuum AS v JOIN pg_stat_activity USING (pid), LATERAL (SELECT to_jsonb(v)) AS x (j),
     LATERAL (SELECT (j ->> 'heap_blks_total')::numeric, substring(j ->> 'phase' FROM '^(scanning|vacuuming) heap$'), j ->> 'phase' ~ 'indexes$') AS y (total, heap, indexes)
CROSS JOIN LATERAL (VALUES ('ratio', CASE WHEN heap <> '' THEN (j ->> replace('heap_blks_' || heap, 'ing', 'ed'))::numeric / nullif(total, 0) WHEN indexes THEN (j ->> 'indexes_processed')::numeric / nullif((j ->> 'indexes_total')::numeric, 0) END),
                           ('heap_bytes', total * 8192),
                           ('index_vacuum_count', (j ->> 'index_vacuum_count')::numeric),
                           ('dead_memory_ratio', coalesce((j ->> 'num_dead_tuples')::numeric / nullif((j ->> 'max_dead_tuples')::numeric, 0), (j ->> 'dead_tuple_bytes')::numeric / nullif((j ->> 'max_dead_tuple_bytes')::numeric, 0))),
                           ('to_prevent_wraparound', (query ~ '^autovacuum: .*to prevent wraparound')::int),
                           ('duration_seconds', extract(epoch FROM clock_timestamp() - xact_start)::numeric)) AS m (metric, value)
WHERE value IS NOT NULL;
