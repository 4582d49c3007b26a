-- about: An estimate of how much of the 1000 largest B-trees, from 1 MB on, is neither entries nor room kept free by
--    the fillfactor. It costs no look at the index: size and entries are of the last vacuum or analyze, the width of an
--    entry is from the statistics of its columns. Those are known as with tables/bloat, those of an expression only to
--    pg_read_all_data; an index with others is left out and counted. Entries of one value share the value
--    (deduplication), so an index of many duplicates is smaller than is reckoned here, and its bloat is shown too small.
-- scope: database
-- cost: medium
-- interval: 30m
-- timeout: 30s
-- limit: 2001 series
-- rows: 1 a database
-- label schemaname: Schema of the table.
-- label relname: Table that the index is on.
-- label indexrelname: Name of the index.
-- gauge pg_index_bloat_bytes: Estimated bytes that REINDEX would give back.
-- gauge pg_index_bloat_ratio: The same in parts of the index's size, 0 to 1.
-- gauge pg_index_bloat_unknown_indexes: Those of the 1000 without an estimate: not analyzed, or with columns whose
--    width pgvigil may not know.
-- remedy: remedy
-- sql:
WITH candidate AS MATERIALIZED (
    SELECT c.oid, n.nspname, t.relname, c.relname AS indexrelname, i.indrelid, i.indkey, c.relpages, c.reltuples,
           coalesce((SELECT o.option_value::float8 FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
                     WHERE o.option_name = 'fillfactor'), 90) / 100 AS fillfactor,
           pg_catalog.current_setting('block_size')::bigint AS block
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
    WHERE m.amname = 'btree'
      AND c.relkind = 'i'
      AND c.relpersistence <> 't'
      AND c.relpages >= 1048576 / pg_catalog.current_setting('block_size')::integer
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY c.relpages DESC, c.oid
    LIMIT 1000
),
entry_width AS (
    SELECT c.*, w.data, w.bitmap
    FROM candidate AS c
    -- An index at a time, as in tables/bloat.
    CROSS JOIN LATERAL (
        -- NULL as soon as one column is not known.
        SELECT CASE WHEN pg_catalog.bool_and(coalesce(x.width, s.avg_width) IS NOT NULL AND coalesce(x.null_frac, s.null_frac) IS NOT NULL)
                    THEN pg_catalog.sum(coalesce(x.width, s.avg_width) * (1 - coalesce(x.null_frac, s.null_frac))) END AS data,
               -- The bitmap of NULLs, with its alignment, is there if there is one.
               CASE WHEN pg_catalog.bool_or(coalesce(x.null_frac, s.null_frac) > 0) THEN 8 ELSE 0 END AS bitmap
        FROM (SELECT -- Statistics of a column stand with the table, those of an expression with the index.
                     CASE WHEN b.attname IS NULL THEN c.indexrelname ELSE c.relname END AS tablename,
                     coalesce(b.attname, a.attname) AS attname,
                     CASE WHEN a.attlen > 0 THEN a.attlen END AS width,
                     CASE WHEN b.attnotnull THEN 0 END AS null_frac
              FROM pg_catalog.pg_attribute AS a
              LEFT JOIN pg_catalog.pg_attribute AS b ON b.attrelid = c.indrelid AND b.attnum = c.indkey[a.attnum - 1] AND b.attnum > 0
              WHERE a.attrelid = c.oid AND a.attnum > 0) AS x
        -- LIMIT keeps it a look into an index for each column that needs one: the view checks privileges row by row.
        LEFT JOIN LATERAL (
            SELECT v.avg_width, v.null_frac
            FROM pg_catalog.pg_stats AS v
            WHERE v.schemaname = c.nspname AND v.tablename = x.tablename AND v.attname = x.attname
              -- Those of a table itself, not of its children.
              AND NOT v.inherited
              AND (x.width IS NULL OR x.null_frac IS NULL)
            LIMIT 1) AS s ON true) AS w
),
filled AS (
    -- A page has a header of 24 bytes and 16 of the B-tree; an entry has a pointer of 4, a header of 8 and data aligned to 8.
    SELECT w.*,
           -- At least one, whatever the fillfactor and the width of values that are not compressed yet say.
           CASE WHEN w.data IS NOT NULL
                THEN greatest(1, pg_catalog.floor((w.block - 40) * w.fillfactor / (4 + 8 + w.bitmap + 8 * pg_catalog.ceil(w.data / 8.0))))
           END AS per_page
    FROM entry_width AS w
),
needed AS (
    SELECT f.*,
           -- A meta page, the leaves, and above them one page for as many as fit an entry each. -1 rows (from 14 on): not known.
           CASE WHEN f.reltuples >= 0
                THEN 1 + pg_catalog.ceil(f.reltuples / f.per_page * (1 + 1 / f.per_page)) END AS pages
    FROM filled AS f
),
bloat AS (
    SELECT n.oid, n.nspname, n.relname, n.indexrelname, n.relpages * n.block AS size,
           CASE WHEN n.pages < n.relpages THEN (n.relpages - n.pages) * n.block ELSE 0 END AS bytes
    FROM needed AS n
    WHERE n.pages IS NOT NULL
)
SELECT NULL::text AS schemaname, NULL::text AS relname, NULL::text AS indexrelname,
       NULL::float8 AS pg_index_bloat_bytes, NULL::float8 AS pg_index_bloat_ratio,
       (SELECT pg_catalog.count(*) FROM needed) - (SELECT pg_catalog.count(*) FROM bloat) AS pg_index_bloat_unknown_indexes,
       NULL::text AS remedy
UNION ALL
SELECT n.nspname, NULL, NULL, NULL::float8, NULL::float8, NULL::bigint,
       -- The first for the statistics of an expression, which before 14 nobody but the owner of its table may know.
       coalesce(pg_catalog.max(pg_catalog.format('GRANT %I TO %I;', r.rolname, current_user))
                    FILTER (WHERE 0 = ANY (n.indkey) AND NOT pg_catalog.pg_has_role(r.oid, 'USAGE')),
                pg_catalog.max(pg_catalog.format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I;', n.nspname, current_user))
                    FILTER (WHERE NOT pg_catalog.has_table_privilege(n.indrelid, 'SELECT')))
FROM needed AS n
LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = 'pg_read_all_data'
WHERE n.pages IS NULL
GROUP BY n.nspname
UNION ALL
(SELECT b.nspname, b.relname, b.indexrelname, b.bytes, b.bytes / b.size, NULL, NULL
 FROM bloat AS b
 ORDER BY b.bytes DESC, b.oid)
