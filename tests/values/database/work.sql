-- Left out: what is in database/stat and the files beside it. Asking changes the numbers: this session and pgvigil's own connect, commit and read catalogs. What
-- they count up has a tolerance; what only the workload counts up has none.
\set prefix pg_stat_database_
\set gauges '^numbackends$'
\set left_out '^(?!blks_|tup_|conflicts$|temp_|deadlocks$|checksum_)'
\set tolerance 'CASE WHEN name ~ ''^(xact_commit|blks_|tup_returned|tup_fetched|sessions$)'' THEN 1000 + value / 4 WHEN name = ''xact_rollback'' THEN 50 WHEN name = ''numbackends'' THEN 3 WHEN name ~ ''^(session|active|idle_in_transaction)_time$'' THEN 300 + value / 4 WHEN name ~ ''_time$'' THEN 1 + value / 4 END'
\set rows 'SELECT jsonb_build_object(''datname'', datname), to_jsonb(v) FROM pg_stat_database AS v'
\ir ../by_rule.sql
