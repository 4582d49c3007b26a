-- about: Whether the rules by which text is sorted are still those that the database was made with. After an upgrade of
--    the operating system they may not be, and indexes on text are then wrong until REINDEX and ALTER DATABASE ...
--    REFRESH COLLATION VERSION.
-- interval: 1h
-- timeout: 5s
-- limit: 500 series
-- rows: none
-- covers: 15..: the version of a database's collation is recorded from 15 on.
-- label datname: The database.
-- gauge pg_database_collation_version_mismatch: 1 if the version of the library differs from the recorded one
--    (datcollversion); absent where there is no version, as with the locales C and POSIX.
-- sql 15..:
SELECT datname,
       datcollversion <> pg_catalog.pg_database_collation_actual_version(oid) AS pg_database_collation_version_mismatch
FROM pg_catalog.pg_database
WHERE datallowconn
ORDER BY 2 DESC NULLS LAST, datname
