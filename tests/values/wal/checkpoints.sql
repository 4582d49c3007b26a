-- Left out: nothing. The tolerances are for a checkpoint that happens meanwhile.
SELECT to_regclass('pg_stat_checkpointer') IS NOT NULL AS v17
\gset
\set prefix pg_stat_checkpointer_
\set gauges '^$'
\set left_out '^$'
\set tolerance 'CASE WHEN name = ''stats_reset'' THEN NULL WHEN name ~ ''^buffers|^slru'' THEN 1000 WHEN name = ''sync_time'' THEN 2 WHEN name = ''write_time'' THEN 60 ELSE 1 END'
\if :v17
  \set rows 'SELECT ''{}''::jsonb, to_jsonb(v) FROM pg_stat_checkpointer AS v'
\else
  -- The names of 17 for the columns of before.
  \set rows 'SELECT ''{}''::jsonb, jsonb_build_object(''num_timed'', checkpoints_timed, ''num_requested'', checkpoints_req, ''write_time'', checkpoint_write_time, ''sync_time'', checkpoint_sync_time, ''buffers_written'', buffers_checkpoint, ''stats_reset'', stats_reset) FROM pg_stat_bgwriter'
\endif
\ir ../by_rule.sql
