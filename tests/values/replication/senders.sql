-- Left out: nothing. A standby answers every wal_receiver_status_interval, hence the tolerance of the reply's time.
SELECT jsonb_build_object('metric', metric, 'value', value, 'tolerance', tolerance,
                          'labels', jsonb_strip_nulls(jsonb_build_object('application_name', nullif(application_name, ''), 'client_addr', host(client_addr), 'slot_name', slot_name,
                                                                         'usename', usename, 'state', state, 'sync_state', sync_state)))
FROM (SELECT application_name, client_addr, (SELECT slot_name FROM pg_replication_slots WHERE active_pid = pid) AS slot_name, usename, state, sync_state,
             count(*) AS senders, min(reply_time) AS reply
      FROM pg_stat_replication GROUP BY 1, 2, 3, 4, 5, 6) AS s
CROSS JOIN LATERAL (VALUES ('pg_stat_replication_count', senders, 0),
                           ('pg_stat_replication_reply_timestamp_seconds', extract(epoch FROM reply), 60)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
