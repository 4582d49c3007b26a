-- Left out: this session's locks and pgvigil's.
WITH counted AS (
    SELECT coalesce(d.datname, a.datname) AS datname, lower(l.mode) AS mode, l.granted, count(*) AS locks
    FROM pg_locks AS l
    LEFT JOIN pg_database AS d ON d.oid = l.database
    LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
    WHERE coalesce(l.pid, 0) <> pg_backend_pid() AND coalesce((a.usename, a.application_name) <> ('pgvigil', 'pgvigil'), true)
    GROUP BY 1, 2, 3
),
zero AS (
    SELECT datname, mode, granted, 0
    FROM pg_database,
         unnest('{accesssharelock,rowsharelock,rowexclusivelock,shareupdateexclusivelock,sharelock,sharerowexclusivelock,exclusivelock,accessexclusivelock}'::text[]) AS mode,
         unnest('{t,f}'::boolean[]) AS granted
    WHERE datallowconn AND (datname, mode, granted) NOT IN (SELECT datname, mode, granted FROM counted WHERE datname IS NOT NULL)
)
SELECT jsonb_build_object('metric', 'pg_locks_count', 'value', locks,
                          'labels', jsonb_strip_nulls(jsonb_build_object('datname', datname, 'mode', mode, 'granted', CASE WHEN granted THEN 'true' ELSE 'false' END)))
FROM (SELECT * FROM counted UNION ALL SELECT * FROM zero) AS l;
