-- about: Flyway's history in every schema that has one, as a table `flyway_schema_history` (its default name). pgvigil
--    must be allowed to read it: GRANT USAGE ON SCHEMA and GRANT SELECT ON the table TO pgvigil; where it is not, it says
--    so. A history with an ACCESS EXCLUSIVE lock on it, granted or awaited, is left out, and so is one above 64 MB or
--    of more than some ten thousand migrations.
-- scope: database
-- interval: 5m
-- timeout: 5s
-- limit: 2000 series
-- rows: none
-- label schemaname: Schema of the history.
-- gauge pg_flyway_history_readable: 1 if pgvigil may read it, 0 if a GRANT is missing.
-- gauge pg_flyway_installed_rank detail: Rank of the last successful migration; absent if there is none
--    (installed_rank).
-- gauge pg_flyway_migrations: Successful migrations.
-- gauge pg_flyway_failed_migrations: Migrations that failed and were neither repaired nor removed; Flyway refuses to go on
--    until then.
-- gauge pg_flyway_last_success_timestamp_seconds: When the last successful migration was installed, in seconds since
--    1970, if Flyway's time zone is that of pgvigil's session; absent if there is none (installed_on).
-- copy flyway_schema_history: installed_rank integer, success boolean, installed_on timestamp
-- remedy: remedy
-- sql:
SELECT h.schemaname,
       h.state <> 'denied' AS pg_flyway_history_readable,
       pg_catalog.max(h.installed_rank) FILTER (WHERE h.success) AS pg_flyway_installed_rank,
       CASE WHEN h.state = 'read' THEN pg_catalog.count(*) FILTER (WHERE h.success) END AS pg_flyway_migrations,
       CASE WHEN h.state = 'read' THEN pg_catalog.count(*) FILTER (WHERE NOT h.success) END AS pg_flyway_failed_migrations,
       extract(epoch FROM pg_catalog.max(h.installed_on) FILTER (WHERE h.success)::timestamptz)::float8
           AS pg_flyway_last_success_timestamp_seconds,
       CASE WHEN h.state = 'denied'
            THEN pg_catalog.format('GRANT USAGE ON SCHEMA %1$I TO %2$I; GRANT SELECT ON %1$I.flyway_schema_history TO %2$I;',
                                   h.schemaname, current_user)
       END AS remedy
FROM flyway_schema_history AS h
GROUP BY h.schemaname, h.state
ORDER BY pg_flyway_failed_migrations DESC NULLS LAST, h.schemaname
