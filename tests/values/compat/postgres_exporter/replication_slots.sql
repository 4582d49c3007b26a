-- Left out: nothing. The tolerances are for what the server writes on its own account, and for a receiver that confirms it.
SELECT jsonb_build_object('metric', 'pg_replication_slots_' || metric, 'value', value, 'tolerance', tolerance,
                          'labels', jsonb_build_object('slot_name', slot_name, 'slot_type', slot_type))
FROM pg_replication_slots
CROSS JOIN LATERAL (VALUES ('slot_confirmed_flush_lsn', pg_wal_lsn_diff(confirmed_flush_lsn, '0/0'), 20000),
                           ('slot_is_active', active::int::numeric, 0)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
