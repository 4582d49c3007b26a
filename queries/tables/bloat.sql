-- about: An estimate of how much of the 1000 largest tables, from 1 MB on, is neither rows nor room kept free by the
--    fillfactor. It costs no look at the table: size and rows are of its last vacuum or analyze, the width of a row is
--    from the statistics of its columns. Those are known where pgvigil may read the column (from 14 on: GRANT
--    pg_read_all_data), and without that for columns of a fixed width that are NOT NULL. A table with others is left
--    out and counted. Wrong by a few percent from the alignment of columns; by more if the table has changed since its
--    analyze, or if columns were added or dropped without rewriting it. The TOAST table is not in it.
-- scope: database
-- cost: medium
-- interval: 30m
-- timeout: 30s
-- limit: 2001 series
-- rows: 1 a database
-- label schemaname: Schema of the table.
-- label relname: Name of the table or materialized view.
-- gauge pg_table_bloat_bytes: Estimated bytes that VACUUM FULL would give back. Room that vacuum has freed for new rows
--    counts.
-- gauge pg_table_bloat_ratio: The same in parts of the table's size, 0 to 1.
-- gauge pg_table_bloat_unknown_tables: Those of the 1000 without an estimate: not analyzed, or with columns whose
--    width pgvigil may not know.
-- remedy: remedy
-- sql:
WITH candidate AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relpages, c.reltuples,
           coalesce((SELECT o.option_value::float8 FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
                     WHERE o.option_name = 'fillfactor'), 100) / 100 AS fillfactor,
           pg_catalog.current_setting('block_size')::bigint AS block
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm')
      AND c.relpersistence <> 't'
      AND c.relpages >= 1048576 / pg_catalog.current_setting('block_size')::integer
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY c.relpages DESC, c.oid
    LIMIT 1000
),
row_width AS (
    SELECT c.*, w.data, w.bitmap
    FROM candidate AS c
    -- A table at a time: the planner takes the candidates for few, and would join all of their columns with each of them.
    CROSS JOIN LATERAL (
        -- NULL as soon as one column is not known.
        SELECT CASE WHEN pg_catalog.bool_and(coalesce(x.width, s.avg_width) IS NOT NULL AND coalesce(x.null_frac, s.null_frac) IS NOT NULL)
                    THEN pg_catalog.sum(coalesce(x.width, s.avg_width) * (1 - coalesce(x.null_frac, s.null_frac))) END AS data,
               -- The bitmap of NULLs is there if there is one.
               CASE WHEN pg_catalog.bool_or(coalesce(x.null_frac, s.null_frac) > 0) THEN (pg_catalog.count(*) + 7) / 8 ELSE 0 END AS bitmap
        FROM (SELECT a.attname,
                     CASE WHEN a.attlen > 0 THEN a.attlen END AS width,
                     CASE WHEN a.attnotnull THEN 0 END AS null_frac
              FROM pg_catalog.pg_attribute AS a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                -- Virtual columns (18) take no room.
                AND a.attgenerated <> 'v') AS x
        -- LIMIT keeps it a look into an index for each column that needs one: the view checks privileges row by row.
        LEFT JOIN LATERAL (
            SELECT v.avg_width, v.null_frac
            FROM pg_catalog.pg_stats AS v
            WHERE v.schemaname = c.nspname AND v.tablename = c.relname AND v.attname = x.attname
              -- Those of a table itself, not of its children.
              AND NOT v.inherited
              AND (x.width IS NULL OR x.null_frac IS NULL)
            LIMIT 1) AS s ON true) AS w
),
filled AS (
    -- A page has a header of 24 bytes; a row has a pointer of 4 and a header of 23, and header and data are aligned to 8.
    -- However low the fillfactor, a page takes a row.
    SELECT w.*,
           CASE WHEN w.data IS NOT NULL
                THEN greatest(1, pg_catalog.floor((w.block - 24) * w.fillfactor
                                                  / (4 + 8 * pg_catalog.ceil((23 + w.bitmap) / 8.0) + 8 * pg_catalog.ceil(w.data / 8.0))))
           END AS per_page
    FROM row_width AS w
),
needed AS (
    -- -1 rows (from 14 on): not known.
    SELECT f.*, CASE WHEN f.reltuples >= 0 THEN pg_catalog.ceil(f.reltuples / f.per_page) END AS pages
    FROM filled AS f
),
bloat AS (
    SELECT n.oid, n.nspname, n.relname, n.relpages * n.block AS size,
           CASE WHEN n.pages < n.relpages THEN (n.relpages - n.pages) * n.block ELSE 0 END AS bytes
    FROM needed AS n
    WHERE n.pages IS NOT NULL
)
SELECT NULL::text AS schemaname, NULL::text AS relname,
       NULL::float8 AS pg_table_bloat_bytes, NULL::float8 AS pg_table_bloat_ratio,
       (SELECT pg_catalog.count(*) FROM needed) - (SELECT pg_catalog.count(*) FROM bloat) AS pg_table_bloat_unknown_tables,
       NULL::text AS remedy
UNION ALL
SELECT DISTINCT n.nspname, NULL, NULL::float8, NULL::float8, NULL::bigint,
       pg_catalog.format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I;', n.nspname, current_user)
FROM needed AS n
WHERE n.pages IS NULL AND NOT pg_catalog.has_table_privilege(n.oid, 'SELECT')
UNION ALL
(SELECT b.nspname, b.relname, b.bytes, b.bytes / b.size, NULL, NULL
 FROM bloat AS b
 ORDER BY b.bytes DESC, b.oid)
