-- about: The one metric of postgres_exporter's collector replication that pgvigil has not anyway: see replication/replay.
-- enabled: no
-- role: standby
-- interval: 10s
-- timeout: 2s
-- limit: 1 series
-- gauge pg_replication_last_replay_seconds: Time since the commit, on the primary, of the last transaction that was
--    replayed here, in seconds; it grows while the primary is idle. Absent if none was replayed since the start.
-- sql:
-- In a CASE, since greatest(NULL, 0) is 0.
SELECT CASE WHEN replayed.at IS NOT NULL THEN greatest(extract(epoch FROM pg_catalog.clock_timestamp() - replayed.at), 0)
       END AS pg_replication_last_replay_seconds
FROM pg_catalog.pg_last_xact_replay_timestamp() AS replayed (at)
