-- about: How close each database is to the end of its transaction numbers.
-- interval: 1m
-- timeout: 2s
-- limit: 2000 series
-- label datname: The database.
-- gauge pg_database_frozen_xid_age_transactions: Age of the oldest transaction number in the database (datfrozenxid).
--    Autovacuum is forced at autovacuum_freeze_max_age; writes are refused shortly before 2147483648.
-- gauge pg_database_min_multixact_age_multixacts: The same for multixacts (datminmxid).
-- sql:
SELECT datname,
       pg_catalog.age(datfrozenxid) AS pg_database_frozen_xid_age_transactions,
       pg_catalog.mxid_age(datminmxid) AS pg_database_min_multixact_age_multixacts
FROM pg_catalog.pg_database
ORDER BY pg_catalog.age(datfrozenxid) DESC, datname
