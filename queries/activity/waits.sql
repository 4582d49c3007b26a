-- about: What the server's processes do or wait for, by kind of process and database: a sample of pg_stat_activity. The
--    server's own processes are left out while they idle (wait_event_type Activity), and pgvigil's sessions always.
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 2000 series
-- label backend_type: Kind of process: client backend, parallel worker, autovacuum worker, checkpointer, ...
-- label datname: Database of the process; empty if it belongs to none.
-- label state: State of the session; empty for the server's own processes.
-- label wait_event_type: Class of what it waits for; empty if it does not wait, and so runs on a CPU or waits for one.
-- label wait_event: What it waits for.
-- gauge pg_stat_activity_wait_count: Processes that are in this state and wait for this.
-- sql:
SELECT backend_type, datname, state, wait_event_type, wait_event,
       pg_catalog.count(*) AS pg_stat_activity_wait_count
FROM pg_catalog.pg_stat_activity
WHERE wait_event_type IS DISTINCT FROM 'Activity'
  AND pid <> pg_catalog.pg_backend_pid()
  -- The role too: any client can choose the name.
  AND (usename = session_user AND application_name = 'pgvigil') IS NOT TRUE
GROUP BY backend_type, datname, state, wait_event_type, wait_event
ORDER BY pg_catalog.count(*) DESC, backend_type, datname, state, wait_event_type, wait_event
