-- about: How far each sequence is on its way to the end, be it its own or that of the column it belongs to: a sequence
--    of bigint in a column of integer is at its end at 2147483647. Only sequences that pgvigil may read:
--    GRANT SELECT ON ALL SEQUENCES IN SCHEMA ... TO pg_monitor, or from 14 on GRANT pg_read_all_data. How many those are
--    that it may not, it says. To read one is to lock it, so one that is being altered is left out.
-- scope: database
-- interval: 5m
-- timeout: 10s
-- limit: 10000 series
-- rows: 1 a database
-- label schemaname: Schema of the sequence.
-- label sequencename: Name of the sequence.
-- label relname: Table whose column it belongs to (serial, identity, OWNED BY).
-- label attname: That column.
-- gauge pg_sequence_last_value detail: The last value taken; absent as long as there is none (pg_sequence_last_value).
-- gauge pg_sequence_used_ratio: Part of its values that is taken, up to what the column's type can hold, 0 to 1; absent
--    for a sequence that restarts at its end (CYCLE).
-- gauge pg_sequences_unreadable: Sequences of the database that pgvigil may not read.
-- remedy: remedy
-- sql:
WITH locked AS MATERIALIZED (
    -- What a reader of a sequence (ROW EXCLUSIVE) would wait for, granted or waiting.
    SELECT DISTINCT l.relation AS oid
    FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
),
sequence AS MATERIALIZED (
    SELECT n.nspname, c.relname AS sequencename, c.oid, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,
           t.relname, a.attname, a.atttypid,
           pg_catalog.has_sequence_privilege(c.oid, 'SELECT, USAGE') AS readable,
           -- Nobody can read an unlogged one on a standby; before 15 it is an error to try.
           c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery() AS absent
    FROM pg_catalog.pg_sequence AS s
    JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid AND c.relpersistence <> 't'
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    -- It belongs to one column at most; pg_depend has no key that would say so.
    LEFT JOIN LATERAL (
        SELECT x.refobjid, x.refobjsubid
        FROM pg_catalog.pg_depend AS x
        WHERE x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND x.objid = c.oid AND x.objsubid = 0
          AND x.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND x.refobjsubid > 0 AND x.deptype IN ('a', 'i')
        ORDER BY x.refobjid, x.refobjsubid
        LIMIT 1) AS d ON true
    LEFT JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
),
value AS MATERIALIZED (
    SELECT q.*,
           CASE WHEN q.readable AND NOT q.absent AND q.oid NOT IN (SELECT l.oid FROM locked AS l)
                THEN pg_catalog.pg_sequence_last_value(q.oid) END AS last_value,
           -- The end, within what the column can hold, as numeric: a difference of two bigints may be none.
           CASE WHEN q.seqincrement > 0
                THEN least(q.seqmax, CASE q.atttypid WHEN 'smallint'::pg_catalog.regtype THEN 32767
                                                     WHEN 'integer'::pg_catalog.regtype THEN 2147483647 END)
                ELSE greatest(q.seqmin, CASE q.atttypid WHEN 'smallint'::pg_catalog.regtype THEN -32768
                                                        WHEN 'integer'::pg_catalog.regtype THEN -2147483648 END)
           END::numeric AS last,
           CASE WHEN q.seqincrement > 0 THEN q.seqmin ELSE q.seqmax END::numeric AS first
    FROM sequence AS q
),
used AS (
    SELECT v.nspname, v.sequencename, v.relname, v.attname, v.oid, v.last_value,
           CASE WHEN NOT v.seqcycle
                THEN least(1, (pg_catalog.abs(v.last_value - v.first) + 1) / nullif(pg_catalog.abs(v.last - v.first) + 1, 0)) END AS ratio
    FROM value AS v
    WHERE v.last_value IS NOT NULL
)
SELECT NULL::text AS schemaname, NULL::text AS sequencename, NULL::text AS relname, NULL::text AS attname,
       NULL::bigint AS pg_sequence_last_value, NULL::float8 AS pg_sequence_used_ratio,
       (SELECT pg_catalog.count(*) FROM sequence AS q WHERE NOT q.readable) AS pg_sequences_unreadable,
       NULL::text AS remedy
UNION ALL
SELECT DISTINCT q.nspname, NULL, NULL, NULL, NULL::bigint, NULL::float8, NULL::bigint,
       pg_catalog.format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I;', q.nspname, current_user)
FROM sequence AS q
WHERE NOT q.readable
UNION ALL
(SELECT u.nspname, u.sequencename, u.relname, u.attname, u.last_value, u.ratio::float8, NULL, NULL
 FROM used AS u
 ORDER BY u.ratio DESC NULLS LAST, u.oid)
