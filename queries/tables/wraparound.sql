-- about: The tables that are nearest to the end of their transaction or multixact numbers: 50 by either. The oldest one
--    of a database is the age of the database. System catalogs and temporary tables are among them, since a forgotten
--    session's table, which autovacuum cannot freeze, holds up the whole server.
-- scope: database
-- cost: medium
-- interval: 5m
-- timeout: 10s
-- limit: 200 series
-- rows: 1 a table, at most 50
-- label schemaname: Schema of the table.
-- label relname: Name of the table or materialized view.
-- gauge pg_table_frozen_xid_age_transactions: Age of the oldest transaction number in the table or its TOAST table
--    (relfrozenxid). Autovacuum is forced at autovacuum_freeze_max_age; writes are refused shortly before 2147483648.
-- gauge pg_table_min_multixact_age_multixacts: The same for multixacts (relminmxid).
-- sql:
WITH aged AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname,
           greatest(pg_catalog.age(c.relfrozenxid), pg_catalog.age(t.relfrozenxid)) AS xid_age,
           greatest(pg_catalog.mxid_age(c.relminmxid), pg_catalog.mxid_age(t.relminmxid)) AS multixact_age
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_class AS t ON t.oid = c.reltoastrelid
    WHERE c.relkind IN ('r', 'm')
)
SELECT a.nspname AS schemaname, a.relname,
       a.xid_age AS pg_table_frozen_xid_age_transactions,
       a.multixact_age AS pg_table_min_multixact_age_multixacts
FROM aged AS a
WHERE a.oid IN (SELECT x.oid FROM aged AS x ORDER BY x.xid_age DESC, x.oid LIMIT 50)
   OR a.oid IN (SELECT x.oid FROM aged AS x ORDER BY x.multixact_age DESC, x.oid LIMIT 50)
ORDER BY a.xid_age DESC, a.multixact_age DESC, a.oid
