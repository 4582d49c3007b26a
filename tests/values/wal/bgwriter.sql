-- Left out: nothing. Asking reads catalogs and so allocates buffers, and may write some; hence the tolerances.
SELECT :SERVER_VERSION_NUM >= 170000 AS v17, :SERVER_VERSION_NUM >= 180000 AS v18
\gset
\set prefix pg_stat_bgwriter_
\set gauges '^$'
\set left_out '^checkpoint|^buffers_checkpoint$'
\set tolerance 'CASE WHEN name = ''stats_reset'' THEN NULL WHEN name ~ ''fsync|maxwritten'' THEN 0 ELSE 500 + value / 20 END'
\set rows 'SELECT ''{}''::jsonb, to_jsonb(v) FROM pg_stat_bgwriter AS v'
\ir ../by_rule.sql
\if :v17
SELECT jsonb_build_object('metric', 'pg_stat_bgwriter_buffers_backend_fsync_total', 'labels', '{}'::jsonb, 'value', sum(fsyncs))
FROM pg_stat_io WHERE object = 'relation' AND backend_type <> ALL ('{checkpointer,background writer}');
\if :v18
SELECT jsonb_build_object('metric', 'pg_stat_bgwriter_buffers_backend_total', 'labels', '{}'::jsonb, 'value', sum(bytes) / 8192, 'tolerance', 500)
FROM pg_stat_io, unnest(ARRAY[write_bytes, extend_bytes]) AS bytes WHERE object = 'relation' AND backend_type <> ALL ('{checkpointer,background writer}');
\else
SELECT jsonb_build_object('metric', 'pg_stat_bgwriter_buffers_backend_total', 'labels', '{}'::jsonb, 'value', sum(blocks), 'tolerance', 500)
FROM pg_stat_io, unnest(ARRAY[writes, extends]) AS blocks WHERE object = 'relation' AND backend_type <> ALL ('{checkpointer,background writer}');
\endif
\endif
