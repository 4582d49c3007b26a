-- about: What decoding for logical slots costs: transactions that did not fit into logical_decoding_work_mem and were
--    spilled to disk, or streamed before their end.
-- interval: 30s
-- timeout: 2s
-- limit: 2000 series
-- rows: none
-- covers: 14..: pg_stat_replication_slots came with 14.
-- label slot_name: Name of the logical slot.
-- counter pg_stat_replication_slots_spill_txns_total detail: Transactions that were spilled to disk (spill_txns);
--    many mean too little logical_decoding_work_mem.
-- counter pg_stat_replication_slots_spill_count_total detail: Times that one was spilled (spill_count).
-- counter pg_stat_replication_slots_spill_bytes_total: Changes spilled to disk, in bytes (spill_bytes).
-- counter pg_stat_replication_slots_stream_txns_total detail: Transactions in progress that were streamed
--    (stream_txns).
-- counter pg_stat_replication_slots_stream_count_total detail: Times that one was streamed (stream_count).
-- counter pg_stat_replication_slots_stream_bytes_total detail: Changes of such transactions decoded, in bytes
--    (stream_bytes).
-- counter pg_stat_replication_slots_total_txns_total detail: Transactions decoded and sent (total_txns).
-- counter pg_stat_replication_slots_total_bytes_total detail: Changes decoded for them, in bytes (total_bytes).
-- counter pg_stat_replication_slots_mem_exceeded_count_total detail: Times that decoding needed more than
--    logical_decoding_work_mem (mem_exceeded_count).
-- counter pg_stat_replication_slots_slotsync_skip_count_total detail: Times that this standby could not bring its copy
--    of the slot up to date (slotsync_skip_count).
-- gauge pg_stat_replication_slots_slotsync_last_skip_timestamp_seconds detail: When that was last so, in seconds since
--    1970; absent if never (slotsync_last_skip).
-- gauge pg_stat_replication_slots_stats_reset_timestamp_seconds detail: When these statistics were last reset, in
--    seconds since 1970; absent if never (stats_reset).
-- sql:
SELECT slot_name,
       spill_txns AS pg_stat_replication_slots_spill_txns_total,
       spill_count AS pg_stat_replication_slots_spill_count_total,
       spill_bytes AS pg_stat_replication_slots_spill_bytes_total,
       stream_txns AS pg_stat_replication_slots_stream_txns_total,
       stream_count AS pg_stat_replication_slots_stream_count_total,
       stream_bytes AS pg_stat_replication_slots_stream_bytes_total,
       total_txns AS pg_stat_replication_slots_total_txns_total,
       total_bytes AS pg_stat_replication_slots_total_bytes_total,
       mem_exceeded_count AS pg_stat_replication_slots_mem_exceeded_count_total, --[19..]
       slotsync_skip_count AS pg_stat_replication_slots_slotsync_skip_count_total, --[19..]
       extract(epoch FROM slotsync_last_skip) AS pg_stat_replication_slots_slotsync_last_skip_timestamp_seconds, --[19..]
       extract(epoch FROM stats_reset) AS pg_stat_replication_slots_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_replication_slots
ORDER BY spill_bytes DESC, total_bytes DESC, slot_name
