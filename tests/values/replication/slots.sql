-- Left out: nothing. The tolerances are for what the server writes on its own account.
SELECT :SERVER_VERSION_NUM >= 160000 AS v16, :SERVER_VERSION_NUM >= 170000 AS v17
\gset
\set more ''
\if :v16
  \set more ', (''conflicting'', conflicting::int, 0)'
\endif
\if :v17
  \set more :more ', (''inactive_since_timestamp_seconds'', extract(epoch FROM inactive_since), 0), (''failover'', failover::int, 0), (''synced'', synced::int, 0)'
\endif
SELECT jsonb_build_object('metric', 'pg_replication_slots_' || metric, 'value', value, 'tolerance', tolerance,
                          'labels', jsonb_strip_nulls(jsonb_build_object('slot_name', slot_name, 'slot_type', slot_type, 'datname', database)))
FROM pg_replication_slots
CROSS JOIN LATERAL (VALUES ('active', active::int::numeric, 0),
                           ('safe_wal_size_bytes', safe_wal_size, 20000),
                           ('xmin_age_transactions', age(xmin), 10),
                           ('catalog_xmin_age_transactions', age(catalog_xmin), 10),
                           ('temporary', temporary::int, 0) :more) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
