-- Left out: what the server does not look for: another origin without track_commit_timestamp, a deleted row without retain_dead_tuples.
SELECT jsonb_build_object('metric', 'pg_stat_subscription_stats_conflicts_total', 'value', number::bigint,
                          'labels', jsonb_build_object('subname', s.subname, 'datname', datname, 'conflict', substring(name FROM 7)))
FROM pg_stat_subscription_stats AS v JOIN pg_subscription AS s ON s.oid = subid JOIN pg_database AS d ON d.oid = subdbid,
     jsonb_each_text(to_jsonb(v)) AS c (name, number)
WHERE name LIKE 'confl!_%' ESCAPE '!'
  AND CASE WHEN name LIKE '%origin_differs' THEN current_setting('track_commit_timestamp') = 'on'
           WHEN name = 'confl_update_deleted' THEN to_jsonb(s) ->> 'subretaindeadtuples' = 'true' ELSE true END;
