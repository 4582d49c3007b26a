-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_replication_slot_wal_status', 'value', 1, 'labels', jsonb_build_object('slot_name', slot_name, 'slot_type', slot_type, 'wal_status', wal_status))
FROM pg_replication_slots WHERE wal_status <> '';
