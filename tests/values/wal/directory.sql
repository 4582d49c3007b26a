-- Left out: nothing. The tolerance is for two files that may come or go meanwhile. The files are asked for in another way here.
SELECT jsonb_build_object('metric', metric, 'labels', '{}'::jsonb, 'value', value, 'tolerance', tolerance)
FROM (SELECT sum(s.size) AS size, count(*) FILTER (WHERE f ~ '^[0-9A-F]{24}$') AS segments
      FROM pg_ls_dir('pg_wal') AS f, pg_stat_file('pg_wal/' || f, true) AS s WHERE NOT s.isdir) AS w
CROSS JOIN LATERAL (VALUES ('pg_wal_size_bytes', size, 2 * pg_size_bytes(current_setting('wal_segment_size'))), ('pg_wal_segments', segments, 2)) AS m (metric, value, tolerance);
