-- about: postgres_exporter's names for the transactions of pg_stat_database; see database/stat. The moment of the last
--    reset is a counter, since it is so there.
-- enabled: no
-- naming: foreign
-- interval: 15s
-- timeout: 5s
-- limit: 10000 series
-- label datid: OID of the database.
-- label datname: The database.
-- counter pg_stat_database_xact_commit: Transactions committed (xact_commit).
-- counter pg_stat_database_xact_rollback: Transactions rolled back (xact_rollback).
-- counter pg_stat_database_stats_reset: When these statistics were last reset, in seconds since 1970; absent if never
--    (stats_reset).
-- sql:
SELECT datid, datname,
       xact_commit AS pg_stat_database_xact_commit,
       xact_rollback AS pg_stat_database_xact_rollback,
       extract(epoch FROM stats_reset) AS pg_stat_database_stats_reset
FROM pg_catalog.pg_stat_database
-- The row of what all databases share has no name.
WHERE datname IS NOT NULL
ORDER BY xact_commit + xact_rollback DESC, datid
