-- about: postgres_exporter's WAL behind each replication slot: replication/slot_lag has it as
--    pg_replication_slots_retained_bytes.
-- enabled: no
-- interval: 30s
-- timeout: 2s
-- limit: 500 series
-- label slot_name: Name of the slot.
-- label database: Database of a logical slot; empty for a physical one.
-- gauge pg_replication_slots_pg_wal_lsn_diff: WAL that the slot keeps from being removed, in bytes: from restart_lsn to
--    the end; absent if it keeps none.
-- sql:
WITH here AS MATERIALIZED (
    SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
                THEN greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
                ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
)
SELECT s.slot_name, s.database,
       -- greatest(), since a slot may have moved on after `here` was read; in a CASE, since greatest(NULL, 0) is 0.
       CASE WHEN here.lsn - s.restart_lsn IS NOT NULL THEN greatest(here.lsn - s.restart_lsn, 0) END AS pg_replication_slots_pg_wal_lsn_diff
FROM here CROSS JOIN pg_catalog.pg_replication_slots AS s
ORDER BY here.lsn - s.restart_lsn DESC NULLS LAST, s.slot_name
