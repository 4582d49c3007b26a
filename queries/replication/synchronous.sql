-- about: Whether enough synchronous standbys are there. Where they are not, every commit waits, and the server looks
--    healthy but for that.
-- role: primary
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 10 series
-- gauge pg_synchronous_standbys_required: Standbys that a synchronous commit waits for (synchronous_standby_names); 0
--    if for none.
-- gauge pg_synchronous_standbys_available: Standbys that stream and count for that now (sync_state is sync or quorum).
--    With ANY it may be more than are required.
-- gauge pg_synchronous_standbys_met: 1 if as many are there as are required.
-- sql:
SELECT s.required AS pg_synchronous_standbys_required,
       s.available AS pg_synchronous_standbys_available,
       s.available >= s.required AS pg_synchronous_standbys_met
FROM (SELECT CASE WHEN n.names = '' THEN 0
                  -- FIRST 2 (a, b), ANY 2 (a, b) or 2 (a, b); a list alone waits for the first of it.
                  ELSE coalesce(pg_catalog.substring(pg_catalog.lower(n.names), '^(?:first\s+|any\s+)?([0-9]+)\s*\(')::numeric, 1) END AS required,
             (SELECT pg_catalog.count(*)
              FROM pg_catalog.pg_stat_replication AS r
              WHERE r.sync_state IN ('sync', 'quorum') AND r.state = 'streaming') AS available
      FROM pg_catalog.btrim(pg_catalog.current_setting('synchronous_standby_names')) AS n (names)) AS s
