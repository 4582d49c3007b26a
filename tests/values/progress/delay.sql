-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_stat_progress_' || command || '_delay_seconds', 'value', delay_time / 1000,
                          'labels', jsonb_build_object('datname', v.datname, 'relid', relid::text, 'phase', phase, 'backend_type', backend_type))
FROM (SELECT 'vacuum', pid, datname, relid, phase, delay_time FROM pg_stat_progress_vacuum
      UNION ALL
      SELECT 'analyze', pid, datname, relid, phase, delay_time FROM pg_stat_progress_analyze) AS v (command, pid, datname, relid, phase, delay_time)
JOIN pg_stat_activity USING (pid);
