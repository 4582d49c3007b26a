-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_stat_progress_vacuum_phase', 'value', (v.phase = p)::int,
                          'labels', jsonb_build_object('datname', v.datname, 'phase', p, 'relname', CASE v.datname WHEN current_database() THEN v.relid::regclass::text ELSE v.relid::text END))
FROM pg_stat_progress_vacuum AS v,
     unnest('{initializing,scanning heap,vacuuming indexes,vacuuming heap,cleaning up indexes,truncating heap,performing final cleanup}'::text[]) AS p;
