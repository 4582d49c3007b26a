-- about: Prepared transactions (two-phase commit) by database. They hold locks and keep VACUUM from its work without
--    any session.
-- interval: 30s
-- timeout: 2s
-- limit: 2000 series
-- label datname: Database of the transactions.
-- gauge pg_prepared_xacts_count detail: Transactions that are prepared and neither committed nor rolled back.
-- gauge pg_prepared_xacts_max_age_seconds: Time since the oldest of them was prepared, in seconds; 0 if there is none.
-- sql:
SELECT d.datname,
       pg_catalog.count(p.gid) AS pg_prepared_xacts_count,
       greatest(pg_catalog.max(extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared)), 0) AS pg_prepared_xacts_max_age_seconds
FROM pg_catalog.pg_database AS d
LEFT JOIN pg_catalog.pg_prepared_xacts AS p ON p.database = d.datname
-- The owner of a database may close it and leave a transaction in it.
WHERE d.datallowconn OR p.gid IS NOT NULL
GROUP BY d.datname
ORDER BY pg_catalog.count(p.gid) DESC, d.datname
