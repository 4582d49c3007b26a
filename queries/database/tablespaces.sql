-- about: Size of each tablespace that somebody made, since each has a disk of its own to fill. Like the size of a database
--    it is measured by asking for the size of every file, and waits for no lock. pg_default is left out: it holds what
--    is left of the databases.
-- cost: medium
-- interval: 5m
-- timeout: 30s
-- needs: role pg_read_all_stats
-- limit: 500 series
-- rows: none
-- label spcname: The tablespace.
-- label location: Its directory.
-- gauge pg_tablespace_size_bytes: Size of all its files, of all databases, in bytes (pg_tablespace_size).
-- sql:
SELECT t.spcname,
       pg_catalog.pg_tablespace_location(t.oid) AS location,
       pg_catalog.pg_tablespace_size(t.oid) AS pg_tablespace_size_bytes
FROM pg_catalog.pg_tablespace AS t
-- The first OID that is not initdb's own (FirstNormalObjectId).
WHERE t.oid >= 16384
ORDER BY pg_tablespace_size_bytes DESC, t.spcname
