-- about: How full pg_stat_statements is. When it has to drop entries again and again, pg_stat_statements.max is too
--    small and the statements that show are a matter of luck.
-- interval: 1m
-- timeout: 5s
-- limit: 5 series
-- covers: extension pg_stat_statements 1.9..: 1.8, of PostgreSQL 13, does not count what it drops.
-- counter pg_stat_statements_dealloc_total: Times that the least used entries were dropped to make room (dealloc).
-- gauge pg_stat_statements_stats_reset_timestamp_seconds: When all statistics were last reset, in seconds since 1970
--    (stats_reset).
-- gauge pg_stat_statements_max_entries: The setting pg_stat_statements.max.
-- sql:
SELECT i.dealloc AS pg_stat_statements_dealloc_total,
       extract(epoch FROM i.stats_reset) AS pg_stat_statements_stats_reset_timestamp_seconds,
       -- NULL if the library is not loaded.
       pg_catalog.current_setting('pg_stat_statements.max', true)::integer AS pg_stat_statements_max_entries
FROM @extschema:pg_stat_statements@.pg_stat_statements_info AS i
