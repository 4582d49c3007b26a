-- Left out: nothing.
\set prefix pg_stat_lock_
\set gauges '^$'
\set left_out '^locktype$'
\set tolerance NULL
\set rows 'SELECT jsonb_build_object(''locktype'', locktype), to_jsonb(v) FROM pg_stat_lock AS v'
\ir ../by_rule.sql
