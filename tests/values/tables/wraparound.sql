-- Left out: nothing. Which ones are the first 50 is told in another way: no more than 49 stand before them.
WITH one AS (
    SELECT c.oid, n.nspname, c.relname, max(age(p.relfrozenxid)) AS xids, max(mxid_age(p.relminmxid)) AS multis
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_class AS p ON p.oid IN (c.oid, c.reltoastrelid)
    WHERE c.relfrozenxid <> '0'::xid AND c.relkind <> 't'
    GROUP BY 1, 2, 3
)
SELECT jsonb_build_object('metric', metric, 'value', value,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', nspname, 'relname', relname))
FROM one
CROSS JOIN LATERAL (VALUES ('pg_table_frozen_xid_age_transactions', xids), ('pg_table_min_multixact_age_multixacts', multis)) AS m (metric, value)
WHERE (SELECT count(*) FROM one AS o WHERE (-o.xids, o.oid) < (-one.xids, one.oid)) < 50
   OR (SELECT count(*) FROM one AS o WHERE (-o.multis, o.oid) < (-one.multis, one.oid)) < 50;
