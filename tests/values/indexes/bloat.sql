-- Left out: nothing. What is bloat is told by an index on a copy of the table, which setup.sql makes; the estimate may err by 3 % of
-- the index. Without a right to the statistics there is none.
WITH pair AS (
    SELECT t.indrelid::regclass AS relname, t.indexrelid, i.relname AS indexrelname, pg_relation_size(t.indexrelid) AS size, pg_relation_size(c.oid) AS needed
    FROM pg_index AS t
    JOIN pg_class AS i ON i.oid = t.indexrelid
    JOIN pg_class AS c ON c.relnamespace = i.relnamespace AND c.relname = i.relname || '_compact'
    WHERE i.relname IN ('bloated_pkey', 'bloated_fixed_pkey')
)
SELECT jsonb_build_object('metric', metric, 'value', value, 'tolerance', tolerance,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', 'kinds', 'indexrelname', indexrelname,
                                                       'relname', replace(indexrelname, '_pkey', '')))
FROM pair
CROSS JOIN LATERAL (VALUES ('pg_index_bloat_bytes', size - needed, size * 0.03), ('pg_index_bloat_ratio', (size - needed)::float8 / size, 0.03)) AS m (metric, value, tolerance)
UNION ALL
SELECT jsonb_build_object('metric', 'pg_index_bloat_unknown_indexes', 'labels', jsonb_build_object('datname', current_database()), 'value',
                          (SELECT count(*) FROM pg_stat_user_indexes AS t JOIN pg_class AS c ON c.oid = t.indexrelid AND relpages >= 128) - (SELECT count(*) FROM pair));
