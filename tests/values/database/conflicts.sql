-- Left out: stats_reset, which came with 19 and is that of database/stat.
\set prefix pg_stat_database_conflicts_
\set gauges '^$'
\set left_out '^(datid|datname|stats_reset)$'
\set tolerance NULL
\set rows 'SELECT jsonb_build_object(''datname'', datname), to_jsonb(v) FROM pg_stat_database_conflicts AS v'
\ir ../by_rule.sql
