-- about: The background writer, and the writing that backends had to do themselves because it did not keep up. The
--    latter left pg_stat_bgwriter with 17 and is summed from pg_stat_io since.
-- interval: 30s
-- timeout: 2s
-- limit: 10 series
-- counter pg_stat_bgwriter_buffers_clean_total: Buffers that the background writer wrote (buffers_clean).
-- counter pg_stat_bgwriter_maxwritten_clean_total: Rounds that the background writer broke off because it had written
--    bgwriter_lru_maxpages (maxwritten_clean).
-- counter pg_stat_bgwriter_buffers_alloc_total: Buffers allocated (buffers_alloc).
-- counter pg_stat_bgwriter_buffers_backend_total: Blocks that neither checkpointer nor background writer wrote, new
--    ones at a table's end included (buffers_backend; from 17 on writes and extends of the other processes in
--    pg_stat_io).
-- counter pg_stat_bgwriter_buffers_backend_fsync_total: Times that such a process had to force a file to disk itself
--    (buffers_backend_fsync; from 17 on fsyncs of the other processes in pg_stat_io, which count those at the end of a
--    bulk load, too).
-- gauge pg_stat_bgwriter_stats_reset_timestamp_seconds detail: When these statistics were last reset, in seconds
--    since 1970 (stats_reset).
-- sql 13..17:
SELECT buffers_clean AS pg_stat_bgwriter_buffers_clean_total,
       maxwritten_clean AS pg_stat_bgwriter_maxwritten_clean_total,
       buffers_alloc AS pg_stat_bgwriter_buffers_alloc_total,
       buffers_backend AS pg_stat_bgwriter_buffers_backend_total,
       buffers_backend_fsync AS pg_stat_bgwriter_buffers_backend_fsync_total,
       extract(epoch FROM stats_reset) AS pg_stat_bgwriter_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_bgwriter
-- sql 17..:
SELECT b.buffers_clean AS pg_stat_bgwriter_buffers_clean_total,
       b.maxwritten_clean AS pg_stat_bgwriter_maxwritten_clean_total,
       b.buffers_alloc AS pg_stat_bgwriter_buffers_alloc_total,
       io.blocks AS pg_stat_bgwriter_buffers_backend_total,
       io.fsyncs AS pg_stat_bgwriter_buffers_backend_fsync_total,
       extract(epoch FROM b.stats_reset) AS pg_stat_bgwriter_stats_reset_timestamp_seconds
FROM pg_catalog.pg_stat_bgwriter AS b,
     -- In 17 one operation is one block. --[..18]
     (SELECT pg_catalog.sum(coalesce(i.writes, 0) + coalesce(i.extends, 0)) AS blocks, pg_catalog.sum(i.fsyncs) AS fsyncs --[..18]
     -- From 18 on one operation may write many blocks, so that bytes are what counts. --[18..]
     (SELECT pg_catalog.trunc(pg_catalog.sum(coalesce(i.write_bytes, 0) + coalesce(i.extend_bytes, 0)) --[18..]
                   / pg_catalog.current_setting('block_size')::integer) AS blocks, --[18..]
             pg_catalog.sum(i.fsyncs) AS fsyncs --[18..]
      FROM pg_catalog.pg_stat_io AS i
      WHERE i.object = 'relation' AND i.backend_type NOT IN ('checkpointer', 'background writer')) AS io
