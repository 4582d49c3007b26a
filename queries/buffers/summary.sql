-- about: What the shared buffers hold, counted without locks (pg_buffercache_summary).
-- interval: 1m
-- timeout: 10s
-- needs: role pg_monitor
-- limit: 10 series
-- covers: extension pg_buffercache 1.4..: 1.4 came with PostgreSQL 16; before, one had to read a row for each buffer.
-- gauge pg_buffercache_buffers_used: Buffers that hold a page (buffers_used).
-- gauge pg_buffercache_buffers_unused: Buffers that hold none (buffers_unused).
-- gauge pg_buffercache_buffers_dirty: Buffers that have to be written (buffers_dirty).
-- gauge pg_buffercache_buffers_pinned detail: Buffers in use at the moment (buffers_pinned).
-- gauge pg_buffercache_usagecount_avg detail: Mean usage count of those that hold a page, 0 to 5 (usagecount_avg).
-- sql:
SELECT b.buffers_used AS pg_buffercache_buffers_used,
       b.buffers_unused AS pg_buffercache_buffers_unused,
       b.buffers_dirty AS pg_buffercache_buffers_dirty,
       b.buffers_pinned AS pg_buffercache_buffers_pinned,
       b.usagecount_avg AS pg_buffercache_usagecount_avg
FROM @extschema:pg_buffercache@.pg_buffercache_summary() AS b
