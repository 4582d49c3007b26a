-- about: Long commands that run now, by kind, of those that report their progress. The other files of this area say how
--    far they are.
-- interval: 15s
-- timeout: 2s
-- needs: setting track_activities = on
-- limit: 10 series
-- rows: 6 a server
-- label command: VACUUM, ANALYZE, CREATE INDEX (REINDEX included), CLUSTER (VACUUM FULL and REPACK included), BASE
--    BACKUP, or from 14 on COPY.
-- gauge pg_stat_progress_count: Commands that run now.
-- sql:
SELECT v.command, v.number AS pg_stat_progress_count
FROM (VALUES ('VACUUM', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_progress_vacuum)),
             ('ANALYZE', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_progress_analyze)),
             ('CREATE INDEX', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_progress_create_index)),
             ('CLUSTER', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_progress_cluster)),
             ('BASE BACKUP', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_progress_basebackup))) AS v (command, number) --[..14]
             ('BASE BACKUP', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_progress_basebackup)), --[14..]
             ('COPY', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_progress_copy))) AS v (command, number) --[14..]
ORDER BY v.command
