-- Left out: nothing. The tolerances are for what the server writes on its own account.
SELECT jsonb_build_object('metric', 'pg_stat_replication_' || metric, 'value', value, 'tolerance', 20000,
                          'labels', jsonb_strip_nulls(jsonb_build_object('application_name', nullif(application_name, ''), 'client_addr', host(client_addr), 'state', state, 'slot_name', slot_name)))
FROM (
    SELECT application_name, client_addr, r.state, slot_name, pg_wal_lsn_diff(here, '0/0') AS position, max(pg_wal_lsn_diff(here, replay_lsn)) AS lag
    FROM pg_stat_replication AS r LEFT JOIN pg_replication_slots ON active_pid = pid,
         LATERAL (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END) AS h (here)
    GROUP BY 1, 2, 3, 4, 5
) AS s
CROSS JOIN LATERAL (VALUES ('pg_current_wal_lsn_bytes', position), ('pg_wal_lsn_diff', lag)) AS m (metric, value)
WHERE value IS NOT NULL;
