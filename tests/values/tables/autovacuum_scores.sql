-- Left out: tables after the first 100. The ages go on with every transaction, and dead rows of the
-- catalogues with what the test itself does: hence the tolerance. What is due has 1 and more.
\set prefix pg_stat_autovacuum_scores_
\set gauges '.'
\set left_out '^(relid|schemaname|relname)$'
\set tolerance 'CASE WHEN name ~ ''score$'' THEN 0.01 + value * 1e-9 END'
\set rows 'SELECT jsonb_build_object(''datname'', current_database(), ''schemaname'', schemaname, ''relname'', relname), (SELECT jsonb_object_agg(key, CASE value WHEN ''true'' THEN ''1'' WHEN ''false'' THEN ''0'' ELSE value END) FROM jsonb_each(to_jsonb(v))) FROM (SELECT * FROM pg_stat_autovacuum_scores ORDER BY score DESC, relid LIMIT 100) AS v'
\ir ../by_rule.sql
