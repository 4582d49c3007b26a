-- about: Every column of pg_statio_user_sequences: reads of each sequence's only block.
-- detail: yes
-- scope: database
-- interval: 5m
-- timeout: 10s
-- needs: setting track_counts = on
-- limit: 10000 series
-- rows: none
-- label schemaname: Schema of the sequence.
-- label sequencename: Name of the sequence.
-- counter pg_statio_user_sequences_blks_read_total: Reads of its block (blks_read).
-- counter pg_statio_user_sequences_blks_hit_total: Times that its block was found in the cache (blks_hit).
-- gauge pg_statio_user_sequences_stats_reset_timestamp_seconds: When this was last reset for this sequence, in
--    seconds since 1970; absent if never (stats_reset).
-- sql:
SELECT s.schemaname, s.relname AS sequencename,
       s.blks_read AS pg_statio_user_sequences_blks_read_total,
       s.blks_hit AS pg_statio_user_sequences_blks_hit_total
     , extract(epoch FROM s.stats_reset) AS pg_statio_user_sequences_stats_reset_timestamp_seconds --[19..]
FROM pg_catalog.pg_statio_user_sequences AS s
WHERE pg_catalog.left(s.schemaname, 8) <> 'pg_temp_'
ORDER BY s.blks_read + s.blks_hit DESC, s.relid
