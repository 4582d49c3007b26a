-- about: Logical subscriptions of all databases and the processes that work for them. One that is enabled and has no
--    apply worker fails again and again, or max_logical_replication_workers is reached; the server's log says which. A
--    physical standby has the same subscriptions and no workers, so that it is not asked.
-- role: primary
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 1000 series
-- rows: none
-- covers: 14..: before 14 only superusers could read the key of pg_subscription.
-- label subname: Name of the subscription.
-- label datname: Its database.
-- gauge pg_subscription_enabled: 1 if the subscription is to run (subenabled); an error disables it where
--    disable_on_error is set.
-- gauge pg_stat_subscription_apply_workers: Apply workers that run now: 1 when all is well.
-- gauge pg_stat_subscription_parallel_apply_workers detail: Parallel apply workers that run now, for large
--    transactions.
-- gauge pg_stat_subscription_table_sync_workers detail: Workers that run now to copy a table for the first time.
-- gauge pg_stat_subscription_sequence_sync_workers detail: Workers that run now to synchronise sequences.
-- gauge pg_stat_subscription_last_message_age_seconds: Time since the last message of the publisher, in seconds
--    (last_msg_receipt_time); absent without an apply worker. Up to half of wal_receiver_timeout is healthy.
-- gauge pg_stat_subscription_unreported_bytes: WAL of the publisher that was received and not yet reported as
--    confirmed, in bytes (received_lsn - latest_end_lsn).
-- gauge pg_subscription_retain_dead_tuples detail: 1 if dead rows are kept so that an update of a row that was deleted
--    here is noticed (subretaindeadtuples). They keep vacuum from its work in all databases.
-- gauge pg_subscription_retention_active detail: 1 while they are kept; 0 once that lasted longer than
--    max_retention_duration (subretentionactive).
-- sql:
SELECT s.subname, d.datname,
       s.subenabled AS pg_subscription_enabled,
       pg_catalog.count(*) FILTER (WHERE w.pid IS NOT NULL AND w.relid IS NULL) AS pg_stat_subscription_apply_workers, --[..16]
       pg_catalog.count(*) FILTER (WHERE w.pid IS NOT NULL AND w.relid IS NULL AND w.leader_pid IS NULL) AS pg_stat_subscription_apply_workers, --[16..17]
       pg_catalog.count(*) FILTER (WHERE w.leader_pid IS NOT NULL) AS pg_stat_subscription_parallel_apply_workers, --[16..17]
       pg_catalog.count(*) FILTER (WHERE w.relid IS NOT NULL) AS pg_stat_subscription_table_sync_workers, --[..17]
       pg_catalog.count(*) FILTER (WHERE w.worker_type = 'apply') AS pg_stat_subscription_apply_workers, --[17..]
       pg_catalog.count(*) FILTER (WHERE w.worker_type = 'parallel apply') AS pg_stat_subscription_parallel_apply_workers, --[17..]
       pg_catalog.count(*) FILTER (WHERE w.worker_type = 'table synchronization') AS pg_stat_subscription_table_sync_workers, --[17..]
       pg_catalog.count(*) FILTER (WHERE w.worker_type = 'sequence synchronization') AS pg_stat_subscription_sequence_sync_workers, --[19..]
       -- In a CASE, since greatest(NULL, 0) is 0.
       pg_catalog.max(CASE WHEN w.pid IS NOT NULL AND w.relid IS NULL AND w.last_msg_receipt_time IS NOT NULL --[..16]
       pg_catalog.max(CASE WHEN w.pid IS NOT NULL AND w.relid IS NULL AND w.leader_pid IS NULL AND w.last_msg_receipt_time IS NOT NULL --[16..17]
       pg_catalog.max(CASE WHEN w.worker_type = 'apply' AND w.last_msg_receipt_time IS NOT NULL --[17..]
                THEN greatest(extract(epoch FROM pg_catalog.clock_timestamp() - w.last_msg_receipt_time), 0) END)
           AS pg_stat_subscription_last_message_age_seconds,
       pg_catalog.max(CASE WHEN w.pid IS NOT NULL AND w.relid IS NULL AND w.latest_end_lsn IS NOT NULL --[..16]
       pg_catalog.max(CASE WHEN w.pid IS NOT NULL AND w.relid IS NULL AND w.leader_pid IS NULL AND w.latest_end_lsn IS NOT NULL --[16..17]
       pg_catalog.max(CASE WHEN w.worker_type = 'apply' AND w.latest_end_lsn IS NOT NULL --[17..]
                THEN greatest(w.received_lsn - w.latest_end_lsn, 0) END) AS pg_stat_subscription_unreported_bytes
     , s.subretaindeadtuples AS pg_subscription_retain_dead_tuples --[19..]
     , s.subretentionactive AS pg_subscription_retention_active --[19..]
FROM pg_catalog.pg_subscription AS s
JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
LEFT JOIN pg_catalog.pg_stat_subscription AS w ON w.subid = s.oid
GROUP BY s.subname, d.datname, s.subenabled
     , s.subretaindeadtuples, s.subretentionactive --[19..]
ORDER BY s.subenabled DESC, d.datname, s.subname
