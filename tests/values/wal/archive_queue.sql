-- Left out: nothing. The tolerances are for a file that is archived meanwhile. The files are asked for in another way here.
SELECT jsonb_build_object('metric', metric, 'labels', '{}'::jsonb, 'value', value, 'tolerance', tolerance)
FROM (SELECT count(*) AS files, min(s.modification) AS oldest
      FROM pg_ls_dir('pg_wal/archive_status') AS f, pg_stat_file('pg_wal/archive_status/' || f, true) AS s WHERE f ~ '\.ready$') AS q
CROSS JOIN LATERAL (VALUES ('pg_wal_archive_pending_segments', files, 1), ('pg_wal_archive_oldest_pending_timestamp_seconds', extract(epoch FROM oldest), 0)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL AND current_setting('archive_mode') <> 'off';
