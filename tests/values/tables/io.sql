-- Left out: stats_reset, which came with 19 and is that of tables/stat. Tables that queries of pgvigil or other scripts here read have counts that are on the move.
\set prefix pg_statio_user_tables_
\set gauges '^$'
\set left_out '^(relid|schemaname|relname|stats_reset)$'
\set tolerance 'CASE WHEN labels->>''relname'' ~ ''^bloated|^flyway|^databasechange|^compact'' THEN 5000 END'
\set rows 'SELECT jsonb_build_object(''datname'', current_database(), ''schemaname'', schemaname, ''relname'', relname), to_jsonb(v) FROM pg_statio_user_tables AS v WHERE schemaname !~ ''^pg_temp_'''
\ir ../by_rule.sql
