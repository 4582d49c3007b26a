-- about: The shared buffers by how much they are used. If few have a count of 0 or 1, the buffers are too small for what
--    is asked of them; if most have, they are larger than needed.
-- interval: 1m
-- timeout: 10s
-- needs: role pg_monitor
-- limit: 30 series
-- covers: extension pg_buffercache 1.4..: 1.4 came with PostgreSQL 16; before, one had to read a row for each buffer.
-- label usage_count: Usage count, 0 to 5: each use adds one, each pass of the clock takes one.
-- gauge pg_buffercache_usage_counts_buffers: Buffers with this count (buffers).
-- gauge pg_buffercache_usage_counts_dirty detail: Those of them that have to be written (dirty).
-- gauge pg_buffercache_usage_counts_pinned detail: Those of them in use at the moment (pinned).
-- sql:
SELECT b.usage_count,
       b.buffers AS pg_buffercache_usage_counts_buffers,
       b.dirty AS pg_buffercache_usage_counts_dirty,
       b.pinned AS pg_buffercache_usage_counts_pinned
FROM @extschema:pg_buffercache@.pg_buffercache_usage_counts() AS b
ORDER BY b.usage_count
