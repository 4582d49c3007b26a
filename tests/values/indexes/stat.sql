-- Left out: nothing.
\set prefix pg_stat_user_indexes_
\set gauges '^$'
\set left_out '^(relid|indexrelid|schemaname|relname|indexrelname)$'
\set tolerance NULL
\set rows 'SELECT jsonb_build_object(''datname'', current_database(), ''schemaname'', schemaname, ''relname'', relname, ''indexrelname'', indexrelname), to_jsonb(v) FROM pg_stat_user_indexes AS v WHERE schemaname !~ ''^pg_temp_'''
\ir ../by_rule.sql
