-- about: Who keeps dead rows from being vacuumed, and from how many transactions ago. VACUUM cannot remove what the
--    oldest of these may still see, whatever autovacuum does. replication/slots and activity/prepared name the slots
--    and the databases.
-- interval: 30s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 20 series
-- rows: 5 a server
-- label holder: session (a transaction, for its own database), prepared (a prepared transaction, likewise), slot (xmin
--    of a replication slot, the feedback of a standby that uses it included), slot_catalog (the catalogs alone),
--    standby (feedback of a standby without a slot).
-- gauge pg_xmin_holders detail: How many of this kind hold something.
-- gauge pg_xmin_holder_age_transactions: Age of the oldest transaction that one of them holds; absent if none does.
-- sql:
WITH held (holder, age) AS (
    SELECT CASE a.backend_type WHEN 'walsender' THEN 'standby' ELSE 'session' END,
           greatest(pg_catalog.age(a.backend_xmin), pg_catalog.age(a.backend_xid))
    FROM pg_catalog.pg_stat_activity AS a
    -- This very query has a snapshot, too. VACUUM ignores the snapshots of others of its kind.
    WHERE a.pid <> pg_catalog.pg_backend_pid()
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum AS v WHERE v.pid = a.pid)
    UNION ALL
    SELECT 'prepared', pg_catalog.age(p.transaction) FROM pg_catalog.pg_prepared_xacts AS p
    UNION ALL
    SELECT kind, age
    FROM pg_catalog.pg_replication_slots AS s,
         LATERAL (VALUES ('slot', pg_catalog.age(s.xmin)), ('slot_catalog', pg_catalog.age(s.catalog_xmin))) AS x (kind, age)
)
SELECT k.holder,
       pg_catalog.count(h.age) AS pg_xmin_holders,
       pg_catalog.max(h.age) AS pg_xmin_holder_age_transactions
FROM pg_catalog.unnest('{session,prepared,slot,slot_catalog,standby}'::text[]) AS k (holder)
LEFT JOIN held AS h USING (holder)
GROUP BY k.holder
ORDER BY k.holder
