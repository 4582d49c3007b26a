-- Left out: what tables/stat exports under the same names, and what postgres_exporter has not. Histories of migrations are read by pgvigil.
SELECT jsonb_build_object('metric', 'pg_stat_user_tables_' || name, 'value', value,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', v.schemaname, 'relname', v.relname),
                          'tolerance', CASE WHEN v.relname ~ '^flyway|^databasechange' AND name ~ 'seq' THEN 1e5 ELSE 0 END)
FROM pg_stat_user_tables AS v
CROSS JOIN LATERAL jsonb_each_text(to_jsonb(v)) AS c (name, text)
CROSS JOIN LATERAL (SELECT CASE WHEN name ~ '^last_(auto)?(vacuum|analyze)$' THEN extract(epoch FROM text::timestamptz)::float8
                                WHEN name ~ '^(seq|idx)_|^n_tup_(ins|upd|del|hot_upd)$|_count$' THEN text::float8 END) AS m (value)
WHERE v.schemaname !~ '^pg_temp_' AND value IS NOT NULL;
