-- about: Temporary files that queries hold now. pg_stat_database counts a file only when it is closed, so that a query
--    which fills the disk shows here first. Files that parallel workers share lie one folder deeper and cannot be
--    listed.
-- interval: 30s
-- timeout: 5s
-- needs: role pg_monitor
-- limit: 500 series
-- label spcname: Tablespace of the files.
-- gauge pg_temporary_files detail: Files that exist now.
-- gauge pg_temporary_files_bytes: Their size, in bytes.
-- gauge pg_temporary_files_oldest_age_seconds detail: Time since the least recently written one was written to, in
--    seconds; absent if there is none. Older than every session, it was left behind by a crash and goes with the next
--    restart.
-- sql:
SELECT t.spcname,
       pg_catalog.count(f.name) AS pg_temporary_files,
       coalesce(pg_catalog.sum(f.size), 0) AS pg_temporary_files_bytes,
       -- In a CASE, since greatest(NULL, 0) is 0.
       CASE WHEN pg_catalog.count(f.name) > 0
            THEN greatest(extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.min(f.modification)), 0) END
           AS pg_temporary_files_oldest_age_seconds
FROM pg_catalog.pg_tablespace AS t
LEFT JOIN LATERAL pg_catalog.pg_ls_tmpdir(t.oid) AS f ON true
-- pg_global has none of its own: its name would list those of pg_default again.
WHERE t.spcname <> 'pg_global'
GROUP BY t.spcname
ORDER BY coalesce(pg_catalog.sum(f.size), 0) DESC, t.spcname
