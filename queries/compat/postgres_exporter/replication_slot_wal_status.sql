-- about: What replication/slot_status exports, under the name that postgres_exporter had for it until 0.19.
-- enabled: no
-- interval: 30s
-- timeout: 2s
-- limit: 500 series
-- label slot_name: Name of the slot.
-- label slot_type: physical or logical.
-- label wal_status: reserved, extended, unreserved or lost.
-- gauge pg_replication_slot_wal_status: Always 1; the label says whether the WAL that the slot needs is still there.
--    Absent if it needs none.
-- sql:
SELECT slot_name, slot_type, wal_status,
       1 AS pg_replication_slot_wal_status
FROM pg_catalog.pg_replication_slots
WHERE wal_status IS NOT NULL
ORDER BY slot_name
