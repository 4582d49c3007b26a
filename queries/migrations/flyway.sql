-- about: Flyway's history in every schema that has one, as a table `flyway_schema_history` (its default name). pgvigil
--    must be allowed to read it: GRANT USAGE ON SCHEMA and GRANT SELECT ON the table TO pgvigil; where it is not, it says
--    so. A history with an ACCESS EXCLUSIVE lock on it, granted or awaited, is left out. The server must be built with
--    libxml, as all common builds are: it is how a query can read tables whose schema it does not know.
-- scope: database
-- interval: 5m
-- timeout: 5s
-- limit: 2000 series
-- label schemaname: Schema of the history.
-- gauge pg_flyway_history_readable: 1 if pgvigil may read it, 0 if a GRANT is missing.
-- gauge pg_flyway_installed_rank: Rank of the last successful migration; absent if there is none (installed_rank).
-- gauge pg_flyway_migrations: Successful migrations.
-- gauge pg_flyway_failed_migrations: Migrations that failed and were neither repaired nor removed; Flyway refuses to go on
--    until then.
-- gauge pg_flyway_last_success_timestamp_seconds: When the last successful migration was installed, in seconds since
--    1970, if Flyway's time zone is that of pgvigil's session; absent if there is none (installed_on).
-- remedy: remedy
-- sql:
WITH locked AS MATERIALIZED (
    -- Granted or waiting. To plan a query is to open the indexes, too, so a lock on one counts for its table.
    SELECT DISTINCT coalesce(i.indrelid, l.relation) AS oid
    FROM pg_catalog.pg_locks AS l
    LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = l.relation
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
),
history AS MATERIALIZED (
    SELECT n.nspname, c.relname, c.oid,
           pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relname = 'flyway_schema_history'
      AND c.relkind = 'r'
      AND c.relpersistence = 'p'
      -- A policy of row security, as a child that is a foreign table, would let its owner run a function as pgvigil.
      AND NOT c.relrowsecurity
      -- Nothing else of this name: an error would cost the rows of all.
      AND 3 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute AS a
               WHERE a.attrelid = c.oid AND NOT a.attisdropped
                 AND (a.attname, a.atttypid) IN (('installed_rank', 'integer'::pg_catalog.regtype),
                                                 ('success', 'boolean'::pg_catalog.regtype),
                                                 ('installed_on', 'timestamp'::pg_catalog.regtype)))
),
answer AS MATERIALIZED (
    SELECT h.nspname, h.relname, h.oid, h.readable,
           CASE WHEN h.readable AND h.oid NOT IN (SELECT l.oid FROM locked AS l) THEN
               pg_catalog.query_to_xml(pg_catalog.format(
                   'SELECT pg_catalog.max(installed_rank) FILTER (WHERE success) AS rank,
                           pg_catalog.count(*) FILTER (WHERE success) AS done,
                           pg_catalog.count(*) FILTER (WHERE NOT success) AS failed,
                           extract(epoch FROM pg_catalog.max(installed_on) FILTER (WHERE success)::timestamptz)::float8 AS last
                    FROM ONLY %I.%I', h.nspname, h.relname), false, false, '')
           END AS xml
    FROM history AS h
)
SELECT a.nspname AS schemaname,
       a.readable AS pg_flyway_history_readable,
       (pg_catalog.xpath('/table/row/rank/text()', a.xml))[1]::text::bigint AS pg_flyway_installed_rank,
       (pg_catalog.xpath('/table/row/done/text()', a.xml))[1]::text::bigint AS pg_flyway_migrations,
       (pg_catalog.xpath('/table/row/failed/text()', a.xml))[1]::text::bigint AS pg_flyway_failed_migrations,
       (pg_catalog.xpath('/table/row/last/text()', a.xml))[1]::text::float8 AS pg_flyway_last_success_timestamp_seconds,
       CASE WHEN NOT a.readable
            THEN pg_catalog.format('GRANT USAGE ON SCHEMA %1$I TO %3$I; GRANT SELECT ON %1$I.%2$I TO %3$I;', a.nspname, a.relname, current_user)
       END AS remedy
FROM answer AS a
ORDER BY pg_flyway_failed_migrations DESC NULLS LAST, a.nspname
