-- Left out: how WAL was written, which is in wal/writes and wal/write_time. The tolerances are for what the server writes on its own account, and
-- what asking writes (hint bits).
\set prefix pg_stat_
\set gauges '^$'
\set left_out '^(stats_reset|wal_write|wal_sync|wal_write_time|wal_sync_time)$'
\set tolerance 'CASE WHEN name ~ ''bytes'' THEN 300000 ELSE 100 END'
\set rows 'SELECT ''{}''::jsonb, to_jsonb(v) FROM pg_stat_wal AS v'
\ir ../by_rule.sql
SELECT jsonb_build_object('metric', 'pg_stat_wal_stats_reset_timestamp_seconds', 'labels', '{}'::jsonb, 'value', extract(epoch FROM stats_reset)) FROM pg_stat_wal;
