-- about: How much WAL this standby has still to replay. replication/replay says the same in seconds and when the link
--    to the sender counts as alive.
-- role: standby
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 2 series
-- gauge pg_replication_lag_bytes: WAL that is known to exist and not yet replayed, in bytes; absent when the link is
--    dead and all that was received is replayed, since then it cannot be known here.
-- sql:
WITH standby AS MATERIALIZED (
    SELECT coalesce(receiver.status = 'streaming'
               AND (limits.timeout = 0 OR receiver.age < limits.timeout * 0.75), false) AS alive,
           -- latest_end_lsn is the end of the sender's WAL as its last message told.
           greatest(receiver.latest_end_lsn, pg_catalog.pg_last_wal_receive_lsn()) AS target,
           pg_catalog.pg_last_wal_replay_lsn() AS replayed
    FROM (SELECT extract(epoch FROM pg_catalog.current_setting('wal_receiver_timeout')::interval)) AS limits (timeout)
    LEFT JOIN (SELECT r.status, r.latest_end_lsn,
                      extract(epoch FROM pg_catalog.clock_timestamp() - r.last_msg_receipt_time) AS age
               FROM pg_catalog.pg_stat_wal_receiver AS r) AS receiver ON true
)
-- Without a receiver since the start there is no target at all: WAL from an archive, of which no end is known.
SELECT CASE WHEN replayed < target THEN target - replayed
            WHEN replayed >= target AND alive THEN 0 END AS pg_replication_lag_bytes
FROM standby
WHERE pg_catalog.pg_is_in_recovery()
