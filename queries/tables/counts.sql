-- about: How many tables of a database lack something that they should have.
-- scope: database
-- cost: medium
-- interval: 5m
-- timeout: 10s
-- limit: 20 series
-- gauge pg_tables detail: Tables and materialized views; partitions count, partitioned tables and temporary ones do
--    not.
-- gauge pg_tables_without_primary_key: Tables without a primary key.
-- gauge pg_tables_unlogged: Tables that are empty after a crash and on standbys (UNLOGGED).
-- gauge pg_tables_autovacuum_disabled: Tables with autovacuum_enabled = off.
-- gauge pg_foreign_keys_without_index: Foreign keys whose columns are not the first ones of any usable index on the
--    referencing table: each delete or key update in the referenced one reads all of it. One of a partitioned table
--    counts once.
-- gauge pg_constraints_not_validated: Constraints that were added NOT VALID and never validated; those that are NOT
--    ENFORCED do not count.
-- sql:
SELECT t.tables AS pg_tables,
       t.without_primary_key AS pg_tables_without_primary_key,
       t.unlogged AS pg_tables_unlogged,
       t.autovacuum_disabled AS pg_tables_autovacuum_disabled,
       k.without_index AS pg_foreign_keys_without_index,
       k.not_validated AS pg_constraints_not_validated
FROM (
    SELECT pg_catalog.count(*) AS tables,
           pg_catalog.count(*) FILTER (WHERE c.relkind = 'r' AND NOT EXISTS (
               SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)) AS without_primary_key,
           pg_catalog.count(*) FILTER (WHERE c.relpersistence = 'u') AS unlogged,
           pg_catalog.count(*) FILTER (WHERE EXISTS (
               SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
               WHERE o.option_name = 'autovacuum_enabled' AND NOT o.option_value::boolean)) AS autovacuum_disabled
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm')
      AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
) AS t
CROSS JOIN (
    SELECT pg_catalog.count(*) FILTER (WHERE f.contype = 'f' AND f.conparentid = 0 AND NOT EXISTS (
               SELECT FROM pg_catalog.pg_index AS i
               WHERE i.indrelid = f.conrelid AND i.indisvalid AND i.indpred IS NULL
                 AND i.indnkeyatts >= pg_catalog.cardinality(f.conkey)
                 -- The first columns in any order; an int2vector counts from 0.
                 AND (i.indkey::int2[])[0:pg_catalog.cardinality(f.conkey) - 1] @> f.conkey)) AS without_index,
           -- Those not enforced (from 18 on) are never valid.
           pg_catalog.count(*) FILTER (WHERE CASE
               WHEN NOT f.convalidated THEN coalesce((pg_catalog.to_jsonb(f) ->> 'conenforced')::boolean, true)
           END) AS not_validated
    FROM pg_catalog.pg_constraint AS f
    WHERE f.contype IN ('f', 'c', 'n') AND f.conrelid <> 0
) AS k
