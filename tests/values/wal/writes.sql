-- Left out: nothing. The tolerances are for what the server writes on its own account, and what asking writes (hint bits).
SELECT :SERVER_VERSION_NUM >= 180000 AS v18
\gset
\set prefix pg_stat_
\set gauges '^$'
\set left_out '^$'
\set tolerance 100
\if :v18
  \set rows 'SELECT ''{}''::jsonb, jsonb_build_object(''wal_write'', sum(writes), ''wal_sync'', sum(fsyncs)) FROM pg_stat_io WHERE object = ''wal'' AND context <> ''init'' AND backend_type NOT LIKE ''walreceiver'''
\else
  \set rows 'SELECT ''{}''::jsonb, jsonb_build_object(''wal_write'', wal_write, ''wal_sync'', wal_sync) FROM pg_stat_wal'
\endif
\ir ../by_rule.sql
