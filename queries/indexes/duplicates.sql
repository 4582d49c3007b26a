-- about: The largest 100 indexes of which the table has another one that is the same: columns, order, operators,
--    condition. Of each set of the same, the one that is needed most is left out. How many there are in all, indexes/counts
--    says.
-- scope: database
-- cost: medium
-- interval: 30m
-- timeout: 10s
-- limit: 100 series
-- rows: none
-- label schemaname: Schema of the table.
-- label relname: Table that the index is on.
-- label indexrelname: The index that is one too many.
-- label duplicate_of: The index that does the same.
-- gauge pg_index_duplicate_bytes: Size of the index that is one too many as of the last vacuum or analyze, in bytes.
-- sql:
WITH index AS (
    SELECT n.nspname, t.relname, c.relname AS indexrelname, c.oid,
           c.relpages * pg_catalog.current_setting('block_size')::bigint AS size,
           pg_catalog.row_number() OVER same AS copy,
           pg_catalog.first_value(c.relname) OVER same AS duplicate_of
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'i'
      AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND i.indisvalid AND NOT i.indisexclusion
    -- The same rule as in indexes/counts.
    WINDOW same AS (
        PARTITION BY i.indrelid, c.relam, i.indnkeyatts, i.indkey, i.indclass, i.indcollation, i.indoption,
                     pg_catalog.regexp_replace(i.indexprs::text, ':location -?\d+', '', 'g'),
                     pg_catalog.regexp_replace(i.indpred::text, ':location -?\d+', '', 'g')
        ORDER BY i.indisprimary DESC, i.indisreplident DESC, i.indisunique DESC, c.oid)
)
SELECT x.nspname AS schemaname, x.relname, x.indexrelname, x.duplicate_of, x.size AS pg_index_duplicate_bytes
FROM index AS x
WHERE x.copy > 1
ORDER BY x.size DESC, x.oid
LIMIT 100
