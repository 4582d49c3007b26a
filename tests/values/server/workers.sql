-- Left out: nothing. The background workers of a test server are those of logical replication alone, and of parallel queries.
SELECT jsonb_build_object('metric', metric, 'labels', jsonb_build_object('kind', kind), 'value', value)
FROM (VALUES ('autovacuum', '^autovacuum worker$', 'autovacuum_max_workers'), ('parallel', '^parallel', 'max_parallel_workers'),
             ('logical replication', '^logical replication (apply |tablesync |parallel |table synchronization )?worker$', 'max_logical_replication_workers'),
             ('background', '^logical|^parallel', 'max_worker_processes'), ('wal sender', '^walsender$', 'max_wal_senders')) AS k (kind, pattern, name)
JOIN pg_settings USING (name)
CROSS JOIN LATERAL (VALUES ('pg_workers_running', (SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ pattern)),
                           ('pg_workers_max', setting::bigint)) AS m (metric, value);
