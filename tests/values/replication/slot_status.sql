-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_replication_slots_wal_status', 'value', 1, 'labels', jsonb_object_agg(c.key, c.value))
FROM pg_replication_slots AS s, jsonb_each_text(to_jsonb(s)) AS c
WHERE c.key IN ('slot_name', 'wal_status', 'invalidation_reason', 'slotsync_skip_reason') AND c.value IS NOT NULL
GROUP BY s.slot_name;
