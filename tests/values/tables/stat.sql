-- Left out: nothing. Histories of migrations are read by pgvigil. The views have no row for temporary tables here, since the test has no other session with any.
\set prefix pg_stat_user_tables_
\set gauges '^n_(live|dead)_tup$|^n_mod_since_analyze$|^n_ins_since_vacuum$'
\set left_out '^(relid|schemaname|relname)$'
\set tolerance 'CASE WHEN labels->>''relname'' ~ ''^flyway|^databasechange'' AND name ~ ''seq'' THEN 1e5 END'
\set rows 'SELECT jsonb_build_object(''datname'', current_database(), ''schemaname'', schemaname, ''relname'', relname), to_jsonb(v) FROM pg_stat_user_tables AS v WHERE schemaname !~ ''^pg_temp_'''
\ir ../by_rule.sql
