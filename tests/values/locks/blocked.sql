-- Left out: nothing. Times go on, hence the tolerance. Who waits is asked of pg_locks here.
SELECT :SERVER_VERSION_NUM >= 140000 AS v14
\gset
SELECT jsonb_build_object('metric', 'pg_blocked_backends', 'labels', jsonb_build_object('datname', d.datname), 'value',
           (SELECT count(DISTINCT coalesce(a.leader_pid, a.pid)) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE NOT l.granted AND a.datname = d.datname))
FROM pg_database AS d WHERE datallowconn;
\if :v14
SELECT jsonb_build_object('metric', 'pg_blocked_backends_max_wait_seconds', 'labels', jsonb_build_object('datname', d.datname),
           'tolerance', CASE WHEN age IS NULL THEN 0 ELSE 60 END, 'value', coalesce(extract(epoch FROM age), 0))
FROM pg_database AS d
LEFT JOIN LATERAL (SELECT max(clock_timestamp() - waitstart) AS age FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE NOT l.granted AND a.datname = d.datname) AS w ON true
WHERE datallowconn;
\endif
