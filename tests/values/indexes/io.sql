-- Left out: stats_reset, which came with 19 and is that of indexes/stat. To plan a query of migrations/ is to look at the indexes of these tables.
\set prefix pg_statio_user_indexes_
\set gauges '^$'
\set left_out '^(relid|indexrelid|schemaname|relname|indexrelname|stats_reset)$'
\set tolerance 'CASE WHEN labels->>''relname'' ~ ''^flyway|^databasechange'' THEN 50 END'
\set rows 'SELECT jsonb_build_object(''datname'', current_database(), ''schemaname'', schemaname, ''relname'', relname, ''indexrelname'', indexrelname), to_jsonb(v) FROM pg_statio_user_indexes AS v WHERE schemaname !~ ''^pg_temp_'''
\ir ../by_rule.sql
