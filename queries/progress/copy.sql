-- about: COPY commands that run, by database, direction and kind of source. The table is no label: many loads go
--    through tables that live for a minute.
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- limit: 500 series
-- rows: none
-- covers: 14..: pg_stat_progress_copy came with 14.
-- label datname: Database of the command.
-- label command: COPY FROM or COPY TO.
-- label type: FILE, PROGRAM, PIPE (to or from the client) or CALLBACK (the first load of a table by logical
--    replication).
-- gauge pg_stat_progress_copy_ratio: Part of the bytes that was processed; absent where the size is not known: it is
--    when COPY FROM reads a file on the server.
-- gauge pg_stat_progress_copy_processed_bytes detail: Bytes processed so far by those that run (bytes_processed).
-- gauge pg_stat_progress_copy_tuples_processed detail: Rows processed so far by those that run (tuples_processed).
-- gauge pg_stat_progress_copy_duration_seconds: Time since the oldest of them began, in seconds (query_start;
--    xact_start where a background process copies).
-- sql 14..:
SELECT v.datname, v.command, v.type,
       -- bytes_total is 0 where it is not known.
       CASE WHEN pg_catalog.min(v.bytes_total) > 0 THEN pg_catalog.sum(v.bytes_processed) / pg_catalog.sum(v.bytes_total) END
           AS pg_stat_progress_copy_ratio,
       pg_catalog.sum(v.bytes_processed) AS pg_stat_progress_copy_processed_bytes,
       pg_catalog.sum(v.tuples_processed) AS pg_stat_progress_copy_tuples_processed,
       pg_catalog.max(greatest(extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.query_start, a.xact_start)), 0)) FILTER (WHERE coalesce(a.query_start, a.xact_start) IS NOT NULL)
           AS pg_stat_progress_copy_duration_seconds
FROM pg_catalog.pg_stat_progress_copy AS v
JOIN pg_catalog.pg_stat_activity AS a USING (pid)
GROUP BY v.datname, v.command, v.type
ORDER BY pg_catalog.sum(v.bytes_processed) DESC, v.datname, v.command, v.type
