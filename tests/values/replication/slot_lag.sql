-- Left out: nothing. The tolerances are for what the server writes on its own account.
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END AS here
\gset
SELECT jsonb_build_object('metric', 'pg_replication_slots_' || metric, 'value', value, 'tolerance', 20000,
                          'labels', jsonb_strip_nulls(jsonb_build_object('slot_name', slot_name, 'slot_type', slot_type, 'datname', database)))
FROM pg_replication_slots
CROSS JOIN LATERAL (VALUES ('retained_bytes', pg_wal_lsn_diff(:'here', restart_lsn)),
                           ('confirmed_flush_lag_bytes', pg_wal_lsn_diff(:'here', confirmed_flush_lsn))) AS m (metric, value)
WHERE value IS NOT NULL;
