-- about: What postgres_exporter has of checkpoints: the names that pg_stat_bgwriter had for them until 17 moved them to
--    pg_stat_checkpointer. It stops giving them there, these go on. See wal/checkpoints; what is left of the background
--    writer is in wal/bgwriter under the same names.
-- enabled: no
-- interval: 30s
-- timeout: 2s
-- limit: 10 series
-- counter pg_stat_bgwriter_checkpoints_timed_total: Checkpoints and restartpoints that were due by checkpoint_timeout
--    (checkpoints_timed; from 17 on num_timed and restartpoints_timed).
-- counter pg_stat_bgwriter_checkpoints_req_total: Checkpoints and restartpoints that were requested (checkpoints_req;
--    from 17 on num_requested and restartpoints_req).
-- counter pg_stat_bgwriter_checkpoint_write_time_total: Time in which they wrote, in milliseconds
--    (checkpoint_write_time; from 17 on write_time).
-- counter pg_stat_bgwriter_checkpoint_sync_time_total: Time in which they forced files to disk, in milliseconds
--    (checkpoint_sync_time; from 17 on sync_time).
-- counter pg_stat_bgwriter_buffers_checkpoint_total: Buffers that they wrote (buffers_checkpoint; from 17 on
--    buffers_written).
-- counter pg_stat_bgwriter_stats_reset_total: When the statistics of the background writer were last reset, in seconds
--    since 1970 (stats_reset); a moment in spite of its name.
-- sql 13..17:
SELECT checkpoints_timed AS pg_stat_bgwriter_checkpoints_timed_total,
       checkpoints_req AS pg_stat_bgwriter_checkpoints_req_total,
       checkpoint_write_time AS pg_stat_bgwriter_checkpoint_write_time_total,
       checkpoint_sync_time AS pg_stat_bgwriter_checkpoint_sync_time_total,
       buffers_checkpoint AS pg_stat_bgwriter_buffers_checkpoint_total,
       extract(epoch FROM stats_reset) AS pg_stat_bgwriter_stats_reset_total
FROM pg_catalog.pg_stat_bgwriter
-- sql 17..:
SELECT c.num_timed + c.restartpoints_timed AS pg_stat_bgwriter_checkpoints_timed_total,
       c.num_requested + c.restartpoints_req AS pg_stat_bgwriter_checkpoints_req_total,
       c.write_time AS pg_stat_bgwriter_checkpoint_write_time_total,
       c.sync_time AS pg_stat_bgwriter_checkpoint_sync_time_total,
       c.buffers_written AS pg_stat_bgwriter_buffers_checkpoint_total,
       extract(epoch FROM b.stats_reset) AS pg_stat_bgwriter_stats_reset_total
FROM pg_catalog.pg_stat_checkpointer AS c
CROSS JOIN pg_catalog.pg_stat_bgwriter AS b
