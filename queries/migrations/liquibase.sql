-- about: Liquibase's history and its lock in every schema that has them, as `databasechangelog` and
--    `databasechangeloglock` (their default names). Liquibase keeps no record of what failed and was rolled back; a lock
--    that stays is how it shows. For the privileges, locks and libxml see migrations/flyway.
-- scope: database
-- interval: 5m
-- timeout: 5s
-- limit: 2000 series
-- label schemaname: Schema of the history.
-- gauge pg_liquibase_history_readable: 1 if pgvigil may read both tables, 0 if a GRANT is missing.
-- gauge pg_liquibase_order_executed: Number of the last changeset, by the order of execution; absent if there is none
--    (orderexecuted).
-- gauge pg_liquibase_changesets: Changesets in the history.
-- gauge pg_liquibase_failed_changesets: Those that stand there as failed (exectype).
-- gauge pg_liquibase_last_executed_timestamp_seconds: When the last changeset was executed, in seconds since 1970, if
--    Liquibase's time zone is that of pgvigil's session; absent if there is none (dateexecuted).
-- gauge pg_liquibase_locked: 1 if somebody migrates at the moment, or died while doing so.
-- gauge pg_liquibase_lock_granted_timestamp_seconds: Since when, in seconds since 1970; absent if nobody does
--    (lockgranted).
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
    SELECT n.nspname, c.relname, c.oid, k.relname AS lockname, k.oid AS lockoid,
           pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
               AND pg_catalog.has_table_privilege(k.oid, 'SELECT') AS readable
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class AS k ON k.relnamespace = c.relnamespace
    WHERE c.relname = 'databasechangelog' AND k.relname = 'databasechangeloglock'
      AND c.relkind = 'r' AND k.relkind = 'r'
      AND c.relpersistence = 'p' AND k.relpersistence = 'p'
      -- As in migrations/flyway.
      AND NOT c.relrowsecurity AND NOT k.relrowsecurity
      -- Nothing else of these names: an error would cost the rows of all.
      AND 5 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute AS a
               WHERE NOT a.attisdropped
                 AND (a.attrelid, a.attname, a.atttypid) IN (
                     (c.oid, 'orderexecuted', 'integer'::pg_catalog.regtype),
                     (c.oid, 'exectype', 'varchar'::pg_catalog.regtype),
                     (c.oid, 'dateexecuted', 'timestamp'::pg_catalog.regtype),
                     (k.oid, 'locked', 'boolean'::pg_catalog.regtype),
                     (k.oid, 'lockgranted', 'timestamp'::pg_catalog.regtype)))
),
answer AS MATERIALIZED (
    SELECT h.nspname, h.relname, h.lockname, h.readable,
           CASE WHEN h.readable AND h.oid NOT IN (SELECT l.oid FROM locked AS l)
                     AND h.lockoid NOT IN (SELECT l.oid FROM locked AS l) THEN
               pg_catalog.query_to_xml(pg_catalog.format(
                   'SELECT c.*, k.*
                    FROM (SELECT pg_catalog.max(orderexecuted) AS number, pg_catalog.count(*) AS done,
                                 pg_catalog.count(*) FILTER (WHERE exectype = ''FAILED'') AS failed,
                                 extract(epoch FROM pg_catalog.max(dateexecuted)::timestamptz)::float8 AS last
                          FROM ONLY %1$I.%2$I) AS c,
                         (SELECT pg_catalog.count(*) FILTER (WHERE locked) AS locks,
                                 extract(epoch FROM pg_catalog.min(lockgranted) FILTER (WHERE locked)::timestamptz)::float8 AS since
                          FROM ONLY %1$I.%3$I) AS k', h.nspname, h.relname, h.lockname), false, false, '')
           END AS xml
    FROM history AS h
)
SELECT a.nspname AS schemaname,
       a.readable AS pg_liquibase_history_readable,
       (pg_catalog.xpath('/table/row/number/text()', a.xml))[1]::text::bigint AS pg_liquibase_order_executed,
       (pg_catalog.xpath('/table/row/done/text()', a.xml))[1]::text::bigint AS pg_liquibase_changesets,
       (pg_catalog.xpath('/table/row/failed/text()', a.xml))[1]::text::bigint AS pg_liquibase_failed_changesets,
       (pg_catalog.xpath('/table/row/last/text()', a.xml))[1]::text::float8 AS pg_liquibase_last_executed_timestamp_seconds,
       (pg_catalog.xpath('/table/row/locks/text()', a.xml))[1]::text::bigint > 0 AS pg_liquibase_locked,
       (pg_catalog.xpath('/table/row/since/text()', a.xml))[1]::text::float8 AS pg_liquibase_lock_granted_timestamp_seconds,
       CASE WHEN NOT a.readable
            THEN pg_catalog.format('GRANT USAGE ON SCHEMA %1$I TO %4$I; GRANT SELECT ON %1$I.%2$I, %1$I.%3$I TO %4$I;',
                                   a.nspname, a.relname, a.lockname, current_user)
       END AS remedy
FROM answer AS a
ORDER BY pg_liquibase_locked DESC NULLS LAST, a.nspname
