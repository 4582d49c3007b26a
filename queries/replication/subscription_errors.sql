-- about: Errors of logical subscriptions. An error is tried again every few seconds until it is resolved, and
--    nothing is applied meanwhile.
-- role: primary
-- interval: 30s
-- timeout: 2s
-- limit: 1000 series
-- rows: none
-- covers: 15..: pg_stat_subscription_stats came with 15.
-- label subname: Name of the subscription.
-- label datname: Its database.
-- counter pg_stat_subscription_stats_apply_error_total: Errors while changes were applied (apply_error_count).
-- counter pg_stat_subscription_stats_sync_error_total: Errors while tables were copied for the first time
--    (sync_table_error_count; before 19 sync_error_count).
-- counter pg_stat_subscription_stats_sync_seq_error_total detail: Errors while sequences were synchronised
--    (sync_seq_error_count).
-- gauge pg_stat_subscription_stats_stats_reset_timestamp_seconds detail: When these statistics were last reset, in
--    seconds since 1970; absent if never (stats_reset).
-- sql:
SELECT t.subname, d.datname,
       t.apply_error_count AS pg_stat_subscription_stats_apply_error_total,
       t.sync_error_count AS pg_stat_subscription_stats_sync_error_total, --[..19]
       t.sync_table_error_count AS pg_stat_subscription_stats_sync_error_total, --[19..]
       t.sync_seq_error_count AS pg_stat_subscription_stats_sync_seq_error_total, --[19..]
       extract(epoch FROM t.stats_reset) AS pg_stat_subscription_stats_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_subscription_stats AS t
JOIN pg_catalog.pg_subscription AS s ON s.oid = t.subid
JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
ORDER BY t.apply_error_count + t.sync_error_count DESC, d.datname, t.subname --[..19]
ORDER BY t.apply_error_count + t.sync_table_error_count + t.sync_seq_error_count DESC, d.datname, t.subname --[19..]
