-- Left out: nothing. setup.sql sees to it that the statements stay as they are. Of a utility command only the command is shown, which stands in capitals there.
SET pg_stat_statements.track = 'none';
SELECT jsonb_build_object('metric', 'pg_stat_statements_query_info', 'value', 1,
           'labels', jsonb_build_object('queryid', queryid::text, 'query', CASE WHEN split_part(line, ' ', 1) ~* '^[(]*(SELECT|INSERT|UPDATE|DELETE|WITH)$' THEN line
                                            WHEN line ~* '^(CREATE|ALTER|DROP) ' THEN upper((regexp_match(line, '^\w+ (?:(?:OR|REPLACE|TEMP|TEMPORARY|UNIQUE|UNLOGGED|EVENT|FOREIGN|MATERIALIZED|ACCESS|USER(?= MAPPING)) )*\w+', 'i'))[1])
                                            WHEN line ~* '^REFRESH' THEN 'REFRESH MATERIALIZED VIEW'
                                            ELSE upper((regexp_match(line, '^\w+'))[1]) END,
                                        'usename', coalesce((SELECT rolname FROM pg_authid WHERE oid = userid), format('unknown (OID=%s)', userid)),
                                        'datname', coalesce((SELECT datname FROM pg_database WHERE oid = dbid), format('unknown (OID=%s)', dbid))))
FROM (SELECT queryid, userid, dbid, trim(substr(trim(array_to_string(regexp_split_to_array(min(query), '[\s]+'), ' ')), 1, 400)) AS line
      FROM pg_stat_statements GROUP BY 1, 2, 3 ORDER BY sum(total_exec_time) DESC, 1, 2, 3 LIMIT 100) AS top;
