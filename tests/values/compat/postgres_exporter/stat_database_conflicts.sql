-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_stat_database_conflicts_' || name, 'labels', jsonb_build_object('datid', v.datid::text, 'datname', v.datname), 'value', text::numeric)
FROM pg_stat_database_conflicts AS v, jsonb_each_text(to_jsonb(v)) AS c (name, text)
WHERE name ~ '^confl_';
