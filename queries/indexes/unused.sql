-- about: How many indexes of a database were never scanned, and how large they are. Sizes are of the last vacuum or analyze,
--    as measuring could wait for a lock. Scans are counted where track_counts is on, which is taken to be the same for all
--    sessions; else every index would seem to be unused. indexes/stat names them.
-- scope: database
-- cost: medium
-- interval: 5m
-- timeout: 10s
-- needs: setting track_counts = on
-- limit: 5 series
-- gauge pg_indexes_unused: Indexes that were never scanned here since statistics began, and that enforce nothing: not
--    unique, no exclusion constraint, not the identity for replication. Ask the standbys, too.
-- gauge pg_indexes_unused_bytes: Their size, in bytes.
-- sql:
SELECT pg_catalog.count(*) AS pg_indexes_unused,
       -- The sum of none is 0.
       coalesce(pg_catalog.sum(c.relpages), 0) * pg_catalog.current_setting('block_size')::bigint AS pg_indexes_unused_bytes
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'i'
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND NOT (i.indisunique OR i.indisexclusion OR i.indisreplident)
  AND pg_catalog.pg_stat_get_numscans(c.oid) = 0
