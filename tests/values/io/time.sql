-- Left out: all but times. To ask and to connect is to read.
\set prefix pg_stat_io_
\set gauges '^$'
\set left_out '^$'
\set tolerance 5
\set rows 'SELECT jsonb_build_object(''backend_type'', backend_type, ''object'', object, ''context'', context), jsonb_build_object(''read_time'', read_time, ''write_time'', write_time, ''writeback_time'', writeback_time, ''extend_time'', extend_time, ''fsync_time'', fsync_time) FROM pg_stat_io'
\ir ../by_rule.sql
