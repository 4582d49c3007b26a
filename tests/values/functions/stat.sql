-- Left out: nothing. The functions of extensions are called by pgvigil itself.
\set prefix pg_stat_user_functions_
\set gauges '^$'
\set left_out '^(funcid|schemaname|funcname)$'
\set tolerance 'CASE WHEN labels->>''funcname'' ~ ''^pg_?(stat|buffercache)'' THEN 1e6 ELSE value * 1e-9 END'
\set rows 'SELECT jsonb_build_object(''datname'', current_database(), ''schemaname'', schemaname, ''funcname'', funcname), jsonb_build_object(''calls'', sum(calls), ''total_time'', sum(total_time), ''self_time'', sum(self_time), ''stats_reset'', max(to_jsonb(f) ->> ''stats_reset'')) FROM pg_stat_user_functions AS f GROUP BY schemaname, funcname'
\ir ../by_rule.sql
