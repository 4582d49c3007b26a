-- about: Replication slots. An unused slot keeps WAL until the disk is full, and dead rows from being vacuumed.
--    How much WAL it keeps is in replication/slot_lag.
-- interval: 30s
-- timeout: 2s
-- limit: 2000 series
-- rows: none
-- label slot_name: Name of the slot.
-- label slot_type: physical or logical.
-- label datname: Database of a logical slot; empty for a physical one.
-- gauge pg_replication_slots_active: 1 if a receiver uses the slot.
-- gauge pg_replication_slots_safe_wal_size_bytes: WAL that can still be written before the slot is in danger of being
--    lost, in bytes (safe_wal_size); absent if max_slot_wal_keep_size is -1. Negative once it is past that.
-- gauge pg_replication_slots_xmin_age_transactions: Age of the oldest transaction whose dead rows the slot keeps
--    (xmin).
-- gauge pg_replication_slots_catalog_xmin_age_transactions detail: The same for the system catalogs (catalog_xmin).
-- gauge pg_replication_slots_temporary detail: 1 if the slot goes with its session.
-- gauge pg_replication_slots_inactive_since_timestamp_seconds: Since when the slot is unused, in seconds
--    since 1970 (inactive_since); absent while it is used.
-- gauge pg_replication_slots_conflicting detail: 1 if a logical slot was invalidated because it conflicted with
--    recovery.
-- gauge pg_replication_slots_failover detail: 1 if a logical slot is to be synchronised to standbys.
-- gauge pg_replication_slots_synced: 1 if a logical slot was synchronised from the primary.
-- sql:
SELECT s.slot_name, s.slot_type, s.database AS datname,
       s.active AS pg_replication_slots_active,
       s.safe_wal_size AS pg_replication_slots_safe_wal_size_bytes,
       pg_catalog.age(s.xmin) AS pg_replication_slots_xmin_age_transactions,
       pg_catalog.age(s.catalog_xmin) AS pg_replication_slots_catalog_xmin_age_transactions,
       s.temporary AS pg_replication_slots_temporary
     , s.conflicting AS pg_replication_slots_conflicting --[16..]
     , extract(epoch FROM s.inactive_since) AS pg_replication_slots_inactive_since_timestamp_seconds --[17..]
     , s.failover AS pg_replication_slots_failover --[17..]
     , s.synced AS pg_replication_slots_synced --[17..]
FROM pg_catalog.pg_replication_slots AS s
-- Those that keep the most WAL first.
ORDER BY s.restart_lsn NULLS LAST, s.slot_name
