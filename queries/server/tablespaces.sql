-- about: Size of each tablespace. It is measured by asking for the size of every file in it, and waits for no lock.
-- cost: medium
-- interval: 5m
-- timeout: 30s
-- needs: role pg_read_all_stats
-- limit: 200 series
-- label spcname: The tablespace.
-- label location: Its directory; empty for pg_default and pg_global, which are in the data directory.
-- gauge pg_tablespace_size_bytes: Size of all files of all databases in the tablespace, in bytes (pg_tablespace_size).
-- sql:
SELECT t.spcname,
       pg_catalog.pg_tablespace_location(t.oid) AS location,
       pg_catalog.pg_tablespace_size(t.oid) AS pg_tablespace_size_bytes
FROM pg_catalog.pg_tablespace AS t
ORDER BY pg_tablespace_size_bytes DESC NULLS LAST, t.spcname
