-- about: The WAL receiver of this standby: whether the link to its sender is alive. A receiver says "streaming" until
--    wal_receiver_timeout has passed, even if its sender is frozen or the network drops every packet. But after half of
--    that time without a message it asks for an answer, so that on a healthy link no message is older than that and one
--    round trip. We call the link dead at three quarters: halfway between the two.
-- role: standby
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 5 series
-- gauge pg_wal_receiver_up: 1 if a receiver streams and has heard from its sender lately, else 0.
-- gauge pg_wal_receiver_last_message_age_seconds: Time since the last message of the sender, in seconds
--    (last_msg_receipt_time); absent without a receiver. Up to half of wal_receiver_timeout is healthy on an idle
--    primary.
-- gauge pg_wal_receiver_received_timeline_id: Timeline of the WAL that was received last (received_tli); absent without
--    a receiver.
-- sql:
SELECT coalesce(receiver.status = 'streaming'
                -- 0 switches the timeout off, and the question for an answer with it: then no age is too old.
                AND (limits.timeout = 0 OR receiver.age < limits.timeout * 0.75), false) AS pg_wal_receiver_up,
       receiver.age AS pg_wal_receiver_last_message_age_seconds,
       receiver.received_tli AS pg_wal_receiver_received_timeline_id
FROM (SELECT extract(epoch FROM pg_catalog.current_setting('wal_receiver_timeout')::interval)) AS limits (timeout)
-- The view has one row while a receiver runs, and none otherwise.
LEFT JOIN (SELECT r.status, r.received_tli,
                  -- In a CASE, since greatest(NULL, 0) is 0.
                  CASE WHEN r.last_msg_receipt_time IS NOT NULL
                       THEN greatest(extract(epoch FROM pg_catalog.clock_timestamp() - r.last_msg_receipt_time), 0) END AS age
           FROM pg_catalog.pg_stat_wal_receiver AS r) AS receiver ON true
