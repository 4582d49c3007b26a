-- Left out: nothing. Each transaction and each look at a row asks these caches, hence the tolerances.
\set prefix pg_stat_slru_
\set gauges '^$'
\set left_out '^name$'
\set tolerance 'CASE WHEN name = ''stats_reset'' THEN 0 WHEN name = ''blks_hit'' THEN 5000 + value / 5 ELSE 20 END'
\set rows 'SELECT jsonb_build_object(''name'', coalesce(''{"CommitTs": "commit_timestamp", "MultiXactMember": "multixact_member", "MultiXactOffset": "multixact_offset", "Notify": "notify", "Serial": "serializable", "Subtrans": "subtransaction", "Xact": "transaction"}''::jsonb ->> name, name)), to_jsonb(v) FROM pg_stat_slru AS v'
\ir ../by_rule.sql
