-- about: Sessions and transactions of pg_stat_database, one row a database, and one with an empty datname for what all
--    databases share. The other columns are in database/work, database/io_time and database/active_time, by the setting
--    that has them counted.
-- interval: 15s
-- timeout: 5s
-- limit: 10000 series
-- label datname: The database; empty for the catalogs that all databases share.
-- gauge pg_stat_database_numbackends detail: Connections to the database, those of background processes included
--    (numbackends).
-- counter pg_stat_database_xact_commit_total: Transactions committed (xact_commit).
-- counter pg_stat_database_xact_rollback_total: Transactions rolled back (xact_rollback).
-- counter pg_stat_database_session_time_seconds_total detail: Time that sessions have lasted, in seconds; counted when
--    their state changes (session_time).
-- counter pg_stat_database_sessions_total: Sessions begun (sessions).
-- counter pg_stat_database_sessions_abandoned_total: Sessions whose client went away without a word
--    (sessions_abandoned).
-- counter pg_stat_database_sessions_fatal_total: Sessions ended by a fatal error (sessions_fatal).
-- counter pg_stat_database_sessions_killed_total detail: Sessions ended by an operator (sessions_killed).
-- counter pg_stat_database_parallel_workers_to_launch_total: Parallel workers that queries asked for
--    (parallel_workers_to_launch).
-- counter pg_stat_database_parallel_workers_launched_total: Parallel workers that queries got
--    (parallel_workers_launched).
-- gauge pg_stat_database_stats_reset_timestamp_seconds detail: When these statistics were last reset, in seconds
--    since 1970; absent if never (stats_reset).
-- sql:
SELECT datname,
       numbackends AS pg_stat_database_numbackends,
       xact_commit AS pg_stat_database_xact_commit_total,
       xact_rollback AS pg_stat_database_xact_rollback_total,
       session_time / 1000 AS pg_stat_database_session_time_seconds_total, --[14..]
       sessions AS pg_stat_database_sessions_total, --[14..]
       sessions_abandoned AS pg_stat_database_sessions_abandoned_total, --[14..]
       sessions_fatal AS pg_stat_database_sessions_fatal_total, --[14..]
       sessions_killed AS pg_stat_database_sessions_killed_total, --[14..]
       parallel_workers_to_launch AS pg_stat_database_parallel_workers_to_launch_total, --[18..]
       parallel_workers_launched AS pg_stat_database_parallel_workers_launched_total, --[18..]
       extract(epoch FROM stats_reset) AS pg_stat_database_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_database
ORDER BY xact_commit + xact_rollback DESC, datid
