-- Left out: nothing. Nothing of the kind runs in a test that stands still but what its setting plays.
SELECT jsonb_build_object('metric', 'pg_stat_progress_count', 'labels', jsonb_build_object('command', command),
                          'value', (xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM ' || progress, false, true, '')))[1]::text::int)
FROM (VALUES ('VACUUM', 'vacuum'), ('ANALYZE', 'analyze'), ('CREATE INDEX', 'create_index'), ('CLUSTER', 'cluster'), ('BASE BACKUP', 'basebackup'), ('COPY', 'copy')) AS k (command, name),
     LATERAL (SELECT 'pg_stat_progress_' || name) AS p (progress)
WHERE to_regclass(progress) IS NOT NULL;
