-- about: Helpers of the server against the most that there may be. Work that finds no free one waits (autovacuum,
--    logical replication) or goes on without (parallel queries).
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 20 series
-- rows: 5 a server
-- label kind: autovacuum, parallel, logical replication (without the launcher), background (all background workers, so
--    those two and the workers of extensions included) or wal sender.
-- gauge pg_workers_running: Processes of this kind that run now (backend_type of pg_stat_activity).
-- gauge pg_workers_max: How many may run at once (autovacuum_max_workers, max_parallel_workers,
--    max_logical_replication_workers, max_worker_processes, max_wal_senders).
-- sql:
WITH process AS MATERIALIZED (
    SELECT a.backend_type AS type,
           -- A background worker's type is a name of its own choice, so that it is told by not being one of the server's.
           a.backend_type NOT IN ('client backend', 'autovacuum launcher', 'autovacuum worker', 'background writer', 'checkpointer',
                                  'startup', 'archiver', 'logger', 'stats collector', 'walreceiver', 'walsender', 'walwriter',
                                  'walsummarizer', 'slotsync worker', 'io worker', 'standalone backend') AS background
    FROM pg_catalog.pg_stat_activity AS a
)
SELECT w.kind,
       (SELECT pg_catalog.count(*)
        FROM process AS p
        WHERE CASE w.kind WHEN 'background' THEN p.background
                          WHEN 'logical replication' THEN p.type ~ '^logical replication .*worker$'
                          ELSE p.type = w.type END) AS pg_workers_running,
       pg_catalog.current_setting(w.setting)::integer AS pg_workers_max
FROM (VALUES ('autovacuum', 'autovacuum worker', 'autovacuum_max_workers'),
             ('parallel', 'parallel worker', 'max_parallel_workers'),
             ('logical replication', NULL, 'max_logical_replication_workers'),
             ('background', NULL, 'max_worker_processes'),
             ('wal sender', 'walsender', 'max_wal_senders')) AS w (kind, type, setting)
ORDER BY w.kind
