-- Left out: nothing. The tolerance is for what the primary writes on its own account.
\set prefix pg_stat_recovery_prefetch_
\set gauges '^wal_distance_bytes$|^block_distance$|^io_depth$'
\set left_out '^wal_distance$'
\set tolerance 'CASE WHEN name = ''stats_reset'' THEN 0 WHEN name ~ ''bytes'' THEN 100000 ELSE 100 END'
\set rows 'SELECT ''{}''::jsonb, to_jsonb(v) || jsonb_build_object(''wal_distance_bytes'', wal_distance) FROM pg_stat_recovery_prefetch AS v'
\ir ../by_rule.sql
