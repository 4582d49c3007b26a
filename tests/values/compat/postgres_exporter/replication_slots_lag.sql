-- Left out: nothing. The tolerance is for what the server writes on its own account.
SELECT jsonb_build_object('metric', 'pg_replication_slots_pg_wal_lsn_diff', 'value', pg_wal_lsn_diff(here, restart_lsn), 'tolerance', 20000,
                          'labels', jsonb_strip_nulls(jsonb_build_object('slot_name', slot_name, 'database', database)))
FROM pg_replication_slots,
     LATERAL (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END) AS h (here)
WHERE restart_lsn IS NOT NULL;
