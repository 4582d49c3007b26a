-- Left out: nothing. pgvigil reads those that it may (sequences/use), and so does that script.
\set prefix pg_statio_user_sequences_
\set gauges '^$'
\set left_out '^(relid|schemaname|relname)$'
\set tolerance 10
\set rows 'SELECT jsonb_build_object(''datname'', current_database(), ''schemaname'', schemaname, ''sequencename'', relname), to_jsonb(v) FROM pg_statio_user_sequences AS v WHERE schemaname !~ ''^pg_temp_'''
\ir ../by_rule.sql
