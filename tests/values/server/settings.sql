-- Left out: nothing. The numbers come from SHOW's form of each setting (such as 128MB, 5min), read by PostgreSQL's own functions, not from
-- pg_settings. A setting that this major does not have is no row.
WITH expected (metric, kind) AS (VALUES
    ('max_connections', 'number'), ('superuser_reserved_connections', 'number'), ('reserved_connections', 'number'), ('max_worker_processes', 'number'),
    ('max_parallel_workers', 'number'), ('max_prepared_transactions', 'number'), ('max_locks_per_transaction', 'number'), ('max_wal_senders', 'number'),
    ('max_replication_slots', 'number'), ('shared_buffers_bytes', 'bytes'), ('effective_cache_size_bytes', 'bytes'), ('work_mem_bytes', 'bytes'),
    ('maintenance_work_mem_bytes', 'bytes'), ('wal_buffers_bytes', 'bytes'), ('block_size_bytes', 'bytes'), ('wal_segment_size_bytes', 'bytes'),
    ('min_wal_size_bytes', 'bytes'), ('max_wal_size_bytes', 'bytes'), ('wal_keep_size_bytes', 'bytes'), ('max_slot_wal_keep_size_bytes', 'bytes'),
    ('checkpoint_timeout_seconds', 'time'), ('checkpoint_completion_target', 'number'), ('archive_timeout_seconds', 'time'),
    ('wal_sender_timeout_seconds', 'time'), ('wal_receiver_timeout_seconds', 'time'), ('max_standby_streaming_delay_seconds', 'time'),
    ('max_standby_archive_delay_seconds', 'time'), ('hot_standby_feedback', 'switch'), ('autovacuum', 'switch'), ('autovacuum_max_workers', 'number'),
    ('autovacuum_naptime_seconds', 'time'), ('autovacuum_freeze_max_age', 'number'), ('autovacuum_multixact_freeze_max_age', 'number'),
    ('autovacuum_vacuum_threshold', 'number'), ('autovacuum_vacuum_scale_factor', 'number'), ('autovacuum_analyze_threshold', 'number'),
    ('autovacuum_analyze_scale_factor', 'number'), ('vacuum_failsafe_age', 'number'), ('fsync', 'switch'), ('full_page_writes', 'switch'),
    ('data_checksums', 'switch'), ('track_counts', 'switch'), ('track_activities', 'switch'), ('track_io_timing', 'switch'),
    ('idle_in_transaction_session_timeout_seconds', 'time'), ('deadlock_timeout_seconds', 'time'), ('archive_mode', 'switch')
)
SELECT jsonb_build_object('metric', 'pg_settings_' || metric, 'labels', '{}'::jsonb, 'value',
           CASE kind WHEN 'number' THEN shown::numeric
                     WHEN 'bytes' THEN pg_size_bytes(shown)
                     WHEN 'time' THEN extract(epoch FROM shown::interval)::numeric
                     WHEN 'switch' THEN CASE WHEN shown = 'off' THEN 0 ELSE 1 END END)
FROM expected, current_setting(regexp_replace(metric, '_(bytes|seconds)$', ''), true) AS shown
WHERE shown IS NOT NULL
UNION ALL
SELECT jsonb_build_object('metric', 'pg_settings_pending_restart', 'labels', '{}'::jsonb, 'value', (SELECT count(*) FROM pg_settings WHERE pending_restart));
