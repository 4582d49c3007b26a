-- about: postgres_exporter's position of the server itself at each replication slot; replication_slots has the rest.
-- enabled: no
-- interval: 30s
-- timeout: 2s
-- limit: 500 series
-- label slot_name: Name of the slot.
-- label slot_type: physical or logical.
-- gauge pg_replication_slots_slot_current_wal_lsn: The server's own position, the same for each slot, in bytes: on a
--    standby that up to which WAL was received.
-- sql:
WITH here AS MATERIALIZED (
    SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
                THEN greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
                ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
)
SELECT s.slot_name, s.slot_type,
       here.lsn - '0/0'::pg_lsn AS pg_replication_slots_slot_current_wal_lsn
FROM here CROSS JOIN pg_catalog.pg_replication_slots AS s
ORDER BY s.slot_name
