-- Left out: nothing. Each sequence is read as a table; what the pgvigil role may not read has no sample and is counted.
SELECT coalesce(string_agg(format('SELECT %L::regclass AS oid, last_value, is_called FROM %1$s', c.oid::regclass), ' UNION ALL '),
                'SELECT 0::regclass, 0, false') AS read
FROM pg_class AS c
WHERE relkind = 'S'
\gset
WITH sequence AS (
    SELECT s.*, c.oid, r.last_value AS taken, has_table_privilege('pgvigil', c.oid, 'SELECT') AS readable, r.is_called,
           pg_get_serial_sequence(t.table_name, t.column_name) IS NOT NULL AS owned, t.relname, t.column_name,
           CASE t.data_type WHEN 'smallint' THEN 32767 WHEN 'integer' THEN 2147483647 ELSE 9223372036854775807 END AS column_max
    FROM pg_sequences AS s
    JOIN pg_class AS c ON c.oid = format('%I.%I', s.schemaname, s.sequencename)::regclass
    JOIN (:read) AS r ON r.oid = c.oid
    LEFT JOIN (SELECT format('%I.%I', i.table_schema, i.table_name) AS table_name, i.table_name AS relname, i.column_name, i.data_type
               FROM information_schema.columns AS i) AS t
        ON pg_get_serial_sequence(t.table_name, t.column_name)::regclass = c.oid
)
SELECT jsonb_build_object('metric', metric, 'value', value, 'tolerance', CASE WHEN metric LIKE '%ratio' THEN abs(value) * 1e-9 ELSE 0 END,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', schemaname, 'sequencename', sequencename,
                                                       'relname', relname, 'attname', column_name))
FROM sequence
CROSS JOIN LATERAL (
    VALUES ('pg_sequence_last_value', taken::numeric),
           -- What is taken to what there is, counted in values.
           ('pg_sequence_used_ratio', CASE WHEN cycle THEN NULL
                                           WHEN increment_by > 0 THEN (taken::numeric - min_value + 1) / (least(max_value, column_max)::numeric - min_value + 1)
                                           ELSE (max_value::numeric - taken + 1) / (max_value::numeric - min_value + 1) END)) AS m (metric, value)
WHERE readable AND is_called AND value IS NOT NULL
UNION ALL
SELECT jsonb_build_object('metric', 'pg_sequences_unreadable', 'labels', jsonb_build_object('datname', current_database()),
                          'value', (SELECT count(*) FROM pg_class WHERE relkind = 'S' AND NOT has_table_privilege('pgvigil', oid, 'SELECT')));
