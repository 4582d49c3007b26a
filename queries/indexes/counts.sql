-- about: How many indexes of a database are of no use, and how large they are. Sizes are of the last vacuum or analyze,
--    as measuring could wait for a lock. Those that are never
--    scanned are in indexes/unused; indexes/duplicates names those that are there twice.
-- scope: database
-- cost: medium
-- interval: 5m
-- timeout: 10s
-- limit: 20 series
-- gauge pg_indexes: Indexes of tables and materialized views; those of partitions count, those of partitioned and of
--    temporary tables do not.
-- gauge pg_indexes_invalid: Indexes that queries cannot use, for instance since CREATE INDEX CONCURRENTLY failed; writes
--    keep them up to date all the same. One that is being built counts.
-- gauge pg_indexes_invalid_bytes detail: Their size, in bytes.
-- gauge pg_indexes_duplicate detail: Indexes of which the table has another one that is the same: columns, order,
--    operators, condition.
-- gauge pg_indexes_duplicate_bytes detail: Their size, in bytes; of each set of the same, the one that is needed most
--    is left out.
-- sql:
WITH index AS MATERIALIZED (
    SELECT i.indrelid, i.indisvalid, c.oid, c.relpages * pg_catalog.current_setting('block_size')::bigint AS size,
           -- Which one of several that are the same this is; the text of an expression has where it stood in its statement.
           pg_catalog.row_number() OVER (
               PARTITION BY i.indrelid, c.relam, i.indnkeyatts, i.indkey, i.indclass, i.indcollation, i.indoption,
                            pg_catalog.regexp_replace(i.indexprs::text, ':location -?\d+', '', 'g'),
                            pg_catalog.regexp_replace(i.indpred::text, ':location -?\d+', '', 'g'),
                            -- Exclusion constraints differ by operators that stand elsewhere.
                            CASE WHEN i.indisexclusion THEN c.oid END,
                            i.indisvalid
               ORDER BY i.indisprimary DESC, i.indisreplident DESC, i.indisunique DESC, c.oid) AS copy
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'i'
      AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
)
SELECT pg_catalog.count(*) AS pg_indexes,
       pg_catalog.count(*) FILTER (WHERE NOT x.indisvalid) AS pg_indexes_invalid,
       coalesce(pg_catalog.sum(x.size) FILTER (WHERE NOT x.indisvalid), 0) AS pg_indexes_invalid_bytes,
       pg_catalog.count(*) FILTER (WHERE x.indisvalid AND x.copy > 1) AS pg_indexes_duplicate,
       coalesce(pg_catalog.sum(x.size) FILTER (WHERE x.indisvalid AND x.copy > 1), 0) AS pg_indexes_duplicate_bytes
FROM index AS x
