-- Left out: nothing. In a server with pg_stat_statements 1.8 the query is skipped and this script says nothing.
SET pg_stat_statements.track = 'none';
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements' AND extversion <> '1.8') AS there
\gset
\if :there
SELECT jsonb_build_object('metric', 'pg_stat_statements_dealloc_total', 'labels', '{}'::jsonb, 'value', dealloc) FROM pg_stat_statements_info
UNION ALL
SELECT jsonb_build_object('metric', 'pg_stat_statements_stats_reset_timestamp_seconds', 'labels', '{}'::jsonb, 'value', extract(epoch FROM stats_reset)) FROM pg_stat_statements_info
UNION ALL
SELECT jsonb_build_object('metric', 'pg_stat_statements_max_entries', 'labels', '{}'::jsonb, 'value', setting::int) FROM pg_settings WHERE name = 'pg_stat_statements.max';
\endif
