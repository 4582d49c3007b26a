-- Left out: nothing. The tolerances are for what the server writes on its own account (a snapshot of running transactions, a checkpoint).
-- Receivers that share all labels are taken for one; the worst of them counts.
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END AS here
\gset
SELECT jsonb_build_object('metric', metric, 'value', value, 'tolerance', tolerance,
                          'labels', jsonb_strip_nulls(jsonb_build_object('application_name', nullif(application_name, ''), 'client_addr', host(client_addr), 'slot_name', slot_name, 'stage', stage)))
FROM (
    SELECT application_name, client_addr, slot_name, 'sent' AS stage, max(pg_wal_lsn_diff(:'here', sent_lsn)) AS bytes, NULL AS seconds
    FROM pg_stat_replication LEFT JOIN pg_replication_slots ON active_pid = pid WHERE state <> 'backup' GROUP BY 1, 2, 3
    UNION ALL
    SELECT application_name, client_addr, slot_name, 'write', max(pg_wal_lsn_diff(:'here', write_lsn)), max(CASE WHEN write_lsn IS NOT NULL THEN extract(epoch FROM coalesce(write_lag, '0')) END)
    FROM pg_stat_replication LEFT JOIN pg_replication_slots ON active_pid = pid WHERE state <> 'backup' GROUP BY 1, 2, 3
    UNION ALL
    SELECT application_name, client_addr, slot_name, 'flush', max(pg_wal_lsn_diff(:'here', flush_lsn)), max(CASE WHEN flush_lsn IS NOT NULL THEN extract(epoch FROM coalesce(flush_lag, '0')) END)
    FROM pg_stat_replication LEFT JOIN pg_replication_slots ON active_pid = pid WHERE state <> 'backup' GROUP BY 1, 2, 3
    UNION ALL
    SELECT application_name, client_addr, slot_name, 'replay', max(pg_wal_lsn_diff(:'here', replay_lsn)), max(CASE WHEN replay_lsn IS NOT NULL THEN extract(epoch FROM coalesce(replay_lag, '0')) END)
    FROM pg_stat_replication LEFT JOIN pg_replication_slots ON active_pid = pid WHERE state <> 'backup' GROUP BY 1, 2, 3
) AS lag
CROSS JOIN LATERAL (VALUES ('pg_stat_replication_lag_bytes', bytes::numeric, 20000),
                           ('pg_stat_replication_lag_seconds', seconds::numeric, 5)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
