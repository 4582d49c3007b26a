-- about: Time that sessions spent on statements and idle in transactions, by database (pg_stat_database). A session reports
--    it where track_activities is on, which is taken to be the same for all sessions.
-- detail: yes
-- interval: 15s
-- timeout: 5s
-- needs: setting track_activities = on
-- limit: 3000 series
-- covers: 14..: pg_stat_database tells of sessions from 14 on.
-- label datname: The database; empty for the catalogs that all databases share.
-- counter pg_stat_database_active_time_seconds_total: Time spent executing statements, in seconds (active_time).
-- counter pg_stat_database_idle_in_transaction_time_seconds_total: Time spent idle within a transaction, in
--    seconds (idle_in_transaction_time).
-- sql 14..:
SELECT datname,
       active_time / 1000 AS pg_stat_database_active_time_seconds_total,
       idle_in_transaction_time / 1000 AS pg_stat_database_idle_in_transaction_time_seconds_total
FROM pg_catalog.pg_stat_database
ORDER BY xact_commit + xact_rollback DESC, datid
