-- about: Queries that recovery cancelled on this standby, by cause; pg_stat_database_conflicts counts only here.
-- role: standby
-- interval: 30s
-- timeout: 5s
-- needs: setting track_counts = on
-- limit: 5000 series
-- label datname: The database.
-- counter pg_stat_database_conflicts_confl_tablespace_total: Cancelled because a tablespace was dropped
--    (confl_tablespace).
-- counter pg_stat_database_conflicts_confl_lock_total: Cancelled because of an ACCESS EXCLUSIVE lock on the primary
--    (confl_lock).
-- counter pg_stat_database_conflicts_confl_snapshot_total: Cancelled because rows that they could still see were
--    vacuumed away (confl_snapshot).
-- counter pg_stat_database_conflicts_confl_bufferpin_total: Cancelled because they held a pin on a page
--    (confl_bufferpin).
-- counter pg_stat_database_conflicts_confl_deadlock_total: Cancelled because of a deadlock with recovery
--    (confl_deadlock).
-- counter pg_stat_database_conflicts_confl_active_logicalslot_total: Uses of a logical slot that recovery
--    invalidated (confl_active_logicalslot).
-- sql:
SELECT datname,
       confl_tablespace AS pg_stat_database_conflicts_confl_tablespace_total,
       confl_lock AS pg_stat_database_conflicts_confl_lock_total,
       confl_snapshot AS pg_stat_database_conflicts_confl_snapshot_total,
       confl_bufferpin AS pg_stat_database_conflicts_confl_bufferpin_total,
       confl_deadlock AS pg_stat_database_conflicts_confl_deadlock_total
     , confl_active_logicalslot AS pg_stat_database_conflicts_confl_active_logicalslot_total --[16..]
FROM pg_catalog.pg_stat_database_conflicts
ORDER BY datid
