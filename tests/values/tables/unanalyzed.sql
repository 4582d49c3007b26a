-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_tables_never_analyzed', 'labels', jsonb_build_object('datname', current_database()), 'value', count(*))
FROM pg_stat_user_tables AS t JOIN pg_class AS c ON c.oid = t.relid AND c.relkind <> 'p'
WHERE analyze_count + autoanalyze_count = 0 AND n_live_tup + n_mod_since_analyze > 0;
