-- about: Checkpoints: pg_stat_checkpointer, which before 17 was a part of pg_stat_bgwriter. The names are those of 17
--    on all majors.
-- interval: 30s
-- timeout: 2s
-- limit: 20 series
-- counter pg_stat_checkpointer_num_timed_total: Checkpoints that were due by checkpoint_timeout, whether or not there
--    was anything to do (num_timed; before 17 checkpoints_timed, which on a standby counts restartpoints).
-- counter pg_stat_checkpointer_num_requested_total: Checkpoints that were requested, by max_wal_size or by hand
--    (num_requested; before 17 checkpoints_req, which on a standby counts restartpoints).
-- counter pg_stat_checkpointer_num_done_total [18..] detail: Checkpoints that were carried out (num_done).
-- counter pg_stat_checkpointer_restartpoints_timed_total [17..] detail: Restartpoints that were due by
--    checkpoint_timeout (restartpoints_timed).
-- counter pg_stat_checkpointer_restartpoints_req_total [17..] detail: Restartpoints that were requested
--    (restartpoints_req).
-- counter pg_stat_checkpointer_restartpoints_done_total [17..] detail: Restartpoints that were carried out
--    (restartpoints_done).
-- counter pg_stat_checkpointer_write_time_seconds_total: Time in which checkpoints and restartpoints wrote, in seconds
--    (write_time; before 17 checkpoint_write_time).
-- counter pg_stat_checkpointer_sync_time_seconds_total: Time in which they forced files to disk, in seconds (sync_time;
--    before 17 checkpoint_sync_time).
-- counter pg_stat_checkpointer_buffers_written_total: Buffers that they wrote (buffers_written; before 17
--    buffers_checkpoint).
-- counter pg_stat_checkpointer_slru_written_total [18..] detail: SLRU buffers that they wrote (slru_written).
-- gauge pg_stat_checkpointer_stats_reset_timestamp_seconds detail: When these statistics were last reset, in seconds
--    since 1970 (stats_reset).
-- sql 13..17:
SELECT checkpoints_timed AS pg_stat_checkpointer_num_timed_total,
       checkpoints_req AS pg_stat_checkpointer_num_requested_total,
       checkpoint_write_time / 1000 AS pg_stat_checkpointer_write_time_seconds_total,
       checkpoint_sync_time / 1000 AS pg_stat_checkpointer_sync_time_seconds_total,
       buffers_checkpoint AS pg_stat_checkpointer_buffers_written_total,
       extract(epoch FROM stats_reset) AS pg_stat_checkpointer_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_bgwriter
-- sql 17..:
SELECT num_timed AS pg_stat_checkpointer_num_timed_total,
       num_requested AS pg_stat_checkpointer_num_requested_total,
       num_done AS pg_stat_checkpointer_num_done_total, --[18..]
       restartpoints_timed AS pg_stat_checkpointer_restartpoints_timed_total,
       restartpoints_req AS pg_stat_checkpointer_restartpoints_req_total,
       restartpoints_done AS pg_stat_checkpointer_restartpoints_done_total,
       write_time / 1000 AS pg_stat_checkpointer_write_time_seconds_total,
       sync_time / 1000 AS pg_stat_checkpointer_sync_time_seconds_total,
       buffers_written AS pg_stat_checkpointer_buffers_written_total,
       slru_written AS pg_stat_checkpointer_slru_written_total, --[18..]
       extract(epoch FROM stats_reset) AS pg_stat_checkpointer_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_checkpointer
