-- about: postgres_exporter's names for pg_stat_database_conflicts; see database/conflicts. On a primary all are 0.
-- enabled: no
-- naming: foreign
-- interval: 30s
-- timeout: 5s
-- needs: setting track_counts = on
-- limit: 5000 series
-- label datid: OID of the database.
-- label datname: The database.
-- counter pg_stat_database_conflicts_confl_tablespace: Cancelled because a tablespace was dropped (confl_tablespace).
-- counter pg_stat_database_conflicts_confl_lock: Cancelled because of an ACCESS EXCLUSIVE lock on the primary
--    (confl_lock).
-- counter pg_stat_database_conflicts_confl_snapshot: Cancelled because rows that they could still see were vacuumed away
--    (confl_snapshot).
-- counter pg_stat_database_conflicts_confl_bufferpin: Cancelled because they held a pin on a page (confl_bufferpin).
-- counter pg_stat_database_conflicts_confl_deadlock: Cancelled because of a deadlock with recovery (confl_deadlock).
-- counter pg_stat_database_conflicts_confl_active_logicalslot: Uses of a logical slot that recovery invalidated
--    (confl_active_logicalslot).
-- sql:
SELECT datid, datname,
       confl_tablespace AS pg_stat_database_conflicts_confl_tablespace,
       confl_lock AS pg_stat_database_conflicts_confl_lock,
       confl_snapshot AS pg_stat_database_conflicts_confl_snapshot,
       confl_bufferpin AS pg_stat_database_conflicts_confl_bufferpin,
       confl_deadlock AS pg_stat_database_conflicts_confl_deadlock
     , confl_active_logicalslot AS pg_stat_database_conflicts_confl_active_logicalslot --[16..]
FROM pg_catalog.pg_stat_database_conflicts
ORDER BY datid
