-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_wal_receiver_info', 'value', 1,
                          'labels', jsonb_strip_nulls(jsonb_build_object('status', status, 'sender_host', sender_host, 'sender_port', sender_port::text, 'slot_name', nullif(slot_name, ''))))
FROM pg_stat_wal_receiver;
