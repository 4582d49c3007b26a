-- about: What replication_slots and replication/slots export, under the names that postgres_exporter had for it until 0.19.
-- enabled: no
-- interval: 30s
-- timeout: 2s
-- limit: 2000 series
-- label slot_name: Name of the slot.
-- label slot_type: physical or logical.
-- gauge pg_replication_slot_slot_current_wal_lsn: The server's own position, the same for each slot, in bytes: on a
--    standby that up to which WAL was received.
-- gauge pg_replication_slot_slot_confirmed_flush_lsn: Position that the receiver of a logical slot has confirmed, in
--    bytes (confirmed_flush_lsn).
-- gauge pg_replication_slot_slot_is_active: 1 if a receiver uses the slot.
-- gauge pg_replication_slot_safe_wal_size_bytes: WAL that can still be written before the slot is in danger of being
--    lost, in bytes (safe_wal_size); absent if max_slot_wal_keep_size is -1. Negative once it is past that.
-- sql:
WITH here AS MATERIALIZED (
    SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
                THEN greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
                ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
)
SELECT s.slot_name, s.slot_type,
       here.lsn - '0/0'::pg_lsn AS pg_replication_slot_slot_current_wal_lsn,
       s.confirmed_flush_lsn - '0/0'::pg_lsn AS pg_replication_slot_slot_confirmed_flush_lsn,
       s.active AS pg_replication_slot_slot_is_active,
       s.safe_wal_size AS pg_replication_slot_safe_wal_size_bytes
FROM here CROSS JOIN pg_catalog.pg_replication_slots AS s
ORDER BY s.slot_name
