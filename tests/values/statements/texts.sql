-- Left out: nothing. setup.sql sees to it that the statements stay as they are, and that one of them has a password.
SET pg_stat_statements.track = 'none';
SELECT jsonb_build_object('metric', 'pg_stat_statements_query_info', 'value', 1,
           'labels', jsonb_build_object('queryid', queryid::text, 'query', CASE WHEN line LIKE '%password=secret%' THEN '<withheld: it may have a password>' ELSE line END,
                                        'usename', coalesce((SELECT rolname FROM pg_authid WHERE oid = userid), format('unknown (OID=%s)', userid)),
                                        'datname', coalesce((SELECT datname FROM pg_database WHERE oid = dbid), format('unknown (OID=%s)', dbid))))
FROM (SELECT queryid, userid, dbid, trim(substr(trim(array_to_string(regexp_split_to_array(min(query), '[\s]+'), ' ')), 1, 400)) AS line
      FROM pg_stat_statements GROUP BY 1, 2, 3 ORDER BY sum(total_exec_time) DESC, 1, 2, 3 LIMIT 100) AS top;
