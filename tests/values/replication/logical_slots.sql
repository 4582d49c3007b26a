-- Left out: nothing.
\set prefix pg_stat_replication_slots_
\set gauges '^$'
\set left_out '^slot_name$'
\set tolerance 0
\set rows 'SELECT jsonb_build_object(''slot_name'', slot_name), to_jsonb(v) FROM pg_stat_replication_slots AS v'
SELECT to_regclass('pg_stat_replication_slots') IS NOT NULL AS v14
\gset
\if :v14
\ir ../by_rule.sql
\endif
