-- about: postgres_exporter's positions of replication slots, as bytes since the beginning of the WAL. What it has with
--    the label `database` instead is in replication_slots_lag.
-- enabled: no
-- interval: 30s
-- timeout: 2s
-- limit: 1500 series
-- label slot_name: Name of the slot.
-- label slot_type: physical or logical.
-- gauge pg_replication_slots_slot_confirmed_flush_lsn: Position that the receiver of a logical slot has confirmed, in
--    bytes (confirmed_flush_lsn).
-- gauge pg_replication_slots_slot_is_active: 1 if a receiver uses the slot.
-- sql:
SELECT s.slot_name, s.slot_type,
       s.confirmed_flush_lsn - '0/0'::pg_lsn AS pg_replication_slots_slot_confirmed_flush_lsn,
       s.active AS pg_replication_slots_slot_is_active
FROM pg_catalog.pg_replication_slots AS s
ORDER BY s.slot_name
