-- Left out: nothing. The link is alive; what is right when it is cut or its sender frozen is a test of its own.
SELECT jsonb_build_object('metric', metric, 'value', value, 'tolerance', tolerance, 'labels', '{}'::jsonb)
FROM (VALUES ('pg_wal_receiver_up', (SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'), 0),
             ('pg_wal_receiver_last_message_age_seconds', (SELECT extract(epoch FROM clock_timestamp() - last_msg_receipt_time) FROM pg_stat_wal_receiver), 45),
             ('pg_wal_receiver_received_timeline_id', (SELECT received_tli FROM pg_stat_wal_receiver), 0)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
