-- Left out: where the record before the last ended (last_replayed_read_lsn), and the timeline of the one that is replayed (replay_end_tli). Replay stands
-- still; the tolerances are for what the primary writes on its own account.
SELECT jsonb_build_object('metric', 'pg_stat_recovery_' || metric, 'value', value, 'tolerance', tolerance, 'labels', '{}'::jsonb)
FROM pg_stat_recovery
CROSS JOIN LATERAL (VALUES ('promote_triggered', promote_triggered::int::numeric, 0),
                           ('last_replayed_timeline_id', last_replayed_tli, 0),
                           ('last_replayed_position_bytes', pg_wal_lsn_diff(last_replayed_end_lsn, '0/0'), 20000),
                           ('replaying_bytes', 0, 0),
                           ('last_xact_timestamp_seconds', extract(epoch FROM recovery_last_xact_time), 0),
                           ('chunk_start_timestamp_seconds', extract(epoch FROM current_chunk_start_time), 60),
                           ('pause_requested', (pg_get_wal_replay_pause_state() = 'pause requested')::int, 0),
                           ('paused', (pg_get_wal_replay_pause_state() = 'paused')::int, 0)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
