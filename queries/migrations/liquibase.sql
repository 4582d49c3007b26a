-- about: Liquibase's history and its lock in every schema that has them, as `databasechangelog` and
--    `databasechangeloglock` (their default names). Liquibase keeps no record of what failed and was rolled back; a lock
--    that stays is how it shows. For the privileges, locks and sizes see migrations/flyway.
-- scope: database
-- interval: 5m
-- timeout: 5s
-- limit: 2000 series
-- rows: none
-- label schemaname: Schema of the history.
-- gauge pg_liquibase_history_readable: 1 if pgvigil may read both tables, 0 if a GRANT is missing.
-- gauge pg_liquibase_order_executed detail: Number of the last changeset, by the order of execution; absent if there
--    is none (orderexecuted).
-- gauge pg_liquibase_changesets: Changesets in the history.
-- gauge pg_liquibase_failed_changesets: Those that stand there as failed (exectype).
-- gauge pg_liquibase_last_executed_timestamp_seconds: When the last changeset was executed, in seconds since 1970, if
--    Liquibase's time zone is that of pgvigil's session; absent if there is none (dateexecuted).
-- gauge pg_liquibase_locked detail: 1 while a migration runs, or after one died.
-- gauge pg_liquibase_lock_granted_timestamp_seconds: Since when, in seconds since 1970; absent if none does
--    (lockgranted).
-- copy databasechangelog: orderexecuted integer, exectype varchar(255), dateexecuted timestamp
-- copy databasechangeloglock: locked boolean, lockgranted timestamp
-- remedy: remedy
-- sql:
WITH changes AS (
    SELECT c.schemaname, c.state,
           pg_catalog.max(c.orderexecuted) AS number, pg_catalog.count(c.line) AS done,
           pg_catalog.count(*) FILTER (WHERE c.exectype = 'FAILED') AS failed,
           extract(epoch FROM pg_catalog.max(c.dateexecuted)::timestamptz)::float8 AS last
    FROM databasechangelog AS c
    GROUP BY c.schemaname, c.state
),
locks AS (
    SELECT k.schemaname, k.state,
           pg_catalog.count(*) FILTER (WHERE k.locked) AS locks,
           extract(epoch FROM pg_catalog.min(k.lockgranted) FILTER (WHERE k.locked)::timestamptz)::float8 AS since
    FROM databasechangeloglock AS k
    GROUP BY k.schemaname, k.state
),
history AS (
    SELECT c.schemaname, c.number, c.done, c.failed, c.last, k.locks, k.since,
           c.state <> 'denied' AND k.state <> 'denied' AS readable,
           c.state = 'read' AND k.state = 'read' AS read
    FROM changes AS c
    JOIN locks AS k ON k.schemaname = c.schemaname
)
SELECT h.schemaname,
       h.readable AS pg_liquibase_history_readable,
       CASE WHEN h.read THEN h.number END AS pg_liquibase_order_executed,
       CASE WHEN h.read THEN h.done END AS pg_liquibase_changesets,
       CASE WHEN h.read THEN h.failed END AS pg_liquibase_failed_changesets,
       CASE WHEN h.read THEN h.last END AS pg_liquibase_last_executed_timestamp_seconds,
       CASE WHEN h.read THEN h.locks > 0 END AS pg_liquibase_locked,
       CASE WHEN h.read THEN h.since END AS pg_liquibase_lock_granted_timestamp_seconds,
       CASE WHEN NOT h.readable
            THEN pg_catalog.format('GRANT USAGE ON SCHEMA %1$I TO %2$I; GRANT SELECT ON %1$I.databasechangelog, %1$I.databasechangeloglock TO %2$I;',
                                   h.schemaname, current_user)
       END AS remedy
FROM history AS h
ORDER BY pg_liquibase_locked DESC NULLS LAST, h.schemaname
