-- Left out: nothing. The tolerances are for what the server writes on its own account, and what asking writes (hint bits).
SELECT :SERVER_VERSION_NUM >= 180000 AS v18
\gset
\set prefix pg_stat_
\set gauges '^$'
\set left_out '^stats_reset$'
\set tolerance 'CASE WHEN name ~ ''bytes'' THEN 300000 WHEN name ~ ''time'' THEN 1 ELSE 100 END'
\if :v18
  \set rows 'SELECT ''{}''::jsonb, to_jsonb(v) || (SELECT jsonb_build_object(''wal_write'', sum(writes), ''wal_sync'', sum(fsyncs), ''wal_write_time'', sum(write_time), ''wal_sync_time'', sum(fsync_time)) FROM pg_stat_io WHERE object = ''wal'' AND context <> ''init'' AND backend_type IS DISTINCT FROM ''walreceiver'') FROM pg_stat_wal AS v'
\else
  \set rows 'SELECT ''{}''::jsonb, to_jsonb(v) FROM pg_stat_wal AS v'
\endif
\ir ../by_rule.sql
SELECT jsonb_build_object('metric', 'pg_stat_wal_stats_reset_timestamp_seconds', 'labels', '{}'::jsonb, 'value', extract(epoch FROM stats_reset)) FROM pg_stat_wal;
