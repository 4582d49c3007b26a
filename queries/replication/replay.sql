-- about: How far this standby's replay is behind. In seconds: (1) While the link is alive and all that was received is
--    replayed, 0; it does not matter when the last transaction was, since an idle primary has none. (2) While the link
--    is alive but WAL waits for its replay, we look again for half a second: when replay passes the point that was the
--    end at the first look, the time that took is the lag. (3) Otherwise it is the time since the last transaction or
--    checkpoint that was replayed. (4) A receiver that says "streaming" but has been silent for too long
--    (replication/receiver says how long) counts as a cut link, and the lag is at least the age of its last message. So
--    the lag grows from the moment at which the link is cut, and is never 0 then. After an idle time it begins with the
--    length of that time, because a standby cannot know that nothing happened.
-- role: standby
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 2 series
-- gauge pg_replication_lag_seconds: How old the state is that this standby shows, in seconds; 0 when all is replayed
--    and the link is alive.
-- sql:
WITH first AS MATERIALIZED (
    SELECT pg_catalog.clock_timestamp() AS looked_at,
           coalesce(receiver.status = 'streaming'
               AND (limits.timeout = 0 OR receiver.age < limits.timeout * 0.75), false) AS alive,
           CASE WHEN receiver.status = 'streaming' THEN receiver.age END AS silence,
           -- latest_end_lsn is the end of the sender's WAL as its last message told.
           greatest(receiver.latest_end_lsn, pg_catalog.pg_last_wal_receive_lsn()) AS target,
           pg_catalog.pg_last_wal_replay_lsn() AS replayed
    FROM (SELECT extract(epoch FROM pg_catalog.current_setting('wal_receiver_timeout')::interval)) AS limits (timeout)
    LEFT JOIN (SELECT r.status, r.latest_end_lsn,
                      -- In a CASE, since greatest(NULL, 0) is 0.
                      CASE WHEN r.last_msg_receipt_time IS NOT NULL
                           THEN greatest(extract(epoch FROM pg_catalog.clock_timestamp() - r.last_msg_receipt_time), 0) END AS age
               FROM pg_catalog.pg_stat_wal_receiver AS r) AS receiver ON true
),
later AS MATERIALIZED (
    -- Ten looks, after 0.01 s, 0.02 s more, and so on; it ends with the first that finds replay past the target.
    -- The sleep depends on the step, so that no plan sleeps once for all.
    SELECT extract(epoch FROM pg_catalog.clock_timestamp() - first.looked_at) AS seconds
    FROM first
    CROSS JOIN pg_catalog.generate_series(1, 10) AS step
    CROSS JOIN LATERAL (SELECT CASE WHEN pg_catalog.pg_sleep(step * 0.01)::text IS NOT NULL
                                    THEN pg_catalog.pg_last_wal_replay_lsn() END AS replayed) AS look
    WHERE first.alive AND first.replayed < first.target AND look.replayed >= first.target
    LIMIT 1
),
since AS (
    -- When the state was current that is shown now. The checkpoint is the primary's, replayed here; it is
    -- what is left when no transaction was replayed since the start of this standby.
    SELECT greatest(extract(epoch FROM pg_catalog.clock_timestamp()
                        - greatest(pg_catalog.pg_last_xact_replay_timestamp(), c.checkpoint_time)), 0) AS seconds
    FROM pg_catalog.pg_control_checkpoint() AS c
)
SELECT CASE WHEN NOT alive AND replayed >= target AND silence IS NOT NULL THEN silence
            WHEN NOT alive THEN greatest(since.seconds, silence)
            WHEN replayed >= target THEN 0
            ELSE coalesce((SELECT later.seconds FROM later), since.seconds)
       END AS pg_replication_lag_seconds
FROM first CROSS JOIN since
WHERE pg_catalog.pg_is_in_recovery()
