-- about: The settings that postgres_exporter exports and server/settings does not: every number and switch that
--    PostgreSQL 13 to 19 themselves have, in base units (bytes, seconds; on is 1, off is 0). What pgvigil sets for its
--    own statements or connection, such as statement_timeout, is as a new session of its role has it.
-- enabled: no
-- interval: 1m
-- timeout: 2s
-- limit: 300 series
-- gauge pg_settings_allow_alter_system [17..]: Allows running the ALTER SYSTEM command.
-- gauge pg_settings_allow_in_place_tablespaces: Allows tablespaces directly inside pg_tblspc, for testing.
-- gauge pg_settings_allow_system_table_mods: Allows modifications of the structure of system tables.
-- gauge pg_settings_array_nulls: Enables input of NULL elements in arrays.
-- gauge pg_settings_authentication_timeout_seconds: Sets the maximum allowed time to complete client authentication,
--    in seconds.
-- gauge pg_settings_autovacuum_analyze_score_weight [19..]: Scaling factor of analyze score for autovacuum
--    prioritization.
-- gauge pg_settings_autovacuum_freeze_score_weight [19..]: Scaling factor of freeze score for autovacuum
--    prioritization.
-- gauge pg_settings_autovacuum_max_parallel_workers [19..]: Maximum number of parallel workers that can be used by a
--    single autovacuum worker.
-- gauge pg_settings_autovacuum_multixact_freeze_score_weight [19..]: Scaling factor of multixact freeze score for
--    autovacuum prioritization.
-- gauge pg_settings_autovacuum_vacuum_cost_delay_seconds: Vacuum cost delay, for autovacuum, in seconds.
-- gauge pg_settings_autovacuum_vacuum_cost_limit: Vacuum cost amount available before napping, for autovacuum.
-- gauge pg_settings_autovacuum_vacuum_insert_scale_factor: Number of tuple inserts prior to vacuum as a fraction of
--    reltuples.
-- gauge pg_settings_autovacuum_vacuum_insert_score_weight [19..]: Scaling factor of vacuum insert score for
--    autovacuum prioritization.
-- gauge pg_settings_autovacuum_vacuum_insert_threshold: Minimum number of tuple inserts prior to vacuum.
-- gauge pg_settings_autovacuum_vacuum_max_threshold [18..]: Maximum number of tuple updates or deletes prior to
--    vacuum.
-- gauge pg_settings_autovacuum_vacuum_score_weight [19..]: Scaling factor of vacuum score for autovacuum
--    prioritization.
-- gauge pg_settings_autovacuum_work_mem_bytes: Sets the maximum memory to be used by each autovacuum worker process,
--    in bytes.
-- gauge pg_settings_autovacuum_worker_slots [18..]: Sets the number of backend slots to allocate for autovacuum
--    workers.
-- gauge pg_settings_backend_flush_after_bytes: Amount of writes after which they are flushed to disk, in bytes.
-- gauge pg_settings_bgwriter_delay_seconds: Background writer sleep time between rounds, in seconds.
-- gauge pg_settings_bgwriter_flush_after_bytes: Amount of writes after which they are flushed to disk, in bytes.
-- gauge pg_settings_bgwriter_lru_maxpages: Background writer maximum number of LRU pages to flush per round.
-- gauge pg_settings_bgwriter_lru_multiplier: Multiple of the average buffer usage to free per round.
-- gauge pg_settings_block_size: Shows the size of a disk block.
-- gauge pg_settings_bonjour: Enables advertising the server via Bonjour.
-- gauge pg_settings_check_function_bodies: Check routine bodies during CREATE FUNCTION and CREATE PROCEDURE.
-- gauge pg_settings_checkpoint_flush_after_bytes: Amount of writes after which they are flushed to disk, in bytes.
-- gauge pg_settings_checkpoint_warning_seconds: Sets the maximum time before warning if checkpoints triggered by WAL
--    volume happen too frequently, in seconds.
-- gauge pg_settings_client_connection_check_interval_seconds [14..]: Sets the time interval between checks for
--    disconnection while running queries, in seconds.
-- gauge pg_settings_commit_delay: Sets the delay in microseconds between transaction commit and flushing WAL to disk.
-- gauge pg_settings_commit_siblings: Sets the minimum number of concurrent open transactions required before
--    performing `commit_delay`.
-- gauge pg_settings_commit_timestamp_buffers_bytes [17..]: Sets the size of the dedicated buffer pool used for the
--    commit timestamp cache, in bytes.
-- gauge pg_settings_cpu_index_tuple_cost: Sets the planner's estimate of the cost of processing each index entry
--    during an index scan.
-- gauge pg_settings_cpu_operator_cost: Sets the planner's estimate of the cost of processing each operator or
--    function call.
-- gauge pg_settings_cpu_tuple_cost: Sets the planner's estimate of the cost of processing each tuple (row).
-- gauge pg_settings_cursor_tuple_fraction: Sets the planner's estimate of the fraction of a cursor's rows that will
--    be retrieved.
-- gauge pg_settings_data_directory_mode: Shows the mode of the data directory.
-- gauge pg_settings_data_sync_retry: Whether to continue running after a failure to sync data files.
-- gauge pg_settings_db_user_namespace [..17]: Enables per-database user names.
-- gauge pg_settings_debug_assertions: Shows whether the running server has assertion checks enabled.
-- gauge pg_settings_debug_discard_caches [14..]: Aggressively flush system caches for debugging purposes.
-- gauge pg_settings_debug_exec_backend [19..]: Shows whether the running server is built with EXEC_BACKEND enabled.
-- gauge pg_settings_debug_pretty_print: Indents parse and plan tree displays.
-- gauge pg_settings_debug_print_parse: Logs each query's parse tree.
-- gauge pg_settings_debug_print_plan: Logs each query's execution plan.
-- gauge pg_settings_debug_print_raw_parse [19..]: Logs each query's raw parse tree.
-- gauge pg_settings_debug_print_rewritten: Logs each query's rewritten parse tree.
-- gauge pg_settings_default_statistics_target: Sets the default statistics target.
-- gauge pg_settings_default_transaction_deferrable: Sets the default deferrable status of new transactions.
-- gauge pg_settings_default_transaction_read_only: Sets the default read-only status of new transactions.
-- gauge pg_settings_effective_io_concurrency: Number of simultaneous requests that can be handled efficiently by the
--    disk subsystem.
-- gauge pg_settings_enable_async_append [14..]: Enables the planner's use of async append plans.
-- gauge pg_settings_enable_bitmapscan: Enables the planner's use of bitmap-scan plans.
-- gauge pg_settings_enable_distinct_reordering [18..]: Enables reordering of DISTINCT keys.
-- gauge pg_settings_enable_eager_aggregate [19..]: Enables eager aggregation.
-- gauge pg_settings_enable_gathermerge: Enables the planner's use of gather merge plans.
-- gauge pg_settings_enable_group_by_reordering [17..]: Enables reordering of GROUP BY keys.
-- gauge pg_settings_enable_hashagg: Enables the planner's use of hashed aggregation plans.
-- gauge pg_settings_enable_hashjoin: Enables the planner's use of hash join plans.
-- gauge pg_settings_enable_incremental_sort: Enables the planner's use of incremental sort steps.
-- gauge pg_settings_enable_indexonlyscan: Enables the planner's use of index-only-scan plans.
-- gauge pg_settings_enable_indexscan: Enables the planner's use of index-scan plans.
-- gauge pg_settings_enable_material: Enables the planner's use of materialization.
-- gauge pg_settings_enable_memoize [14..]: Enables the planner's use of memoization.
-- gauge pg_settings_enable_mergejoin: Enables the planner's use of merge join plans.
-- gauge pg_settings_enable_nestloop: Enables the planner's use of nested-loop join plans.
-- gauge pg_settings_enable_parallel_append: Enables the planner's use of parallel append plans.
-- gauge pg_settings_enable_parallel_hash: Enables the planner's use of parallel hash plans.
-- gauge pg_settings_enable_partition_pruning: Enables plan-time and execution-time partition pruning.
-- gauge pg_settings_enable_partitionwise_aggregate: Enables partitionwise aggregation and grouping.
-- gauge pg_settings_enable_partitionwise_join: Enables partitionwise join.
-- gauge pg_settings_enable_presorted_aggregate [16..]: Enables the planner's ability to produce plans that provide
--    presorted input for ORDER BY / DISTINCT aggregate functions.
-- gauge pg_settings_enable_self_join_elimination [18..]: Enables removal of unique self-joins.
-- gauge pg_settings_enable_seqscan: Enables the planner's use of sequential-scan plans.
-- gauge pg_settings_enable_sort: Enables the planner's use of explicit sort steps.
-- gauge pg_settings_enable_tidscan: Enables the planner's use of TID scan plans.
-- gauge pg_settings_escape_string_warning [..19]: Warn about backslash escapes in ordinary string literals.
-- gauge pg_settings_event_triggers [17..]: Enables event triggers.
-- gauge pg_settings_exit_on_error: Terminate session on any error.
-- gauge pg_settings_from_collapse_limit: Sets the FROM-list size beyond which subqueries are not collapsed.
-- gauge pg_settings_geqo: Enables genetic query optimization.
-- gauge pg_settings_geqo_effort: GEQO: effort is used to set the default for other GEQO parameters.
-- gauge pg_settings_geqo_generations: GEQO: number of iterations of the algorithm.
-- gauge pg_settings_geqo_pool_size: GEQO: number of individuals in the population.
-- gauge pg_settings_geqo_seed: GEQO: seed for random path selection.
-- gauge pg_settings_geqo_selection_bias: GEQO: selective pressure within the population.
-- gauge pg_settings_geqo_threshold: Sets the threshold of FROM items beyond which GEQO is used.
-- gauge pg_settings_gin_fuzzy_search_limit: Sets the maximum allowed result for exact search by GIN.
-- gauge pg_settings_gin_pending_list_limit_bytes: Sets the maximum size of the pending list for GIN index, in bytes.
-- gauge pg_settings_gss_accept_delegation [16..]: Sets whether GSSAPI delegation should be accepted from the client.
-- gauge pg_settings_hash_mem_multiplier: Multiple of `work_mem` to use for hash tables.
-- gauge pg_settings_hot_standby: Allows connections and queries during recovery.
-- gauge pg_settings_huge_page_size_bytes [14..]: The size of huge page that should be requested, in bytes.
-- gauge pg_settings_idle_replication_slot_timeout_seconds [18..]: Sets the duration a replication slot can remain
--    idle before it is invalidated, in seconds.
-- gauge pg_settings_idle_session_timeout_seconds [14..]: Sets the maximum allowed idle time between queries, when not
--    in a transaction, in seconds.
-- gauge pg_settings_ignore_checksum_failure: Continues processing after a checksum failure.
-- gauge pg_settings_ignore_invalid_pages: Continues recovery after an invalid pages failure.
-- gauge pg_settings_ignore_system_indexes: Disables reading from system indexes.
-- gauge pg_settings_in_hot_standby [14..]: Shows whether hot standby is currently active.
-- gauge pg_settings_integer_datetimes: Shows whether datetimes are integer based.
-- gauge pg_settings_io_combine_limit_bytes [17..]: Limit on the size of data reads and writes, in bytes.
-- gauge pg_settings_io_max_combine_limit_bytes [18..]: Server-wide limit that clamps io_combine_limit, in bytes.
-- gauge pg_settings_io_max_concurrency [18..]: Max number of IOs that one process can execute simultaneously.
-- gauge pg_settings_io_max_workers [19..]: Maximum number of I/O worker processes, for io_method=worker.
-- gauge pg_settings_io_min_workers [19..]: Minimum number of I/O worker processes, for io_method=worker.
-- gauge pg_settings_io_worker_idle_timeout_seconds [19..]: Maximum time before idle I/O worker processes time out,
--    for io_method=worker, in seconds.
-- gauge pg_settings_io_worker_launch_interval_seconds [19..]: Minimum time before launching a new I/O worker process,
--    for io_method=worker, in seconds.
-- gauge pg_settings_io_workers [18..19]: Number of IO worker processes, for io_method=worker.
-- gauge pg_settings_jit: Allow JIT compilation.
-- gauge pg_settings_jit_above_cost: Perform JIT compilation if query is more expensive.
-- gauge pg_settings_jit_debugging_support: Register JIT-compiled functions with debugger.
-- gauge pg_settings_jit_dump_bitcode: Write out LLVM bitcode to facilitate JIT debugging.
-- gauge pg_settings_jit_expressions: Allow JIT compilation of expressions.
-- gauge pg_settings_jit_inline_above_cost: Perform JIT inlining if query is more expensive.
-- gauge pg_settings_jit_optimize_above_cost: Optimize JIT-compiled functions if query is more expensive.
-- gauge pg_settings_jit_profiling_support: Register JIT-compiled functions with perf profiler.
-- gauge pg_settings_jit_tuple_deforming: Allow JIT compilation of tuple deforming.
-- gauge pg_settings_join_collapse_limit: Sets the FROM-list size beyond which JOIN constructs are not flattened.
-- gauge pg_settings_krb_caseins_users: Sets whether Kerberos and GSSAPI user names should be treated as
--    case-insensitive.
-- gauge pg_settings_lo_compat_privileges: Enables backward compatibility mode for privilege checks on large objects.
-- gauge pg_settings_lock_timeout_seconds: Sets the maximum allowed duration of any wait for a lock, in seconds.
-- gauge pg_settings_log_autoanalyze_min_duration_seconds [19..]: Sets the minimum execution time above which analyze
--    actions by autovacuum will be logged, in seconds.
-- gauge pg_settings_log_autovacuum_min_duration_seconds: Sets the minimum execution time above which vacuum actions
--    by autovacuum will be logged, in seconds.
-- gauge pg_settings_log_checkpoints: Logs each checkpoint.
-- gauge pg_settings_log_connections [..18]: Logs each successful connection.
-- gauge pg_settings_log_disconnections: Logs end of a session, including duration.
-- gauge pg_settings_log_duration: Logs the duration of each completed SQL statement.
-- gauge pg_settings_log_executor_stats: Writes executor performance statistics to the server log.
-- gauge pg_settings_log_file_mode: Sets the file permissions for log files.
-- gauge pg_settings_log_hostname: Logs the host name in the connection logs.
-- gauge pg_settings_log_lock_failures [18..]: Logs lock failures.
-- gauge pg_settings_log_lock_waits: Logs long lock waits.
-- gauge pg_settings_log_min_duration_sample_seconds: Sets the minimum execution time above which a sample of
--    statements will be logged, in seconds. Sampling is determined by `log_statement_sample_rate`.
-- gauge pg_settings_log_min_duration_statement_seconds: Sets the minimum execution time above which all statements
--    will be logged, in seconds.
-- gauge pg_settings_log_parameter_max_length_bytes: Sets the maximum length in bytes of data logged for bind
--    parameter values when logging statements, in bytes.
-- gauge pg_settings_log_parameter_max_length_on_error_bytes: Sets the maximum length in bytes of data logged for bind
--    parameter values when logging statements, on error, in bytes.
-- gauge pg_settings_log_parser_stats: Writes parser performance statistics to the server log.
-- gauge pg_settings_log_planner_stats: Writes planner performance statistics to the server log.
-- gauge pg_settings_log_recovery_conflict_waits [14..]: Logs standby recovery conflict waits.
-- gauge pg_settings_log_replication_commands: Logs each replication command.
-- gauge pg_settings_log_rotation_age_seconds: Sets the amount of time to wait before forcing log file rotation, in
--    seconds.
-- gauge pg_settings_log_rotation_size_bytes: Sets the maximum size a log file can reach before being rotated, in
--    bytes.
-- gauge pg_settings_log_startup_progress_interval_seconds [15..]: Time between progress updates for long-running
--    startup operations, in seconds.
-- gauge pg_settings_log_statement_sample_rate: Fraction of statements exceeding `log_min_duration_sample` to be
--    logged.
-- gauge pg_settings_log_statement_stats: Writes cumulative performance statistics to the server log.
-- gauge pg_settings_log_temp_files_bytes: Log the use of temporary files larger than this, in bytes.
-- gauge pg_settings_log_transaction_sample_rate: Sets the fraction of transactions from which to log all statements.
-- gauge pg_settings_log_truncate_on_rotation: Truncate existing log files of same name during log rotation.
-- gauge pg_settings_logging_collector: Start a subprocess to capture stderr, csvlog and/or jsonlog into log files.
-- gauge pg_settings_logical_decoding_work_mem_bytes: Sets the maximum memory to be used for logical decoding, in
--    bytes.
-- gauge pg_settings_maintenance_io_concurrency: A variant of `effective_io_concurrency` that is used for maintenance
--    work.
-- gauge pg_settings_max_active_replication_origins [18..]: Sets the maximum number of active replication origins.
-- gauge pg_settings_max_files_per_process: Sets the maximum number of files each server process is allowed to open
--    simultaneously.
-- gauge pg_settings_max_function_args: Shows the maximum number of function arguments.
-- gauge pg_settings_max_identifier_length: Shows the maximum identifier length.
-- gauge pg_settings_max_index_keys: Shows the maximum number of index keys.
-- gauge pg_settings_max_logical_replication_workers: Maximum number of logical replication worker processes.
-- gauge pg_settings_max_notify_queue_pages [17..]: Sets the maximum number of allocated pages for NOTIFY / LISTEN
--    queue.
-- gauge pg_settings_max_parallel_apply_workers_per_subscription [16..]: Maximum number of parallel apply workers per
--    subscription.
-- gauge pg_settings_max_parallel_maintenance_workers: Sets the maximum number of parallel processes per maintenance
--    operation.
-- gauge pg_settings_max_parallel_workers_per_gather: Sets the maximum number of parallel processes per executor node.
-- gauge pg_settings_max_pred_locks_per_page: Sets the maximum number of predicate-locked tuples per page.
-- gauge pg_settings_max_pred_locks_per_relation: Sets the maximum number of predicate-locked pages and tuples per
--    relation.
-- gauge pg_settings_max_pred_locks_per_transaction: Sets the maximum number of predicate locks per transaction.
-- gauge pg_settings_max_repack_replication_slots [19..]: Sets the maximum number of replication slots for use by
--    REPACK.
-- gauge pg_settings_max_stack_depth_bytes: Sets the maximum stack depth, in bytes.
-- gauge pg_settings_max_sync_workers_per_subscription: Maximum number of workers per subscription for synchronizing
--    tables and sequences.
-- gauge pg_settings_md5_password_warnings [18..]: Enables deprecation warnings for MD5 passwords.
-- gauge pg_settings_min_dynamic_shared_memory_bytes [14..]: Amount of dynamic shared memory reserved at startup, in
--    bytes.
-- gauge pg_settings_min_eager_agg_group_size [19..]: Sets the minimum average group size required to consider
--    applying eager aggregation.
-- gauge pg_settings_min_parallel_index_scan_size_bytes: Sets the minimum amount of index data for a parallel scan, in
--    bytes.
-- gauge pg_settings_min_parallel_table_scan_size_bytes: Sets the minimum amount of table data for a parallel scan, in
--    bytes.
-- gauge pg_settings_multixact_member_buffers_bytes [17..]: Sets the size of the dedicated buffer pool used for the
--    MultiXact member cache, in bytes.
-- gauge pg_settings_multixact_offset_buffers_bytes [17..]: Sets the size of the dedicated buffer pool used for the
--    MultiXact offset cache, in bytes.
-- gauge pg_settings_notify_buffers_bytes [17..]: Sets the size of the dedicated buffer pool used for the
--    LISTEN/NOTIFY message cache, in bytes.
-- gauge pg_settings_num_os_semaphores [18..]: Shows the number of semaphores required for the server.
-- gauge pg_settings_old_snapshot_threshold_seconds [..17]: Time before a snapshot is too old to read pages changed
--    after the snapshot was taken, in seconds.
-- gauge pg_settings_operator_precedence_warning [..14]: Emit a warning for constructs that changed meaning since
--    PostgreSQL 9.4.
-- gauge pg_settings_parallel_leader_participation: Controls whether Gather and Gather Merge also run subplans.
-- gauge pg_settings_parallel_setup_cost: Sets the planner's estimate of the cost of starting up worker processes for
--    parallel query.
-- gauge pg_settings_parallel_tuple_cost: Sets the planner's estimate of the cost of passing each tuple (row) from
--    worker to leader backend.
-- gauge pg_settings_password_expiration_warning_threshold_seconds [19..]: Threshold for password expiration warnings,
--    in seconds.
-- gauge pg_settings_port: Sets the TCP port the server listens on.
-- gauge pg_settings_post_auth_delay_seconds: Sets the amount of time to wait after authentication on connection
--    startup, in seconds.
-- gauge pg_settings_pre_auth_delay_seconds: Sets the amount of time to wait before authentication on connection
--    startup, in seconds.
-- gauge pg_settings_quote_all_identifiers: When generating SQL fragments, quote all identifiers.
-- gauge pg_settings_random_page_cost: Sets the planner's estimate of the cost of a nonsequentially fetched disk page.
-- gauge pg_settings_recovery_min_apply_delay_seconds: Sets the minimum delay for applying changes during recovery, in
--    seconds.
-- gauge pg_settings_recovery_target_inclusive: Sets whether to include or exclude transaction with recovery target.
-- gauge pg_settings_recursive_worktable_factor [15..]: Sets the planner's estimate of the average size of a recursive
--    query's working table.
-- gauge pg_settings_remove_temp_files_after_crash [14..]: Remove temporary files after backend crash.
-- gauge pg_settings_restart_after_crash: Reinitialize server after backend crash.
-- gauge pg_settings_row_security: Enables row security.
-- gauge pg_settings_scram_iterations [16..]: Sets the iteration count for SCRAM secret generation.
-- gauge pg_settings_segment_size_bytes: Shows the size of a file of a table, in bytes.
-- gauge pg_settings_send_abort_for_crash [16..]: Send SIGABRT not SIGQUIT to child processes after backend crash.
-- gauge pg_settings_send_abort_for_kill [16..]: Send SIGABRT not SIGKILL to stuck child processes.
-- gauge pg_settings_seq_page_cost: Sets the planner's estimate of the cost of a sequentially fetched disk page.
-- gauge pg_settings_serializable_buffers_bytes [17..]: Sets the size of the dedicated buffer pool used for the
--    serializable transaction cache, in bytes.
-- gauge pg_settings_server_version_num: Shows the server version as an integer.
-- gauge pg_settings_shared_memory_size_bytes [15..]: Shows the size of the server's main shared memory area (rounded
--    up to the nearest MB), in bytes.
-- gauge pg_settings_shared_memory_size_in_huge_pages [15..]: Shows the number of huge pages needed for the main
--    shared memory area.
-- gauge pg_settings_ssl: Enables SSL connections.
-- gauge pg_settings_ssl_passphrase_command_supports_reload: Controls whether `ssl_passphrase_command` is called
--    during server reload.
-- gauge pg_settings_ssl_prefer_server_ciphers: Give priority to server ciphersuite order.
-- gauge pg_settings_ssl_sni [19..]: Sets whether to interpret SNI extensions in SSL connections.
-- gauge pg_settings_standard_conforming_strings: Causes '...' strings to treat backslashes literally.
-- gauge pg_settings_statement_timeout_seconds: Sets the maximum allowed duration of any statement, in seconds.
-- gauge pg_settings_subtransaction_buffers_bytes [17..]: Sets the size of the dedicated buffer pool used for the
--    subtransaction cache, in bytes.
-- gauge pg_settings_summarize_wal [17..]: Starts the WAL summarizer process to enable incremental backup.
-- gauge pg_settings_sync_replication_slots [17..]: Enables a physical standby to synchronize logical failover
--    replication slots from the primary server.
-- gauge pg_settings_synchronize_seqscans: Enables synchronized sequential scans.
-- gauge pg_settings_syslog_sequence_numbers: Add sequence number to syslog messages to avoid duplicate suppression.
-- gauge pg_settings_syslog_split_messages: Split messages sent to syslog by lines and to fit into 1024 bytes.
-- gauge pg_settings_tcp_keepalives_count: Maximum number of TCP keepalive retransmits.
-- gauge pg_settings_tcp_keepalives_idle_seconds: Time between issuing TCP keepalives, in seconds.
-- gauge pg_settings_tcp_keepalives_interval_seconds: Time between TCP keepalive retransmits, in seconds.
-- gauge pg_settings_tcp_user_timeout_seconds: TCP user timeout, in seconds.
-- gauge pg_settings_temp_buffers_bytes: Sets the maximum number of temporary buffers used by each session, in bytes.
-- gauge pg_settings_temp_file_limit_bytes: Limits the total size of all temporary files used by each process, in
--    bytes.
-- gauge pg_settings_trace_connection_negotiation [17..]: Logs details of pre-authentication connection handshake.
-- gauge pg_settings_trace_notify: Generates debugging output for LISTEN and NOTIFY.
-- gauge pg_settings_trace_sort: Emit information about resource usage in sorting.
-- gauge pg_settings_track_activity_query_size_bytes: Sets the size reserved for pg_stat_activity.query, in bytes, in
--    bytes.
-- gauge pg_settings_track_commit_timestamp: Collects transaction commit time.
-- gauge pg_settings_track_cost_delay_timing [18..]: Collects timing statistics for cost-based vacuum delay.
-- gauge pg_settings_track_wal_io_timing [14..]: Collects timing statistics for WAL I/O activity.
-- gauge pg_settings_transaction_buffers_bytes [17..]: Sets the size of the dedicated buffer pool used for the
--    transaction status cache, in bytes.
-- gauge pg_settings_transaction_timeout_seconds [17..]: Sets the maximum allowed duration of any transaction within a
--    session (not a prepared transaction), in seconds.
-- gauge pg_settings_transform_null_equals: Treats `expr=NULL` as `expr IS NULL`.
-- gauge pg_settings_unix_socket_permissions: Sets the access permissions of the Unix-domain socket.
-- gauge pg_settings_update_process_title: Updates the process title to show the active SQL command.
-- gauge pg_settings_vacuum_buffer_usage_limit_bytes [16..]: Sets the buffer pool size for VACUUM, ANALYZE, and
--    autovacuum, in bytes.
-- gauge pg_settings_vacuum_cleanup_index_scale_factor [..14]: Number of tuple inserts prior to index cleanup as a
--    fraction of reltuples.
-- gauge pg_settings_vacuum_cost_delay_seconds: Vacuum cost delay, in seconds.
-- gauge pg_settings_vacuum_cost_limit: Vacuum cost amount available before napping.
-- gauge pg_settings_vacuum_cost_page_dirty: Vacuum cost for a page dirtied by vacuum.
-- gauge pg_settings_vacuum_cost_page_hit: Vacuum cost for a page found in the buffer cache.
-- gauge pg_settings_vacuum_cost_page_miss: Vacuum cost for a page not found in the buffer cache.
-- gauge pg_settings_vacuum_defer_cleanup_age [..16]: Number of transactions by which VACUUM and HOT cleanup should be
--    deferred, if any.
-- gauge pg_settings_vacuum_freeze_min_age: Minimum age at which VACUUM should freeze a table row.
-- gauge pg_settings_vacuum_freeze_table_age: Age at which VACUUM should scan whole table to freeze tuples.
-- gauge pg_settings_vacuum_max_eager_freeze_failure_rate [18..]: Fraction of pages in a relation vacuum can scan and
--    fail to freeze before disabling eager scanning.
-- gauge pg_settings_vacuum_multixact_failsafe_age [14..]: Multixact age at which VACUUM should trigger failsafe to
--    avoid a wraparound outage.
-- gauge pg_settings_vacuum_multixact_freeze_min_age: Minimum age at which VACUUM should freeze a MultiXactId in a
--    table row.
-- gauge pg_settings_vacuum_multixact_freeze_table_age: Multixact age at which VACUUM should scan whole table to
--    freeze tuples.
-- gauge pg_settings_vacuum_truncate [18..]: Enables vacuum to truncate empty pages at the end of the table.
-- gauge pg_settings_wal_block_size: Shows the block size in the write ahead log.
-- gauge pg_settings_wal_compression [..15]: Compresses full-page writes written in WAL file.
-- gauge pg_settings_wal_decode_buffer_size_bytes [15..]: Buffer size for reading ahead in the WAL during recovery, in
--    bytes.
-- gauge pg_settings_wal_init_zero: Writes zeroes to new WAL files before first use.
-- gauge pg_settings_wal_log_hints: Writes full pages to WAL when first modified after a checkpoint, even for a
--    non-critical modification.
-- gauge pg_settings_wal_receiver_create_temp_slot: Sets whether a WAL receiver should create a temporary replication
--    slot if no permanent slot is configured.
-- gauge pg_settings_wal_receiver_status_interval_seconds: Sets the maximum interval between WAL receiver status
--    reports to the sending server, in seconds.
-- gauge pg_settings_wal_recycle: Recycles WAL files by renaming them.
-- gauge pg_settings_wal_retrieve_retry_interval_seconds: Sets the time to wait before retrying to retrieve WAL after
--    a failed attempt, in seconds.
-- gauge pg_settings_wal_sender_shutdown_timeout_seconds [19..]: Sets the maximum time the server waits during
--    shutdown for all WAL data to be replicated to the receiver, in seconds.
-- gauge pg_settings_wal_skip_threshold_bytes: Minimum size of new file to fsync instead of writing WAL, in bytes.
-- gauge pg_settings_wal_summary_keep_time_seconds [17..]: Time for which WAL summary files should be kept, in
--    seconds.
-- gauge pg_settings_wal_writer_delay_seconds: Time between WAL flushes performed in the WAL writer, in seconds.
-- gauge pg_settings_wal_writer_flush_after_bytes: Amount of WAL written out by WAL writer that triggers a flush, in
--    bytes.
-- gauge pg_settings_zero_damaged_pages: Continues processing past damaged page headers.
-- sql:
WITH setting AS (
    SELECT s.name, s.vartype, s.unit,
           -- What the session has set for itself, and what is the connection's: on a Unix socket there is no TCP to keep alive.
           CASE WHEN s.source = 'session' OR s.name LIKE 'tcp\_%' THEN s.reset_val ELSE s.setting END AS value
    FROM pg_catalog.pg_settings AS s
    WHERE s.vartype IN ('bool', 'integer', 'real')
),
metric AS (
    -- A negative number is not a quantity but means "none" or "no limit", so that it is left as it is.
    SELECT 'pg_settings_' || s.name
               || CASE WHEN s.unit ~ 'B$' THEN '_bytes' WHEN s.unit IS NOT NULL THEN '_seconds' ELSE '' END AS name,
           CASE WHEN s.vartype = 'bool' THEN (s.value = 'on')::integer
                -- A setting may show itself as it likes, such as one of an extension as -1:100: only what is a number is cast.
                WHEN s.value !~ '^-?[0-9]{1,18}(\.[0-9]{1,18})?(e[-+]?[0-9]{1,2})?$' THEN NULL
                WHEN s.unit IS NULL OR s.value LIKE '-%' THEN s.value::float8
                -- A unit is a name with perhaps a number before it, such as 8kB.
                ELSE s.value::float8
                     * coalesce(nullif(pg_catalog.rtrim(s.unit, 'kMGTBmsinhd'), ''), '1')::float8
                     * CASE pg_catalog.ltrim(s.unit, '0123456789')
                            WHEN 'B' THEN 1 WHEN 'kB' THEN 1024 WHEN 'MB' THEN 1048576 WHEN 'GB' THEN 1073741824
                            WHEN 'us' THEN 0.000001 WHEN 'ms' THEN 0.001 WHEN 's' THEN 1 WHEN 'min' THEN 60 END
           END AS value
    FROM setting AS s
)
-- Each column takes the metric of its name; one that this version has not is NULL.
SELECT columns.*
FROM (SELECT pg_catalog.jsonb_object_agg(metric.name, metric.value) FROM metric) AS metrics (by_name)
CROSS JOIN LATERAL pg_catalog.jsonb_to_record(metrics.by_name) AS columns (
    pg_settings_allow_alter_system float8, pg_settings_allow_in_place_tablespaces float8,
    pg_settings_allow_system_table_mods float8, pg_settings_array_nulls float8,
    pg_settings_authentication_timeout_seconds float8, pg_settings_autovacuum_analyze_score_weight float8,
    pg_settings_autovacuum_freeze_score_weight float8, pg_settings_autovacuum_max_parallel_workers float8,
    pg_settings_autovacuum_multixact_freeze_score_weight float8,
    pg_settings_autovacuum_vacuum_cost_delay_seconds float8, pg_settings_autovacuum_vacuum_cost_limit float8,
    pg_settings_autovacuum_vacuum_insert_scale_factor float8, pg_settings_autovacuum_vacuum_insert_score_weight float8,
    pg_settings_autovacuum_vacuum_insert_threshold float8, pg_settings_autovacuum_vacuum_max_threshold float8,
    pg_settings_autovacuum_vacuum_score_weight float8, pg_settings_autovacuum_work_mem_bytes float8,
    pg_settings_autovacuum_worker_slots float8, pg_settings_backend_flush_after_bytes float8,
    pg_settings_bgwriter_delay_seconds float8, pg_settings_bgwriter_flush_after_bytes float8,
    pg_settings_bgwriter_lru_maxpages float8, pg_settings_bgwriter_lru_multiplier float8, pg_settings_block_size float8,
    pg_settings_bonjour float8, pg_settings_check_function_bodies float8,
    pg_settings_checkpoint_flush_after_bytes float8, pg_settings_checkpoint_warning_seconds float8,
    pg_settings_client_connection_check_interval_seconds float8, pg_settings_commit_delay float8,
    pg_settings_commit_siblings float8, pg_settings_commit_timestamp_buffers_bytes float8,
    pg_settings_cpu_index_tuple_cost float8, pg_settings_cpu_operator_cost float8, pg_settings_cpu_tuple_cost float8,
    pg_settings_cursor_tuple_fraction float8, pg_settings_data_directory_mode float8,
    pg_settings_data_sync_retry float8, pg_settings_db_user_namespace float8, pg_settings_debug_assertions float8,
    pg_settings_debug_discard_caches float8, pg_settings_debug_exec_backend float8,
    pg_settings_debug_pretty_print float8, pg_settings_debug_print_parse float8, pg_settings_debug_print_plan float8,
    pg_settings_debug_print_raw_parse float8, pg_settings_debug_print_rewritten float8,
    pg_settings_default_statistics_target float8, pg_settings_default_transaction_deferrable float8,
    pg_settings_default_transaction_read_only float8, pg_settings_effective_io_concurrency float8,
    pg_settings_enable_async_append float8, pg_settings_enable_bitmapscan float8,
    pg_settings_enable_distinct_reordering float8, pg_settings_enable_eager_aggregate float8,
    pg_settings_enable_gathermerge float8, pg_settings_enable_group_by_reordering float8,
    pg_settings_enable_hashagg float8, pg_settings_enable_hashjoin float8, pg_settings_enable_incremental_sort float8,
    pg_settings_enable_indexonlyscan float8, pg_settings_enable_indexscan float8, pg_settings_enable_material float8,
    pg_settings_enable_memoize float8, pg_settings_enable_mergejoin float8, pg_settings_enable_nestloop float8,
    pg_settings_enable_parallel_append float8, pg_settings_enable_parallel_hash float8,
    pg_settings_enable_partition_pruning float8, pg_settings_enable_partitionwise_aggregate float8,
    pg_settings_enable_partitionwise_join float8, pg_settings_enable_presorted_aggregate float8,
    pg_settings_enable_self_join_elimination float8, pg_settings_enable_seqscan float8, pg_settings_enable_sort float8,
    pg_settings_enable_tidscan float8, pg_settings_escape_string_warning float8, pg_settings_event_triggers float8,
    pg_settings_exit_on_error float8, pg_settings_from_collapse_limit float8, pg_settings_geqo float8,
    pg_settings_geqo_effort float8, pg_settings_geqo_generations float8, pg_settings_geqo_pool_size float8,
    pg_settings_geqo_seed float8, pg_settings_geqo_selection_bias float8, pg_settings_geqo_threshold float8,
    pg_settings_gin_fuzzy_search_limit float8, pg_settings_gin_pending_list_limit_bytes float8,
    pg_settings_gss_accept_delegation float8, pg_settings_hash_mem_multiplier float8, pg_settings_hot_standby float8,
    pg_settings_huge_page_size_bytes float8, pg_settings_idle_replication_slot_timeout_seconds float8,
    pg_settings_idle_session_timeout_seconds float8, pg_settings_ignore_checksum_failure float8,
    pg_settings_ignore_invalid_pages float8, pg_settings_ignore_system_indexes float8,
    pg_settings_in_hot_standby float8, pg_settings_integer_datetimes float8, pg_settings_io_combine_limit_bytes float8,
    pg_settings_io_max_combine_limit_bytes float8, pg_settings_io_max_concurrency float8,
    pg_settings_io_max_workers float8, pg_settings_io_min_workers float8,
    pg_settings_io_worker_idle_timeout_seconds float8, pg_settings_io_worker_launch_interval_seconds float8,
    pg_settings_io_workers float8, pg_settings_jit float8, pg_settings_jit_above_cost float8,
    pg_settings_jit_debugging_support float8, pg_settings_jit_dump_bitcode float8, pg_settings_jit_expressions float8,
    pg_settings_jit_inline_above_cost float8, pg_settings_jit_optimize_above_cost float8,
    pg_settings_jit_profiling_support float8, pg_settings_jit_tuple_deforming float8,
    pg_settings_join_collapse_limit float8, pg_settings_krb_caseins_users float8,
    pg_settings_lo_compat_privileges float8, pg_settings_lock_timeout_seconds float8,
    pg_settings_log_autoanalyze_min_duration_seconds float8, pg_settings_log_autovacuum_min_duration_seconds float8,
    pg_settings_log_checkpoints float8, pg_settings_log_connections float8, pg_settings_log_disconnections float8,
    pg_settings_log_duration float8, pg_settings_log_executor_stats float8, pg_settings_log_file_mode float8,
    pg_settings_log_hostname float8, pg_settings_log_lock_failures float8, pg_settings_log_lock_waits float8,
    pg_settings_log_min_duration_sample_seconds float8, pg_settings_log_min_duration_statement_seconds float8,
    pg_settings_log_parameter_max_length_bytes float8, pg_settings_log_parameter_max_length_on_error_bytes float8,
    pg_settings_log_parser_stats float8, pg_settings_log_planner_stats float8,
    pg_settings_log_recovery_conflict_waits float8, pg_settings_log_replication_commands float8,
    pg_settings_log_rotation_age_seconds float8, pg_settings_log_rotation_size_bytes float8,
    pg_settings_log_startup_progress_interval_seconds float8, pg_settings_log_statement_sample_rate float8,
    pg_settings_log_statement_stats float8, pg_settings_log_temp_files_bytes float8,
    pg_settings_log_transaction_sample_rate float8, pg_settings_log_truncate_on_rotation float8,
    pg_settings_logging_collector float8, pg_settings_logical_decoding_work_mem_bytes float8,
    pg_settings_maintenance_io_concurrency float8, pg_settings_max_active_replication_origins float8,
    pg_settings_max_files_per_process float8, pg_settings_max_function_args float8,
    pg_settings_max_identifier_length float8, pg_settings_max_index_keys float8,
    pg_settings_max_logical_replication_workers float8, pg_settings_max_notify_queue_pages float8,
    pg_settings_max_parallel_apply_workers_per_subscription float8, pg_settings_max_parallel_maintenance_workers float8,
    pg_settings_max_parallel_workers_per_gather float8, pg_settings_max_pred_locks_per_page float8,
    pg_settings_max_pred_locks_per_relation float8, pg_settings_max_pred_locks_per_transaction float8,
    pg_settings_max_repack_replication_slots float8, pg_settings_max_stack_depth_bytes float8,
    pg_settings_max_sync_workers_per_subscription float8, pg_settings_md5_password_warnings float8,
    pg_settings_min_dynamic_shared_memory_bytes float8, pg_settings_min_eager_agg_group_size float8,
    pg_settings_min_parallel_index_scan_size_bytes float8, pg_settings_min_parallel_table_scan_size_bytes float8,
    pg_settings_multixact_member_buffers_bytes float8, pg_settings_multixact_offset_buffers_bytes float8,
    pg_settings_notify_buffers_bytes float8, pg_settings_num_os_semaphores float8,
    pg_settings_old_snapshot_threshold_seconds float8, pg_settings_operator_precedence_warning float8,
    pg_settings_parallel_leader_participation float8, pg_settings_parallel_setup_cost float8,
    pg_settings_parallel_tuple_cost float8, pg_settings_password_expiration_warning_threshold_seconds float8,
    pg_settings_port float8, pg_settings_post_auth_delay_seconds float8, pg_settings_pre_auth_delay_seconds float8,
    pg_settings_quote_all_identifiers float8, pg_settings_random_page_cost float8,
    pg_settings_recovery_min_apply_delay_seconds float8, pg_settings_recovery_target_inclusive float8,
    pg_settings_recursive_worktable_factor float8, pg_settings_remove_temp_files_after_crash float8,
    pg_settings_restart_after_crash float8, pg_settings_row_security float8, pg_settings_scram_iterations float8,
    pg_settings_segment_size_bytes float8, pg_settings_send_abort_for_crash float8,
    pg_settings_send_abort_for_kill float8, pg_settings_seq_page_cost float8,
    pg_settings_serializable_buffers_bytes float8, pg_settings_server_version_num float8,
    pg_settings_shared_memory_size_bytes float8, pg_settings_shared_memory_size_in_huge_pages float8,
    pg_settings_ssl float8, pg_settings_ssl_passphrase_command_supports_reload float8,
    pg_settings_ssl_prefer_server_ciphers float8, pg_settings_ssl_sni float8,
    pg_settings_standard_conforming_strings float8, pg_settings_statement_timeout_seconds float8,
    pg_settings_subtransaction_buffers_bytes float8, pg_settings_summarize_wal float8,
    pg_settings_sync_replication_slots float8, pg_settings_synchronize_seqscans float8,
    pg_settings_syslog_sequence_numbers float8, pg_settings_syslog_split_messages float8,
    pg_settings_tcp_keepalives_count float8, pg_settings_tcp_keepalives_idle_seconds float8,
    pg_settings_tcp_keepalives_interval_seconds float8, pg_settings_tcp_user_timeout_seconds float8,
    pg_settings_temp_buffers_bytes float8, pg_settings_temp_file_limit_bytes float8,
    pg_settings_trace_connection_negotiation float8, pg_settings_trace_notify float8, pg_settings_trace_sort float8,
    pg_settings_track_activity_query_size_bytes float8, pg_settings_track_commit_timestamp float8,
    pg_settings_track_cost_delay_timing float8, pg_settings_track_wal_io_timing float8,
    pg_settings_transaction_buffers_bytes float8, pg_settings_transaction_timeout_seconds float8,
    pg_settings_transform_null_equals float8, pg_settings_unix_socket_permissions float8,
    pg_settings_update_process_title float8, pg_settings_vacuum_buffer_usage_limit_bytes float8,
    pg_settings_vacuum_cleanup_index_scale_factor float8, pg_settings_vacuum_cost_delay_seconds float8,
    pg_settings_vacuum_cost_limit float8, pg_settings_vacuum_cost_page_dirty float8,
    pg_settings_vacuum_cost_page_hit float8, pg_settings_vacuum_cost_page_miss float8,
    pg_settings_vacuum_defer_cleanup_age float8, pg_settings_vacuum_freeze_min_age float8,
    pg_settings_vacuum_freeze_table_age float8, pg_settings_vacuum_max_eager_freeze_failure_rate float8,
    pg_settings_vacuum_multixact_failsafe_age float8, pg_settings_vacuum_multixact_freeze_min_age float8,
    pg_settings_vacuum_multixact_freeze_table_age float8, pg_settings_vacuum_truncate float8,
    pg_settings_wal_block_size float8, pg_settings_wal_compression float8,
    pg_settings_wal_decode_buffer_size_bytes float8, pg_settings_wal_init_zero float8, pg_settings_wal_log_hints float8,
    pg_settings_wal_receiver_create_temp_slot float8, pg_settings_wal_receiver_status_interval_seconds float8,
    pg_settings_wal_recycle float8, pg_settings_wal_retrieve_retry_interval_seconds float8,
    pg_settings_wal_sender_shutdown_timeout_seconds float8, pg_settings_wal_skip_threshold_bytes float8,
    pg_settings_wal_summary_keep_time_seconds float8, pg_settings_wal_writer_delay_seconds float8,
    pg_settings_wal_writer_flush_after_bytes float8, pg_settings_zero_damaged_pages float8)
