-- Left out: the limit of dead rows from 17 on, which counts bytes there.
SELECT jsonb_build_object('metric', 'pg_stat_progress_vacuum_' || metric, 'value', value, 'labels', jsonb_build_object('datname', v.datname, 'relname', name))
FROM pg_stat_progress_vacuum AS v
CROSS JOIN LATERAL (SELECT to_jsonb(v), CASE v.datname WHEN current_database() THEN v.relid::regclass::text ELSE v.relid::text END) AS x (j, name)
CROSS JOIN LATERAL (VALUES ('heap_blks', j ->> 'heap_blks_total'), ('heap_blks_scanned', j ->> 'heap_blks_scanned'),
                           ('heap_blks_vacuumed', j ->> 'heap_blks_vacuumed'), ('index_vacuums', j ->> 'index_vacuum_count'),
                           ('max_dead_tuples', j ->> 'max_dead_tuples'),
                           ('num_dead_tuples', coalesce(j ->> 'num_dead_tuples', j ->> 'num_dead_item_ids'))) AS m (metric, text)
CROSS JOIN LATERAL (SELECT text::numeric) AS n (value)
WHERE value IS NOT NULL;
