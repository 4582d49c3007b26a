-- Left out: tables that are too large; there are none here. It reads the same function by name.
SELECT n.nspname AS schema FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE extname = 'pgstattuple'
\gset
SELECT jsonb_build_object('metric', 'pg_stattuple_approx_' || metric, 'value', value, 'tolerance', value * 1e-9,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', t.schemaname, 'relname', t.relname))
FROM pg_stat_user_tables AS t
JOIN pg_class AS c ON c.oid = t.relid AND c.relpages >= 128 AND c.relkind IN ('r', 'm')
CROSS JOIN LATERAL :"schema".pgstattuple_approx(t.relid::regclass) AS a
CROSS JOIN LATERAL (VALUES ('table_bytes', a.table_len), ('scanned_ratio', a.scanned_percent / 100), ('tuples', a.approx_tuple_count),
                           ('tuples_bytes', a.approx_tuple_len), ('dead_tuples', a.dead_tuple_count), ('dead_tuples_bytes', a.dead_tuple_len),
                           ('free_bytes', a.approx_free_space)) AS m (metric, value);
