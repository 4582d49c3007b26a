-- about: What recovery on this standby is at: the record that is replayed, and whether it was paused or
--    asked for a promotion.
-- detail: yes
-- role: standby
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 20 series
-- covers: 19..: pg_stat_recovery came with 19.
-- gauge pg_stat_recovery_promote_triggered: 1 once a promotion was asked for (promote_triggered).
-- gauge pg_stat_recovery_last_replayed_timeline_id: Timeline of the last record that was replayed
--    (last_replayed_tli).
-- gauge pg_stat_recovery_last_replayed_position_bytes: End of this record, in bytes since the beginning of the
--    cluster's history (last_replayed_end_lsn).
-- gauge pg_stat_recovery_replaying_bytes: Size of the record that is being replayed, in bytes; 0 between two
--    (replay_end_lsn - last_replayed_end_lsn). More than 0 with the same position for long is a record that is hard
--    to replay or waits for a session.
-- gauge pg_stat_recovery_last_xact_timestamp_seconds: When the last transaction that was replayed ended on the
--    primary, in seconds since 1970 (recovery_last_xact_time); absent if there was none since the start.
-- gauge pg_stat_recovery_chunk_start_timestamp_seconds: When replay, having caught up, was last given new WAL, in
--    seconds since 1970 (current_chunk_start_time).
-- gauge pg_stat_recovery_pause_requested: 1 if a pause was requested that has not begun (pause_state).
-- gauge pg_stat_recovery_paused: 1 if replay stands still because it was paused (pause_state).
-- sql 19..:
SELECT promote_triggered AS pg_stat_recovery_promote_triggered,
       last_replayed_tli AS pg_stat_recovery_last_replayed_timeline_id,
       last_replayed_end_lsn - '0/0'::pg_catalog.pg_lsn AS pg_stat_recovery_last_replayed_position_bytes,
       replay_end_lsn - last_replayed_end_lsn AS pg_stat_recovery_replaying_bytes,
       extract(epoch FROM recovery_last_xact_time) AS pg_stat_recovery_last_xact_timestamp_seconds,
       extract(epoch FROM current_chunk_start_time) AS pg_stat_recovery_chunk_start_timestamp_seconds,
       pause_state = 'pause requested' AS pg_stat_recovery_pause_requested,
       pause_state = 'paused' AS pg_stat_recovery_paused
FROM pg_catalog.pg_stat_recovery
