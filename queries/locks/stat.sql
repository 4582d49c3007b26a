-- about: Every column of pg_stat_lock: waits for locks, by what is locked. Only those count that lasted longer than
--    deadlock_timeout, once the lock was granted; locks/blocked says who waits now.
-- detail: yes
-- interval: 30s
-- timeout: 2s
-- limit: 200 series
-- rows: 10 a server
-- covers: 19..: pg_stat_lock came with 19.
-- label locktype: What is locked: relation, tuple, transactionid (a row that another transaction has changed),
--    advisory, extend (a table that grows), ...
-- counter pg_stat_lock_waits_total: Waits of more than deadlock_timeout that ended with the lock (waits).
-- counter pg_stat_lock_wait_time_seconds_total: Time spent in these waits, in seconds (wait_time).
-- counter pg_stat_lock_fastpath_exceeded_total: Locks that would have been cheap and were taken in the shared table
--    for want of room in the session's own (fastpath_exceeded); many mean that max_locks_per_transaction is too low.
-- gauge pg_stat_lock_stats_reset_timestamp_seconds: When these statistics were last reset, in seconds since 1970
--    (stats_reset).
-- sql 19..:
SELECT locktype,
       waits AS pg_stat_lock_waits_total,
       wait_time / 1000 AS pg_stat_lock_wait_time_seconds_total,
       fastpath_exceeded AS pg_stat_lock_fastpath_exceeded_total,
       extract(epoch FROM stats_reset) AS pg_stat_lock_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_lock
ORDER BY waits DESC, locktype
