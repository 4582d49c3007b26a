-- about: How far replication slots are behind the end of this server's WAL. The end is asked for here alone, so that a
--    server that does not tell it still has replication/slots.
-- interval: 30s
-- timeout: 2s
-- limit: 1000 series
-- rows: none
-- label slot_name: Name of the slot.
-- label slot_type: physical or logical.
-- label datname: Database of a logical slot; empty for a physical one.
-- gauge pg_replication_slots_retained_bytes: WAL that the slot keeps from being removed, in bytes: from restart_lsn to
--    the end; absent if it keeps none.
-- gauge pg_replication_slots_confirmed_flush_lag_bytes: WAL that the receiver of a logical slot has not confirmed, in
--    bytes (confirmed_flush_lsn).
-- sql:
WITH here AS MATERIALIZED (
    SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
                THEN greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
                ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
)
SELECT s.slot_name, s.slot_type, s.database AS datname,
       -- greatest(), since a slot may have moved on after `here` was read; in a CASE, since greatest(NULL, 0) is 0.
       CASE WHEN here.lsn - s.restart_lsn IS NOT NULL THEN greatest(here.lsn - s.restart_lsn, 0) END AS pg_replication_slots_retained_bytes,
       CASE WHEN here.lsn - s.confirmed_flush_lsn IS NOT NULL THEN greatest(here.lsn - s.confirmed_flush_lsn, 0) END
           AS pg_replication_slots_confirmed_flush_lag_bytes
FROM here CROSS JOIN pg_catalog.pg_replication_slots AS s
ORDER BY here.lsn - s.restart_lsn DESC NULLS LAST, s.slot_name
