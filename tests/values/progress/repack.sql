-- Left out: blocks and indexes, which progress/cluster has.
SELECT jsonb_build_object('metric', 'pg_stat_progress_repack_' || replace(key, 'heap_', ''), 'value', value,
                          'labels', jsonb_build_object('datname', datname, 'relid', relid::text, 'command', command, 'phase', phase))
FROM pg_stat_progress_repack AS v, jsonb_each(to_jsonb(v)) WHERE key LIKE 'heap!_tuples!_%' ESCAPE '!';
