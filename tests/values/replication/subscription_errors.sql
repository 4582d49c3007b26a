-- Left out: conflicts, which replication/subscription_conflicts has.
\set prefix pg_stat_subscription_stats_
\set gauges '^$'
\set left_out '^subid$|^subname$|^confl_'
\set tolerance 0
\set rows 'SELECT jsonb_build_object(''subname'', subname, ''datname'', datname), (SELECT jsonb_object_agg(regexp_replace(key, ''(_table)?_error_count$'', ''_error''), value) FROM jsonb_each(to_jsonb(v))) FROM pg_stat_subscription_stats AS v JOIN (SELECT s.oid AS subid, d.datname FROM pg_subscription AS s, pg_database AS d WHERE d.oid = subdbid) AS s USING (subid)'
\ir ../by_rule.sql
