-- Left out: the oldest multixact, which database/age counts from.
SELECT jsonb_build_object('metric', 'pg_multixact_stats_' || replace(key, '_size', '_bytes'), 'value', value, 'labels', '{}'::jsonb)
FROM jsonb_each((SELECT to_jsonb(m) FROM pg_get_multixact_stats() AS m)) WHERE key <> 'oldest_multixact';
