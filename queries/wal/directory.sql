-- about: Size of the directory pg_wal. It grows when archiving fails or a slot is not used, and a full disk stops the
--    server.
-- interval: 30s
-- timeout: 5s
-- needs: role pg_monitor
-- limit: 5 series
-- gauge pg_wal_size_bytes: Size of all files in pg_wal, without its directories, in bytes (pg_ls_waldir).
-- gauge pg_wal_segments detail: WAL files in it, those kept for reuse included.
-- sql:
SELECT coalesce(pg_catalog.sum(size), 0) AS pg_wal_size_bytes,
       -- Timeline and position in 24 hexadecimal digits; the rest is history, backup labels and files half received.
       pg_catalog.count(*) FILTER (WHERE name ~ '^[0-9A-F]{24}$') AS pg_wal_segments
FROM pg_catalog.pg_ls_waldir()
