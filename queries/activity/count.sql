-- about: Client sessions by database, user, application and state. They are real connections, so pgvigil's own are
--    among them.
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 2000 series
-- label datname: Database of the session.
-- label usename: User of the session.
-- label application_name: Name that the client gave; empty if none.
-- label state: active, idle, idle in transaction, idle in transaction (aborted), fastpath function call, disabled, or
--    (18) starting.
-- gauge pg_stat_activity_count: Client sessions (backend_type `client backend` of pg_stat_activity).
-- sql:
SELECT datname, usename, application_name, state,
       pg_catalog.count(*) AS pg_stat_activity_count
FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend'
GROUP BY datname, usename, application_name, state
ORDER BY pg_catalog.count(*) DESC, datname, usename, application_name, state
