-- Left out: times, which are in io/time; stats_reset, which is one for all rows, and op_bytes, which is a factor. To ask and to connect is to read, so that client backends
-- (and whoever sleeps and wakes meanwhile) have a tolerance.
SELECT :SERVER_VERSION_NUM >= 180000 AS v18
\gset
\set prefix pg_stat_io_
\set gauges '^$'
\set left_out '^backend_type$|^object$|^context$|^op_bytes$|^stats_reset$|_time$'
\set tolerance 'CASE WHEN name = ''hits'' AND labels ->> ''backend_type'' = ''client backend'' THEN 100000 + value WHEN name ~ ''bytes'' THEN 20000000 + value / 5 ELSE 3000 + value / 5 END'
\set labels 'jsonb_build_object(''backend_type'', backend_type, ''object'', object, ''context'', context)'
\if :v18
  \set rows 'SELECT ' :labels ', to_jsonb(v) FROM pg_stat_io AS v'
\else
  \set rows 'SELECT ' :labels ', to_jsonb(v) || jsonb_build_object(''read_bytes'', reads * op_bytes, ''write_bytes'', writes * op_bytes, ''extend_bytes'', extends * op_bytes) FROM pg_stat_io AS v'
\endif
\ir ../by_rule.sql
