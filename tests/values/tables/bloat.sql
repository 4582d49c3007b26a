-- Left out: nothing. What is bloat is told by a copy of the table without any, which setup.sql makes; the estimate may err by 3 % of
-- the table.
WITH pair AS (
    SELECT t.oid, t.relname, pg_relation_size(t.oid) AS size, pg_relation_size(c.oid) AS needed
    FROM pg_class AS t
    JOIN pg_class AS c ON c.relnamespace = t.relnamespace AND c.relname = replace(t.relname, 'bloated', 'compact')
    WHERE t.relnamespace = to_regnamespace('kinds') AND t.relname IN ('bloated', 'bloated_fixed')
)
SELECT jsonb_build_object('metric', metric, 'value', value, 'tolerance', tolerance,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', 'kinds', 'relname', relname))
FROM pair
CROSS JOIN LATERAL (VALUES ('pg_table_bloat_bytes', size - needed, size * 0.03), ('pg_table_bloat_ratio', (size - needed)::float8 / size, 0.03)) AS m (metric, value, tolerance)
UNION ALL
SELECT jsonb_build_object('metric', 'pg_table_bloat_unknown_tables', 'labels', jsonb_build_object('datname', current_database()), 'value',
                          (SELECT count(*) FROM pg_stat_user_tables AS t JOIN pg_class AS c ON c.oid = t.relid AND relpages >= 128) - (SELECT count(*) FROM pair));
