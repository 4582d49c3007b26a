-- about: How far the keys of type integer and smallint are from the end of their type, where no sequence of theirs tells
--    (sequences/use): columns of primary keys, of unique indexes and of foreign keys, such as an integer that refers to
--    a bigint. The answer is in the statistics that ANALYZE made: the ends of the histogram and the most common values.
--    Nothing of the table or of an index is read; the largest value itself would be in the index, but to look there
--    takes a statement for each. The 200 tables with the most rows are looked at. pgvigil sees statistics of what it may
--    read (from 14 on: GRANT pg_read_all_data); other columns are counted.
-- scope: database
-- cost: medium
-- interval: 1h
-- timeout: 20s
-- limit: 1000 series
-- rows: 1 a database
-- label schemaname: Schema of the table.
-- label relname: Name of the table.
-- label attname: The column.
-- gauge pg_integer_key_used_ratio: The value farthest from 0 that the last ANALYZE saw, in parts of what the type can
--    hold on that side of 0. It saw a sample, so a little less than the truth in a table of more than 30,000 rows.
-- gauge pg_integer_keys_unknown detail: Such columns of the 200 tables without an answer: not analyzed, nothing but
--    NULL, or not for pgvigil to know.
-- sql:
WITH largest AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm')
      AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY c.reltuples DESC, c.oid
    LIMIT 200
),
candidate AS MATERIALIZED (
    SELECT c.oid, c.nspname, c.relname, a.attname, a.attnum, a.atttypid = 'smallint'::pg_catalog.regtype AS small
    FROM largest AS c
    CROSS JOIN LATERAL (
        SELECT pg_catalog.unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) AS attnum
        FROM pg_catalog.pg_index AS i
        WHERE i.indrelid = c.oid AND i.indisunique
        UNION
        SELECT pg_catalog.unnest(f.conkey)
        FROM pg_catalog.pg_constraint AS f
        WHERE f.conrelid = c.oid AND f.contype = 'f') AS k
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum
    WHERE a.atttypid IN ('smallint'::pg_catalog.regtype, 'integer'::pg_catalog.regtype)
      -- A serial or identity column's sequence depends on it; nothing else does in this way.
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                      JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = d.objid
                      WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
                        AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i'))
),
used AS MATERIALIZED (
    SELECT c.*, v.ratio
    FROM candidate AS c
    -- LIMIT keeps it a look into an index for each column: the view checks privileges row by row.
    LEFT JOIN LATERAL (
        SELECT s.histogram_bounds, s.most_common_vals
        FROM pg_catalog.pg_stats AS s
        WHERE s.schemaname = c.nspname AND s.tablename = c.relname AND s.attname = c.attname AND NOT s.inherited
        LIMIT 1) AS s ON true
    CROSS JOIN LATERAL (
        SELECT pg_catalog.max(CASE WHEN x.value < 0 THEN x.value / CASE WHEN c.small THEN -32768 ELSE -2147483648 END
                                   ELSE x.value / CASE WHEN c.small THEN 32767 ELSE 2147483647 END END) AS ratio
        -- The arrays are of no type that one could take an element of: they go through text.
        FROM (SELECT pg_catalog.unnest(s.histogram_bounds::text::float8[])
              UNION ALL
              SELECT pg_catalog.unnest(s.most_common_vals::text::float8[])) AS x (value)) AS v
)
SELECT NULL::text AS schemaname, NULL::text AS relname, NULL::text AS attname,
       NULL::float8 AS pg_integer_key_used_ratio,
       (SELECT pg_catalog.count(*) FROM used AS u WHERE u.ratio IS NULL) AS pg_integer_keys_unknown
UNION ALL
(SELECT u.nspname, u.relname, u.attname, u.ratio, NULL
 FROM used AS u
 WHERE u.ratio IS NOT NULL
 ORDER BY u.ratio DESC, u.oid, u.attnum)
