-- about: The settings that rules and panels compare with, as numbers in base units (bytes, seconds; on is 1, off is 0).
--    They are what pgvigil's own session sees: a value given to another role or database alone does not show.
-- interval: 1m
-- timeout: 2s
-- limit: 100 series
-- gauge pg_settings_max_connections: Client connections that the server admits, reserved ones included.
-- gauge pg_settings_superuser_reserved_connections detail: Of max_connections, how many are kept for superusers.
-- gauge pg_settings_reserved_connections [16..] detail: Of max_connections, how many are kept for members of
--    pg_use_reserved_connections.
-- gauge pg_settings_max_worker_processes detail: Background workers that may run at once, parallel workers included.
-- gauge pg_settings_max_parallel_workers: Parallel workers that may run at once.
-- gauge pg_settings_max_prepared_transactions: Transactions that may be prepared at once; 0 switches two-phase commit
--    off.
-- gauge pg_settings_max_locks_per_transaction: Factor of the size of the shared lock table.
-- gauge pg_settings_max_wal_senders: WAL senders (standbys, base backups) that may run at once.
-- gauge pg_settings_max_replication_slots: Replication slots that may exist.
-- gauge pg_settings_shared_buffers_bytes: Memory for shared buffers, in bytes.
-- gauge pg_settings_effective_cache_size_bytes: The planner's idea of the memory that caches data, in bytes.
-- gauge pg_settings_work_mem_bytes: Memory for one sort or hash before it spills to disk, in bytes.
-- gauge pg_settings_maintenance_work_mem_bytes: Memory for VACUUM, CREATE INDEX and their like, in bytes.
-- gauge pg_settings_wal_buffers_bytes detail: Memory for WAL that is not yet written, in bytes.
-- gauge pg_settings_block_size_bytes: Size of a block, in bytes; counters of blocks times this are bytes.
-- gauge pg_settings_wal_segment_size_bytes detail: Size of a WAL file, in bytes.
-- gauge pg_settings_min_wal_size_bytes detail: Below this much WAL, old files are kept for reuse, in bytes.
-- gauge pg_settings_max_wal_size_bytes: WAL between two checkpoints at which a checkpoint is requested, in bytes.
-- gauge pg_settings_wal_keep_size_bytes: WAL kept for standbys without a slot, in bytes.
-- gauge pg_settings_max_slot_wal_keep_size_bytes: WAL that slots may retain at most, in bytes; -1 means without limit.
-- gauge pg_settings_checkpoint_timeout_seconds: Time between scheduled checkpoints, in seconds.
-- gauge pg_settings_checkpoint_completion_target: Part of that time over which a checkpoint spreads its writes.
-- gauge pg_settings_archive_timeout_seconds: After this time a WAL file is closed and archived even if not full, in
--    seconds; 0 means never.
-- gauge pg_settings_wal_sender_timeout_seconds detail: Silence after which a sender drops a standby, in seconds; 0
--    means never.
-- gauge pg_settings_wal_receiver_timeout_seconds: Silence after which a standby drops its sender, in seconds; 0 means
--    never.
-- gauge pg_settings_max_standby_streaming_delay_seconds: How long replay waits for a conflicting query, in seconds; -1
--    means for ever.
-- gauge pg_settings_max_standby_archive_delay_seconds detail: The same for WAL from the archive, in seconds; -1 means
--    for ever.
-- gauge pg_settings_hot_standby_feedback: 1 if a standby tells its sender which rows its queries still need.
-- gauge pg_settings_autovacuum: 1 if autovacuum is on.
-- gauge pg_settings_autovacuum_max_workers: Autovacuum workers that may run at once.
-- gauge pg_settings_autovacuum_naptime_seconds: Time between two rounds of autovacuum in a database, in seconds.
-- gauge pg_settings_autovacuum_freeze_max_age: Age in transactions at which autovacuum is forced on a table.
-- gauge pg_settings_autovacuum_multixact_freeze_max_age detail: The same in multixacts.
-- gauge pg_settings_autovacuum_vacuum_threshold detail: Dead rows that a vacuum waits for, before the scale factor.
-- gauge pg_settings_autovacuum_vacuum_scale_factor: Part of a table's rows added to that threshold.
-- gauge pg_settings_autovacuum_analyze_threshold detail: Changed rows that an analyze waits for, before the scale
--    factor.
-- gauge pg_settings_autovacuum_analyze_scale_factor: Part of a table's rows added to that threshold.
-- gauge pg_settings_vacuum_failsafe_age [14..] detail: Age in transactions at which vacuum skips all that is not
--    needed to prevent wraparound.
-- gauge pg_settings_fsync: 1 if the server forces its writes to disk; 0 loses data at a crash.
-- gauge pg_settings_full_page_writes: 1 if the first change of a page after a checkpoint logs all of it; 0 risks torn
--    pages.
-- gauge pg_settings_data_checksums: 1 if pages bear checksums.
-- gauge pg_settings_track_counts: 1 if statistics of tables are counted; autovacuum needs them.
-- gauge pg_settings_track_activities detail: 1 if sessions report what they run.
-- gauge pg_settings_track_io_timing: 1 if times of reads and writes are measured; where 0, those of io/time and the like are absent.
-- gauge pg_settings_idle_in_transaction_session_timeout_seconds: After this time a session idle in a transaction is
--    ended, in seconds; 0 means never.
-- gauge pg_settings_deadlock_timeout_seconds: Wait for a lock after which the server looks for a deadlock, in seconds.
-- gauge pg_settings_archive_mode: 1 if WAL is archived (archive_mode is on or always).
-- gauge pg_settings_pending_restart: How many settings were changed in the file but wait for a restart; absent without
--    pg_read_all_settings.
-- sql:
WITH shown AS (
    -- What pgvigil's session sets for itself is not the server's value.
    SELECT g.name, g.pending_restart, g.vartype, g.unit, CASE g.source WHEN 'session' THEN g.reset_val ELSE g.setting END AS setting
    FROM pg_catalog.pg_settings AS g
),
setting AS MATERIALIZED (
    -- pg_settings is read once: each reading builds some 350 rows.
    -- A negative number is not a quantity but means "none" or "no limit", so that it is left as it is.
    SELECT s.name, s.pending_restart,
           CASE WHEN s.vartype = 'bool' THEN (s.setting = 'on')::integer
                WHEN s.vartype = 'enum' THEN (s.setting <> 'off')::integer
                WHEN s.vartype NOT IN ('integer', 'real') THEN NULL
                -- A setting may show itself as it likes, such as one of an extension as -1:100: only what is a number is cast.
                WHEN s.setting !~ '^-?[0-9]{1,18}(\.[0-9]{1,18})?(e[-+]?[0-9]{1,2})?$' THEN NULL
                WHEN s.unit IS NULL OR s.setting LIKE '-%' THEN s.setting::float8
                -- A unit is a name with perhaps a number before it, such as 8kB.
                ELSE s.setting::float8
                     * coalesce(nullif(pg_catalog.rtrim(s.unit, 'kMGTBmsinhd'), ''), '1')::float8
                     * CASE pg_catalog.ltrim(s.unit, '0123456789')
                            WHEN 'B' THEN 1 WHEN 'kB' THEN 1024 WHEN 'MB' THEN 1048576 WHEN 'GB' THEN 1073741824
                            WHEN 'us' THEN 0.000001 WHEN 'ms' THEN 0.001 WHEN 's' THEN 1 WHEN 'min' THEN 60 END
           END AS value
    FROM shown AS s
)
SELECT pg_catalog.max(value) FILTER (WHERE name = 'max_connections') AS pg_settings_max_connections,
       pg_catalog.max(value) FILTER (WHERE name = 'superuser_reserved_connections') AS pg_settings_superuser_reserved_connections,
       pg_catalog.max(value) FILTER (WHERE name = 'reserved_connections') AS pg_settings_reserved_connections,
       pg_catalog.max(value) FILTER (WHERE name = 'max_worker_processes') AS pg_settings_max_worker_processes,
       pg_catalog.max(value) FILTER (WHERE name = 'max_parallel_workers') AS pg_settings_max_parallel_workers,
       pg_catalog.max(value) FILTER (WHERE name = 'max_prepared_transactions') AS pg_settings_max_prepared_transactions,
       pg_catalog.max(value) FILTER (WHERE name = 'max_locks_per_transaction') AS pg_settings_max_locks_per_transaction,
       pg_catalog.max(value) FILTER (WHERE name = 'max_wal_senders') AS pg_settings_max_wal_senders,
       pg_catalog.max(value) FILTER (WHERE name = 'max_replication_slots') AS pg_settings_max_replication_slots,
       pg_catalog.max(value) FILTER (WHERE name = 'shared_buffers') AS pg_settings_shared_buffers_bytes,
       pg_catalog.max(value) FILTER (WHERE name = 'effective_cache_size') AS pg_settings_effective_cache_size_bytes,
       pg_catalog.max(value) FILTER (WHERE name = 'work_mem') AS pg_settings_work_mem_bytes,
       pg_catalog.max(value) FILTER (WHERE name = 'maintenance_work_mem') AS pg_settings_maintenance_work_mem_bytes,
       pg_catalog.max(value) FILTER (WHERE name = 'wal_buffers') AS pg_settings_wal_buffers_bytes,
       pg_catalog.max(value) FILTER (WHERE name = 'block_size') AS pg_settings_block_size_bytes,
       pg_catalog.max(value) FILTER (WHERE name = 'wal_segment_size') AS pg_settings_wal_segment_size_bytes,
       pg_catalog.max(value) FILTER (WHERE name = 'min_wal_size') AS pg_settings_min_wal_size_bytes,
       pg_catalog.max(value) FILTER (WHERE name = 'max_wal_size') AS pg_settings_max_wal_size_bytes,
       pg_catalog.max(value) FILTER (WHERE name = 'wal_keep_size') AS pg_settings_wal_keep_size_bytes,
       pg_catalog.max(value) FILTER (WHERE name = 'max_slot_wal_keep_size') AS pg_settings_max_slot_wal_keep_size_bytes,
       pg_catalog.max(value) FILTER (WHERE name = 'checkpoint_timeout') AS pg_settings_checkpoint_timeout_seconds,
       pg_catalog.max(value) FILTER (WHERE name = 'checkpoint_completion_target') AS pg_settings_checkpoint_completion_target,
       pg_catalog.max(value) FILTER (WHERE name = 'archive_timeout') AS pg_settings_archive_timeout_seconds,
       pg_catalog.max(value) FILTER (WHERE name = 'wal_sender_timeout') AS pg_settings_wal_sender_timeout_seconds,
       pg_catalog.max(value) FILTER (WHERE name = 'wal_receiver_timeout') AS pg_settings_wal_receiver_timeout_seconds,
       pg_catalog.max(value) FILTER (WHERE name = 'max_standby_streaming_delay') AS pg_settings_max_standby_streaming_delay_seconds,
       pg_catalog.max(value) FILTER (WHERE name = 'max_standby_archive_delay') AS pg_settings_max_standby_archive_delay_seconds,
       pg_catalog.max(value) FILTER (WHERE name = 'hot_standby_feedback') AS pg_settings_hot_standby_feedback,
       pg_catalog.max(value) FILTER (WHERE name = 'autovacuum') AS pg_settings_autovacuum,
       pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_max_workers') AS pg_settings_autovacuum_max_workers,
       pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_naptime') AS pg_settings_autovacuum_naptime_seconds,
       pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_freeze_max_age') AS pg_settings_autovacuum_freeze_max_age,
       pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_multixact_freeze_max_age') AS pg_settings_autovacuum_multixact_freeze_max_age,
       pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_vacuum_threshold') AS pg_settings_autovacuum_vacuum_threshold,
       pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_vacuum_scale_factor') AS pg_settings_autovacuum_vacuum_scale_factor,
       pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_analyze_threshold') AS pg_settings_autovacuum_analyze_threshold,
       pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_analyze_scale_factor') AS pg_settings_autovacuum_analyze_scale_factor,
       pg_catalog.max(value) FILTER (WHERE name = 'vacuum_failsafe_age') AS pg_settings_vacuum_failsafe_age,
       pg_catalog.max(value) FILTER (WHERE name = 'fsync') AS pg_settings_fsync,
       pg_catalog.max(value) FILTER (WHERE name = 'full_page_writes') AS pg_settings_full_page_writes,
       pg_catalog.max(value) FILTER (WHERE name = 'data_checksums') AS pg_settings_data_checksums,
       pg_catalog.max(value) FILTER (WHERE name = 'track_counts') AS pg_settings_track_counts,
       pg_catalog.max(value) FILTER (WHERE name = 'track_activities') AS pg_settings_track_activities,
       pg_catalog.max(value) FILTER (WHERE name = 'track_io_timing') AS pg_settings_track_io_timing,
       pg_catalog.max(value) FILTER (WHERE name = 'idle_in_transaction_session_timeout') AS pg_settings_idle_in_transaction_session_timeout_seconds,
       pg_catalog.max(value) FILTER (WHERE name = 'deadlock_timeout') AS pg_settings_deadlock_timeout_seconds,
       pg_catalog.max(value) FILTER (WHERE name = 'archive_mode') AS pg_settings_archive_mode,
       -- Some settings are hidden from other roles, and with them that they wait.
       CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') THEN pg_catalog.count(*) FILTER (WHERE pending_restart) END
           AS pg_settings_pending_restart
FROM setting
