-- Left out: nothing. The files are asked for in another way here, and in pg_default alone, the only tablespace of the tests.
SELECT jsonb_build_object('metric', metric, 'labels', jsonb_build_object('spcname', 'pg_default'), 'value', value, 'tolerance', tolerance)
FROM (SELECT count(*) AS files, sum(s.size) AS bytes, min(s.modification) AS oldest
      FROM pg_ls_dir('base/pgsql_tmp', true, false) AS f, pg_stat_file('base/pgsql_tmp/' || f, true) AS s WHERE NOT s.isdir) AS t
CROSS JOIN LATERAL (VALUES ('pg_temporary_files', files, 0), ('pg_temporary_files_bytes', coalesce(bytes, 0), 0),
                           ('pg_temporary_files_oldest_age_seconds', extract(epoch FROM clock_timestamp() - oldest)::numeric, 60)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
