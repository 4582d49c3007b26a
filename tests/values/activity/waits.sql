-- Left out: this session and pgvigil's. Processes of the server that are idle are left out of the query, too.
SELECT jsonb_build_object('metric', 'pg_stat_activity_wait_count', 'value', count(*),
                          'labels', jsonb_strip_nulls(jsonb_build_object('backend_type', backend_type, 'datname', datname, 'state', state,
                                                                         'wait_event_type', wait_event_type, 'wait_event', wait_event)))
FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND coalesce((usename, application_name) <> ('pgvigil', 'pgvigil'), true) AND coalesce(wait_event_type, '') <> 'Activity'
GROUP BY backend_type, datname, state, wait_event_type, wait_event;
