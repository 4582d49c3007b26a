-- about: What replication_slots and replication/slots export, under the names that postgres_exporter had for it until 0.19.
-- enabled: no
-- interval: 30s
-- timeout: 2s
-- limit: 2000 series
-- label slot_name: Name of the slot.
-- label slot_type: physical or logical.
-- gauge pg_replication_slot_slot_confirmed_flush_lsn: Position that the receiver of a logical slot has confirmed, in
--    bytes (confirmed_flush_lsn).
-- gauge pg_replication_slot_slot_is_active: 1 if a receiver uses the slot.
-- gauge pg_replication_slot_safe_wal_size_bytes: WAL that can still be written before the slot is in danger of being
--    lost, in bytes (safe_wal_size); absent if max_slot_wal_keep_size is -1. Negative once it is past that.
-- sql:
SELECT s.slot_name, s.slot_type,
       s.confirmed_flush_lsn - '0/0'::pg_lsn AS pg_replication_slot_slot_confirmed_flush_lsn,
       s.active AS pg_replication_slot_slot_is_active,
       s.safe_wal_size AS pg_replication_slot_safe_wal_size_bytes
FROM pg_catalog.pg_replication_slots AS s
ORDER BY s.slot_name
