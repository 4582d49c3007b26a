-- Left out: what server/settings exports under the same name, what belongs to pgvigil's own transaction or is set by its driver, settings of
-- extensions, and words. The numbers come from SHOW's form of each setting (such as 128MB, 5min), read by PostgreSQL's own functions. What
-- is set for pgvigil's role counts as that says; of TCP connections this one, on a Unix socket, sees nothing, and nothing is set.
SELECT jsonb_build_object('metric', 'pg_settings_' || name || suffix, 'labels', '{}'::jsonb, 'value',
           CASE WHEN vartype = 'bool' THEN CASE shown WHEN 'on' THEN 1 ELSE 0 END
                WHEN suffix = '_bytes' THEN pg_size_bytes(shown)
                WHEN suffix = '_seconds' THEN extract(epoch FROM shown::interval)::numeric
                ELSE shown::numeric END)
FROM pg_settings AS s
CROSS JOIN LATERAL (SELECT CASE WHEN unit ~ '^[0-9]*[kM]?B$' THEN '_bytes' WHEN unit ~ '^(ms|s|min)$' THEN '_seconds' WHEN unit IS NULL THEN '' END,
                           coalesce((SELECT split_part(c, '=', 2) FROM pg_db_role_setting, unnest(setconfig) AS c
                                     WHERE setrole = 'pgvigil'::regrole AND split_part(c, '=', 1) = s.name), current_setting(name))) AS x (suffix, shown)
WHERE vartype IN ('bool', 'integer', 'real') AND name !~ '\.'
  AND name <> ALL ('{extra_float_digits,transaction_read_only,transaction_deferrable}')
  AND name <> ALL (regexp_split_to_array('archive_timeout, autovacuum, autovacuum_analyze_scale_factor, autovacuum_analyze_threshold, autovacuum_freeze_max_age,
                                      autovacuum_max_workers, autovacuum_multixact_freeze_max_age, autovacuum_naptime, autovacuum_vacuum_scale_factor,
                                      autovacuum_vacuum_threshold, checkpoint_completion_target, checkpoint_timeout, data_checksums, deadlock_timeout,
                                      effective_cache_size, fsync, full_page_writes, hot_standby_feedback, idle_in_transaction_session_timeout, maintenance_work_mem,
                                      max_connections, max_locks_per_transaction, max_parallel_workers, max_prepared_transactions, max_replication_slots,
                                      max_slot_wal_keep_size, max_standby_archive_delay, max_standby_streaming_delay, max_wal_senders, max_wal_size,
                                      max_worker_processes, min_wal_size, reserved_connections, shared_buffers, superuser_reserved_connections, track_activities,
                                      track_counts, track_io_timing, vacuum_failsafe_age, wal_buffers, wal_keep_size, wal_receiver_timeout, wal_segment_size,
                                      wal_sender_timeout, work_mem', ',\s+'));
