-- about: Whether the WAL that a slot needs is still there, as labels of one series a slot that is always 1.
-- interval: 30s
-- timeout: 2s
-- limit: 500 series
-- rows: none
-- label slot_name: Name of the slot.
-- label wal_status: reserved (within max_wal_size), extended (kept because of the slot), unreserved (may go at the next
--    checkpoint), lost; empty if it needs none.
-- label invalidation_reason: Why the slot cannot be used any more; empty while it can.
-- label slotsync_skip_reason: Why this standby could not bring its copy of the slot up to date the last time;
--    empty if it could.
-- gauge pg_replication_slots_wal_status: Always 1; the label says the status.
-- sql:
SELECT slot_name, wal_status, --[..17]
SELECT slot_name, wal_status, invalidation_reason, --[17..19]
SELECT slot_name, wal_status, invalidation_reason, slotsync_skip_reason, --[19..]
       1 AS pg_replication_slots_wal_status
FROM pg_catalog.pg_replication_slots
ORDER BY slot_name
