-- Left out: nothing. Tables that queries of pgvigil or other scripts here read have counts that are on the move.
SELECT jsonb_build_object('metric', 'pg_statio_user_tables_' || replace(name, 'blks', 'blocks'), 'value', text::numeric,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', v.schemaname, 'relname', v.relname),
                          'tolerance', CASE WHEN v.relname ~ '^bloated|^flyway|^databasechange|^compact' THEN 5000 ELSE 0 END)
FROM pg_statio_user_tables AS v, jsonb_each_text(to_jsonb(v)) AS c (name, text)
WHERE v.schemaname !~ '^pg_temp_' AND name ~ '_blks_' AND text IS NOT NULL;
