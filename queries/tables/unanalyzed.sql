-- about: How many tables of a database were never analyzed. Only a primary that counts what happens to its tables
--    (track_counts) knows.
-- scope: database
-- role: primary
-- cost: medium
-- interval: 5m
-- timeout: 10s
-- needs: setting track_counts = on
-- limit: 2 series
-- gauge pg_tables_never_analyzed: Tables with rows, or whose rows have changed, that were not analyzed since
--    statistics began, so that the planner guesses.
-- sql:
SELECT pg_catalog.count(*) AS pg_tables_never_analyzed
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm')
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND pg_catalog.pg_stat_get_last_analyze_time(c.oid) IS NULL
  AND pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid) IS NULL
  AND (pg_catalog.pg_stat_get_live_tuples(c.oid) > 0 OR pg_catalog.pg_stat_get_mod_since_analyze(c.oid) > 0)
