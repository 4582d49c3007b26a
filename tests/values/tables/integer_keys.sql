-- Left out: nothing, as long as there are at most 200 tables. The columns themselves are read, where the pgvigil role may: ANALYZE has
-- seen all of their rows.
SELECT string_agg(
           format('SELECT %L AS schemaname, %L AS relname, %L AS attname, %L AS type, ', n.nspname, c.relname, a.attname, a.atttypid::regtype)
           || CASE WHEN has_column_privilege('pgvigil', c.oid, a.attnum, 'SELECT')
                        AND EXISTS (SELECT FROM pg_statistic AS s WHERE s.starelid = c.oid AND s.staattnum = a.attnum)
                   THEN format('max(%I)::float8 AS highest, min(%1$I)::float8 AS lowest FROM %I.%I', a.attname, n.nspname, c.relname)
                   ELSE 'NULL::float8 AS highest, NULL::float8 AS lowest' END, ' UNION ALL ') AS read
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_|^information_schema$' AND a.attnum > 0 AND a.atttypid::regtype::text IN ('smallint', 'integer')
  AND pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) IS NULL
  AND (EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f') AND a.attnum = ANY (k.conkey))
       OR EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisunique
                  AND a.attnum::text = ANY ((string_to_array(i.indkey::text, ' '))[1:i.indnkeyatts])))
\gset
WITH key AS (:read),
used AS (
    SELECT *, greatest(highest / CASE type WHEN 'smallint' THEN 32767 ELSE 2147483647 END,
                       lowest / CASE type WHEN 'smallint' THEN -32768 ELSE -2147483648 END) AS ratio
    FROM key
)
SELECT jsonb_build_object('metric', 'pg_integer_key_used_ratio', 'value', ratio, 'tolerance', ratio * 1e-9,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', schemaname, 'relname', relname, 'attname', attname))
FROM used
WHERE ratio IS NOT NULL
UNION ALL
SELECT jsonb_build_object('metric', 'pg_integer_keys_unknown', 'labels', jsonb_build_object('datname', current_database()), 'value', count(*))
FROM used
WHERE ratio IS NULL;
