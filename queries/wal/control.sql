-- about: The last checkpoint, as the control file has it: on a standby the last restartpoint.
-- detail: yes
-- interval: 30s
-- timeout: 2s
-- limit: 2 series
-- gauge pg_control_checkpoint_timestamp_seconds: When the last checkpoint began, in seconds since 1970 (checkpoint_time
--    of pg_control_checkpoint); on a standby the checkpoint of the primary that its last restartpoint is of.
-- sql:
SELECT extract(epoch FROM c.checkpoint_time) AS pg_control_checkpoint_timestamp_seconds
FROM pg_catalog.pg_control_checkpoint() AS c
