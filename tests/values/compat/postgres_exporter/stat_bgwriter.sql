-- Left out: what wal/bgwriter exports under the same names. The tolerances are for a checkpoint that happens meanwhile.
SELECT to_regclass('pg_stat_checkpointer') IS NOT NULL AS v17
\gset
\if :v17
  \set columns '(num_timed + restartpoints_timed, num_requested + restartpoints_req, write_time, sync_time, buffers_written) FROM pg_stat_checkpointer'
\else
  \set columns '(checkpoints_timed, checkpoints_req, checkpoint_write_time, checkpoint_sync_time, buffers_checkpoint) FROM pg_stat_bgwriter'
\endif
SELECT jsonb_build_object('metric', 'pg_stat_bgwriter_' || metric || '_total', 'labels', '{}'::jsonb, 'value', value, 'tolerance', tolerance)
FROM (SELECT ROW :columns) AS c (of_checkpoints)
CROSS JOIN LATERAL (SELECT to_jsonb(of_checkpoints) AS j) AS x
CROSS JOIN LATERAL (VALUES ('checkpoints_timed', (j ->> 'f1')::numeric, 1), ('checkpoints_req', (j ->> 'f2')::numeric, 1),
                           ('checkpoint_write_time', (j ->> 'f3')::numeric, 60000), ('checkpoint_sync_time', (j ->> 'f4')::numeric, 2000),
                           ('buffers_checkpoint', (j ->> 'f5')::numeric, 1000),
                           ('stats_reset', (SELECT extract(epoch FROM stats_reset)::numeric FROM pg_stat_bgwriter), 0)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
