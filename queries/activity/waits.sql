-- about: What the server's processes do or wait for, by kind of process and database: a sample of pg_stat_activity. The
--    server's own processes are left out while they idle (wait_event_type Activity), and pgvigil's sessions always. Before 14 a session whose
--    track_activities is off says nothing of its waits, and is left out, too.
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs ..14: setting track_activities = on
-- limit: 2000 series
-- rows: 5 a server
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
  -- Before 14 it would look as if it did not wait.
  AND (state IS DISTINCT FROM 'disabled' OR pg_catalog.current_setting('server_version_num')::integer >= 140000)
  AND pid <> pg_catalog.pg_backend_pid()
  -- The role too: any client can choose the name.
  AND (usename = session_user AND application_name = 'pgvigil') IS NOT TRUE
GROUP BY backend_type, datname, state, wait_event_type, wait_event
ORDER BY pg_catalog.count(*) DESC, backend_type, datname, state, wait_event_type, wait_event
