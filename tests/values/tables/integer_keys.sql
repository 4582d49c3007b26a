-- Left out: nothing, as long as there are at most 200 tables. To read the columns would count; what they hold stands in the statistics as
-- ANALYZE, with all rows in its sample, has ordered it: the ends of the histogram, and the few values that come more than once.
WITH key AS (
    SELECT n.nspname, c.relname, a.attname,
           CASE a.atttypid::regtype::text WHEN 'smallint' THEN 2 ^ 15 ELSE 2 ^ 31 END AS size,
           (SELECT array_agg(v::float8)
            FROM pg_stats AS s,
                 regexp_split_to_table(concat_ws(',', (regexp_match(s.histogram_bounds::text, '^{(-?\d+)'))[1],
                                                      (regexp_match(s.histogram_bounds::text, '(-?\d+)}$'))[1],
                                                      btrim(s.most_common_vals::text, '{}')), ',') AS v
            WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND v <> ''
              AND has_column_privilege('pgvigil', c.oid, a.attnum, 'SELECT')) AS seen
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_|^information_schema$' AND a.attnum > 0
      AND a.atttypid::regtype::text IN ('smallint', 'integer')
      AND pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) IS NULL
      AND (EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f') AND a.attnum = ANY (k.conkey))
           OR EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisunique
                      AND a.attnum::text = ANY ((string_to_array(i.indkey::text, ' '))[1:i.indnkeyatts])))
)
SELECT jsonb_build_object('metric', 'pg_integer_key_used_ratio', 'tolerance', 1e-9,
                          'value', (SELECT max(CASE WHEN v < 0 THEN -v / size ELSE v / (size - 1) END) FROM unnest(seen) AS v),
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', nspname, 'relname', relname, 'attname', attname))
FROM key
WHERE seen IS NOT NULL
UNION ALL
SELECT jsonb_build_object('metric', 'pg_integer_keys_unknown', 'labels', jsonb_build_object('datname', current_database()), 'value', count(*))
FROM key
WHERE seen IS NULL;
