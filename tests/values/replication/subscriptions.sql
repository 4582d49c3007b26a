-- Left out: nothing. The publisher sends what the server writes on its own account, hence the tolerances.
SELECT jsonb_build_object('metric', metric, 'labels', jsonb_build_object('subname', subname, 'datname', datname), 'value', value, 'tolerance', tolerance)
FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = subdbid
CROSS JOIN LATERAL (SELECT array_agg(backend_type) FILTER (WHERE relid IS NULL) AS types, to_jsonb(s) AS j, count(*) FILTER (WHERE relid IS NOT NULL) AS copies,
                           max(received_lsn - latest_end_lsn) FILTER (WHERE relid IS NULL) AS bytes, max(last_msg_receipt_time) FILTER (WHERE relid IS NULL) AS heard
                    FROM pg_stat_subscription AS w JOIN pg_stat_activity USING (pid) WHERE subid = s.oid) AS w
CROSS JOIN LATERAL (VALUES ('pg_subscription_enabled', subenabled::int, 0),
                           ('pg_stat_subscription_apply_workers', (SELECT count(*) FROM unnest(types) AS t WHERE t ~ '^logical replication (apply )?worker'), 0),
                           ('pg_stat_subscription_parallel_apply_workers', (SELECT count(*) FROM unnest(types) AS t WHERE t ~ 'parallel' HAVING current_setting('server_version_num')::int >= 160000), 0),
                           ('pg_stat_subscription_table_sync_workers', copies, 0),
                           ('pg_stat_subscription_sequence_sync_workers', (SELECT count(*) FROM unnest(types) AS t WHERE t ~ 'sequence' HAVING current_setting('server_version_num')::int >= 190000), 0),
                           ('pg_subscription_retain_dead_tuples', (j ->> 'subretaindeadtuples')::boolean::int, 0), ('pg_subscription_retention_active', (j ->> 'subretentionactive')::boolean::int, 0),
                           ('pg_stat_subscription_last_message_age_seconds', extract(epoch FROM clock_timestamp() - heard)::numeric, 60),
                           ('pg_stat_subscription_unreported_bytes', greatest(bytes, 0 * bytes), 100000)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
