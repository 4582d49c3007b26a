-- Left out: nothing. The tolerance is for what the server writes on its own account.
SELECT jsonb_build_object('metric', 'pg_replication_slots_slot_current_wal_lsn', 'tolerance', 20000, 'value', pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, '0/0'),
                          'labels', jsonb_build_object('slot_name', slot_name, 'slot_type', slot_type))
FROM pg_replication_slots;
