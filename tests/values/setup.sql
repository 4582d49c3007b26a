-- Objects and statistics worth comparing: odd names, TOAST, dead rows, indexes of all kinds, slots, statements.
-- Run it as superuser on a primary, once in each database, before pgvigil connects; it may be run again:
--     psql -XAtq -v ON_ERROR_STOP=1 -d DATABASE -f setup.sql
-- It leaves pg_stat_statements untracked for new sessions (the last statement says why).
SET client_min_messages = warning;
SELECT :SERVER_VERSION_NUM >= 180000 AS v18,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements')
           AND current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%' AS statements
\gset

-- Names. Each kind of character that a label or a SQL text could trip over, and 63 bytes, of which the last are one character of four.
CREATE SCHEMA IF NOT EXISTS "odd ""schema"" 'quoted' \back {brace} ünï 😀";
SET search_path = "odd ""schema"" 'quoted' \back {brace} ünï 😀", pg_catalog;
CREATE TABLE IF NOT EXISTS "say ""hi"", it's" (id integer PRIMARY KEY, v text) WITH (autovacuum_enabled = off);
CREATE TABLE IF NOT EXISTS "two
lines" (id integer PRIMARY KEY, v text) WITH (autovacuum_enabled = off);
CREATE TABLE IF NOT EXISTS "C:\temp\new\" (id integer PRIMARY KEY, v text) WITH (autovacuum_enabled = off);
CREATE TABLE IF NOT EXISTS "emoji 🐘 table" (id integer PRIMARY KEY, v text) WITH (autovacuum_enabled = off);
CREATE TABLE IF NOT EXISTS "63_bytes_are_the_most_that_a_name_in_postgresql_may_have_.._😀" (id integer PRIMARY KEY, v text) WITH (autovacuum_enabled = off);
CREATE TABLE IF NOT EXISTS "%s $1 ${x} {{ $labels }} -- /* */" (id integer PRIMARY KEY, v text) WITH (autovacuum_enabled = off);
CREATE INDEX IF NOT EXISTS "index ""on"" emoji 🐘\" ON "emoji 🐘 table" (v);
INSERT INTO "emoji 🐘 table" SELECT g, 'x' || g FROM generate_series(1, 100) AS g ON CONFLICT DO NOTHING;

-- Kinds of relations.
CREATE SCHEMA IF NOT EXISTS kinds;
SET search_path = kinds, pg_catalog;
CREATE TABLE IF NOT EXISTS bare (v integer) WITH (autovacuum_enabled = off);
CREATE TABLE IF NOT EXISTS empty () WITH (autovacuum_enabled = off);
CREATE UNLOGGED TABLE IF NOT EXISTS unlogged (id integer PRIMARY KEY, v text) WITH (autovacuum_enabled = off);
INSERT INTO unlogged SELECT g, repeat('u', 100) FROM generate_series(1, 1000) AS g ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS parted (id integer, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE IF NOT EXISTS parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000) WITH (autovacuum_enabled = off);
CREATE TABLE IF NOT EXISTS parted_2 PARTITION OF parted FOR VALUES FROM (1000) TO (2000) WITH (autovacuum_enabled = off);
INSERT INTO parted SELECT g, 'p' FROM generate_series(1, 1999) AS g ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS parted_rest PARTITION OF parted DEFAULT WITH (autovacuum_enabled = off);
INSERT INTO parted SELECT g, 'rest' FROM generate_series(5001, 5017) AS g ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS parted_deep PARTITION OF parted FOR VALUES FROM (2000) TO (3000) PARTITION BY HASH (id);
CREATE MATERIALIZED VIEW IF NOT EXISTS materialized AS SELECT g AS id, repeat('m', 50) AS v FROM generate_series(1, 500) AS g;
CREATE UNIQUE INDEX IF NOT EXISTS materialized_id ON materialized (id);
CREATE TABLE IF NOT EXISTS excluded (r int4range, EXCLUDE USING gist (r WITH &&)) WITH (autovacuum_enabled = off);
CREATE TABLE IF NOT EXISTS toasted (id integer PRIMARY KEY, v text) WITH (autovacuum_enabled = off, toast.autovacuum_enabled = off);
ALTER TABLE toasted ALTER COLUMN v SET STORAGE EXTERNAL;
INSERT INTO toasted SELECT g, repeat('t', 10000) FROM generate_series(1, 200) AS g ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS invalid (id integer, v integer) WITH (autovacuum_enabled = off);
CREATE INDEX IF NOT EXISTS invalid_v ON invalid (v);
-- As a CREATE INDEX CONCURRENTLY that failed would have left it.
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'invalid_v'::regclass;

-- One table on which every counter of pg_stat_user_tables and pg_stat_user_indexes moves, and each by another number.
CREATE TABLE IF NOT EXISTS busy (id integer PRIMARY KEY, v integer, w text) WITH (autovacuum_enabled = off, fillfactor = 70);
CREATE INDEX IF NOT EXISTS busy_v ON busy (v);
TRUNCATE busy;
INSERT INTO busy SELECT g, g, repeat('w', 50) FROM generate_series(1, 5000) AS g;
DELETE FROM busy WHERE id > 4300;
VACUUM busy;
VACUUM busy;
VACUUM busy;
UPDATE busy SET v = -v WHERE id <= 400;
UPDATE busy SET w = 'hot' WHERE id BETWEEN 4000 AND 4150;
INSERT INTO busy SELECT g, g, 'late' FROM generate_series(6001, 6333) AS g;
ANALYZE busy;
ANALYZE busy;
DELETE FROM busy WHERE id BETWEEN 6001 AND 6077;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_indexonlyscan = off;
SELECT count(w) FROM busy WHERE id BETWEEN 10 AND 1500 \g /dev/null
SELECT count(w) FROM busy WHERE id BETWEEN 10 AND 2500 \g /dev/null
SELECT count(w) FROM busy WHERE v BETWEEN 500 AND 700 \g /dev/null
SET enable_bitmapscan = on;
SET enable_indexscan = off;
SELECT count(w) FROM busy WHERE v BETWEEN 500 AND 900 \g /dev/null
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET enable_indexonlyscan;
RESET enable_indexscan;
SELECT count(*) FROM kinds.busy \g /dev/null

-- What a table or an index can lack, and have too much of. All that pgvigil needs a GRANT for is there with one and without.
GRANT USAGE ON SCHEMA kinds TO pg_monitor;
SET search_path = kinds, pg_catalog;
CREATE TABLE IF NOT EXISTS copies (id integer PRIMARY KEY, v integer, w text) WITH (autovacuum_enabled = off);
CREATE INDEX IF NOT EXISTS copies_id ON copies (id);
CREATE INDEX IF NOT EXISTS copies_v_1 ON copies (v);
CREATE INDEX IF NOT EXISTS copies_v_2 ON copies (v);
CREATE INDEX IF NOT EXISTS copies_v_3 ON copies (v);
CREATE INDEX IF NOT EXISTS copies_v_desc ON copies (v DESC);
CREATE INDEX IF NOT EXISTS copies_v_hash ON copies USING hash (v);
CREATE INDEX IF NOT EXISTS copies_v_w ON copies (v) INCLUDE (w);
CREATE INDEX IF NOT EXISTS copies_w_pattern ON copies (w text_pattern_ops);
CREATE INDEX IF NOT EXISTS copies_w ON copies (w);
CREATE INDEX IF NOT EXISTS copies_lower_1 ON copies (lower(w)) WHERE v > 0;
CREATE INDEX IF NOT EXISTS copies_lower_2   ON copies   (lower(w))   WHERE   v > 0;
CREATE INDEX IF NOT EXISTS copies_lower_3 ON copies (lower(w)) WHERE v > 1;
CREATE UNIQUE INDEX IF NOT EXISTS copies_id_v ON copies (id, v);
INSERT INTO copies SELECT g, g, 'w' || g FROM generate_series(1, 3000) AS g ON CONFLICT DO NOTHING;
VACUUM ANALYZE copies;
CREATE TABLE IF NOT EXISTS refers (a integer REFERENCES copies, b integer REFERENCES copies, c integer REFERENCES copies,
    d integer, e integer, FOREIGN KEY (d, e) REFERENCES copies (id, v) NOT VALID, CHECK (d > 0), PRIMARY KEY (e, d, c)) WITH (autovacuum_enabled = off);
SELECT :SERVER_VERSION_NUM >= 180000 AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'refers_not_enforced') AS not_enforced
\gset
\if :not_enforced
ALTER TABLE refers ADD CONSTRAINT refers_not_enforced CHECK (d > 1) NOT ENFORCED;
\endif
CREATE INDEX IF NOT EXISTS refers_b ON refers (b) WHERE b > 5;
CREATE INDEX IF NOT EXISTS refers_c ON refers (c, b);

-- Tables and indexes with much room in them, and beside each the same without it: the difference is what is to be estimated.
CREATE TABLE IF NOT EXISTS bloated (id integer PRIMARY KEY, v text, w integer);
CREATE TABLE IF NOT EXISTS bloated_fixed (id bigint PRIMARY KEY, at timestamptz NOT NULL) WITH (fillfactor = 80);
CREATE TABLE IF NOT EXISTS bloated_unknown (id bigint PRIMARY KEY, v text);
CREATE INDEX IF NOT EXISTS bloated_unknown_v ON bloated_unknown (v);
CREATE INDEX IF NOT EXISTS bloated_lower ON bloated (lower(v), w);
TRUNCATE bloated, bloated_fixed, bloated_unknown;
INSERT INTO bloated SELECT g, repeat('v', 60) || g, nullif(g % 3, 0) FROM generate_series(1, 60000) AS g;
INSERT INTO bloated_fixed SELECT g, now() FROM generate_series(1, 80000) AS g;
INSERT INTO bloated_unknown SELECT g, repeat('v', 60) || g FROM generate_series(1, 15000) AS g;
DELETE FROM bloated WHERE id % 5 <> 0;
DELETE FROM bloated_fixed WHERE id % 3 = 0;
VACUUM ANALYZE bloated, bloated_fixed, bloated_unknown;
DELETE FROM bloated WHERE id BETWEEN 1000 AND 1100;
GRANT SELECT ON bloated TO pg_monitor;
DROP TABLE IF EXISTS compact, compact_fixed;
-- Not CREATE TABLE AS alone, which makes the file longer by many pages at a time, the more the larger the shared buffers are.
CREATE TABLE compact WITH (autovacuum_enabled = off) AS SELECT * FROM bloated WITH NO DATA;
CREATE TABLE compact_fixed WITH (autovacuum_enabled = off, fillfactor = 80) AS SELECT * FROM bloated_fixed WITH NO DATA;
INSERT INTO compact SELECT * FROM bloated;
INSERT INTO compact_fixed SELECT * FROM bloated_fixed;
CREATE UNIQUE INDEX bloated_pkey_compact ON compact (id);
CREATE UNIQUE INDEX bloated_fixed_pkey_compact ON compact_fixed (id);
CREATE INDEX bloated_lower_compact ON compact (lower(v), w);
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pgstattuple') AS pgstattuple,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_buffercache') AS pg_buffercache
\gset
\if :pgstattuple
CREATE EXTENSION IF NOT EXISTS pgstattuple SCHEMA kinds;
\endif
\if :pg_buffercache
CREATE EXTENSION IF NOT EXISTS pg_buffercache SCHEMA kinds;
\endif

-- Autovacuum's limits, each by another setting of the table itself.
CREATE TABLE IF NOT EXISTS tuned_scale (id integer) WITH (autovacuum_vacuum_scale_factor = 0.5, autovacuum_vacuum_insert_scale_factor = 0.7, autovacuum_analyze_scale_factor = 1e-2);
CREATE TABLE IF NOT EXISTS tuned_threshold (id integer) WITH (autovacuum_vacuum_threshold = 123, autovacuum_vacuum_insert_threshold = 77, autovacuum_analyze_threshold = 0);
CREATE TABLE IF NOT EXISTS tuned_off (id integer) WITH (autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_scale_factor = 0);
SELECT format('INSERT INTO %s SELECT g FROM generate_series(1, 4000) AS g', t), format('VACUUM ANALYZE %s', t),
       format('INSERT INTO %s SELECT 0 FROM generate_series(1, 900)', t), format('DELETE FROM %s WHERE id > 3900', t)
FROM unnest('{tuned_scale,tuned_threshold,tuned_off}'::text[]) AS t
\gexec

-- Sequences: up, down, from below 0, around, in a column that is too small, unused, and one that nobody may read.
CREATE SEQUENCE IF NOT EXISTS near_end MAXVALUE 1000 START 951;
CREATE SEQUENCE IF NOT EXISTS downwards INCREMENT -1 MINVALUE -200 MAXVALUE -1;
CREATE SEQUENCE IF NOT EXISTS whole MINVALUE -9223372036854775808 MAXVALUE 9223372036854775807 START 0;
CREATE SEQUENCE IF NOT EXISTS around MAXVALUE 10 CYCLE;
CREATE SEQUENCE IF NOT EXISTS unused;
CREATE SEQUENCE IF NOT EXISTS unreadable;
CREATE TABLE IF NOT EXISTS counted_small (id smallint, serial serial, identity bigint GENERATED ALWAYS AS IDENTITY) WITH (autovacuum_enabled = off);
CREATE SEQUENCE IF NOT EXISTS too_large OWNED BY counted_small.id;
SELECT setval('too_large', 30000), setval('counted_small_serial_seq', 2000000000), nextval('near_end'), nextval('downwards'), nextval('downwards'),
       nextval('whole'), nextval('around'), nextval('unreadable'), nextval('counted_small_identity_seq') \g /dev/null
GRANT SELECT ON ALL SEQUENCES IN SCHEMA kinds TO pg_monitor;
REVOKE SELECT ON unreadable FROM pg_monitor;

-- Keys without a sequence, on either side of 0, of one value each and of few, and one that nobody may see.
CREATE TABLE IF NOT EXISTS keys (small smallint PRIMARY KEY, up integer UNIQUE, down integer UNIQUE, few smallint REFERENCES keys, hidden integer UNIQUE,
    plain integer, big bigint UNIQUE) WITH (autovacuum_enabled = off);
TRUNCATE keys;
INSERT INTO keys SELECT g, g * 4000000, g * -2000000, 7 + g % 3, g, g, g FROM generate_series(1, 500) AS g;
ANALYZE keys;
GRANT SELECT (small, up, down, few, plain, big) ON keys TO pg_monitor;

-- Collations of indexes: one whose rules have changed, and one without a version.
SELECT EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i') AS icu
\gset
CREATE TABLE IF NOT EXISTS sorted (v text) WITH (autovacuum_enabled = off);
CREATE INDEX IF NOT EXISTS sorted_posix ON sorted (v COLLATE "POSIX");
\if :icu
CREATE COLLATION IF NOT EXISTS "changed ""rules""" (provider = icu, locale = 'de');
UPDATE pg_collation SET collversion = '0' WHERE collname = 'changed "rules"';
SET client_min_messages = error;
CREATE INDEX IF NOT EXISTS sorted_changed ON sorted (v COLLATE "changed ""rules""");
CREATE INDEX IF NOT EXISTS sorted_icu ON sorted (v COLLATE "und-x-icu", lower(v) COLLATE "changed ""rules""");
SET client_min_messages = warning;
\endif

-- Functions, two of one name.
SET track_functions = 'all';
CREATE OR REPLACE FUNCTION counted(integer) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN $1; END $$;
CREATE OR REPLACE FUNCTION counted(text) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RETURN kinds.counted(1) + kinds.counted(2); END $$;
SELECT counted(1), counted(2), counted('x') \g /dev/null
RESET track_functions;

-- Statistics that were reset, one of each kind.
SELECT pg_stat_reset_single_table_counters(oid) FROM unnest('{empty,copies_w_pattern,around}'::regclass[]) AS oid \g /dev/null
SELECT pg_stat_reset_single_function_counters('counted(text)'::regprocedure) \g /dev/null
SELECT counted('x') \g /dev/null

-- Histories of Flyway and Liquibase: with a failure and a lock, empty, of others' making, and without a GRANT.
CREATE SCHEMA IF NOT EXISTS migrated;
CREATE SCHEMA IF NOT EXISTS "migrated ""too""";
CREATE SCHEMA IF NOT EXISTS hidden;
CREATE SCHEMA IF NOT EXISTS misleading;
CREATE TABLE IF NOT EXISTS misleading.flyway_schema_history (installed_rank text, success boolean, installed_on timestamp);
CREATE TABLE IF NOT EXISTS misleading.databasechangelog (id text);
CREATE TABLE IF NOT EXISTS misleading.databasechangeloglock (id integer);
SELECT format('CREATE TABLE IF NOT EXISTS %I.flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL,
                   type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum integer, installed_by varchar(100) NOT NULL,
                   installed_on timestamp NOT NULL DEFAULT now(), execution_time integer NOT NULL, success boolean NOT NULL);
               CREATE TABLE IF NOT EXISTS %1$I.databasechangelog (id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) NOT NULL,
                   dateexecuted timestamp NOT NULL, orderexecuted integer NOT NULL, exectype varchar(10) NOT NULL);
               CREATE TABLE IF NOT EXISTS %1$I.databasechangeloglock (id integer PRIMARY KEY, locked boolean NOT NULL, lockgranted timestamp, lockedby varchar(255))', s)
FROM unnest(ARRAY['migrated', 'migrated "too"', 'hidden']) AS s
\gexec
INSERT INTO migrated.flyway_schema_history
SELECT g, g || '.0', 'step', 'SQL', 'V' || g || '.sql', g, 'app', timestamp '2026-03-04 05:06:07.891' + g * interval '1 hour', 5, g <> 4
FROM generate_series(1, 4) AS g ON CONFLICT DO NOTHING;
TRUNCATE migrated.databasechangelog;
INSERT INTO migrated.databasechangelog
SELECT g, 'app', 'log.xml', timestamp '2026-03-04 05:06:07.5' + g * interval '1 hour', g + 10, CASE g WHEN 2 THEN 'FAILED' ELSE 'EXECUTED' END
FROM generate_series(1, 5) AS g;
INSERT INTO migrated.databasechangeloglock VALUES (1, true, timestamp '2026-03-05 01:02:03', 'app1') ON CONFLICT DO NOTHING;
INSERT INTO "migrated ""too""".databasechangeloglock VALUES (1, false, NULL, NULL) ON CONFLICT DO NOTHING;
GRANT USAGE ON SCHEMA migrated, "migrated ""too""" TO pg_monitor;
GRANT SELECT ON ALL TABLES IN SCHEMA migrated, "migrated ""too""", misleading TO pg_monitor;

-- A multixact: a row that a transaction has locked and a part of it has changed.
BEGIN;
SELECT id FROM kinds.parted_1 WHERE id = 1 FOR KEY SHARE \g /dev/null
SAVEPOINT part;
UPDATE kinds.parted_1 SET v = 'q' WHERE id = 1;
COMMIT;

-- Temporary files and rollbacks, for pg_stat_database.
SET work_mem = '64kB';
SELECT count(*) FROM (SELECT g FROM generate_series(1, 50000) AS g ORDER BY md5(g::text)) AS s \g /dev/null
RESET work_mem;
BEGIN;
DELETE FROM kinds.bare;
ROLLBACK;

-- A deadlock of two other sessions, the first time and where dblink is to be had.
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'dblink')
       AND (SELECT deadlocks = 0 FROM pg_stat_database WHERE datname = current_database()) AS deadlock
\gset
\if :deadlock
CREATE EXTENSION IF NOT EXISTS dblink SCHEMA kinds;
SET search_path = kinds, pg_catalog;
SELECT dblink_connect(name, (SELECT string_agg(keyword || '=''' || regexp_replace(value, '([\\''])', '\\\1', 'g') || '''', ' ')
                             FROM (VALUES ('host', split_part(current_setting('unix_socket_directories'), ',', 1)), ('port', current_setting('port')),
                                          ('dbname', current_database()), ('user', current_user)) AS v (keyword, value))),
       dblink_exec(name, 'BEGIN')
FROM unnest('{one,two}'::text[]) AS name \g /dev/null
SELECT dblink_exec('one', 'LOCK TABLE kinds.unlogged'), dblink_exec('two', 'LOCK TABLE kinds.empty') \g /dev/null
SELECT dblink_send_query('one', 'LOCK TABLE kinds.empty') \g /dev/null
SELECT dblink_send_query('two', 'LOCK TABLE kinds.unlogged') \g /dev/null
SET client_min_messages = error;
SELECT (SELECT count(*) FROM dblink_get_result(name, false) AS r (status text)) FROM unnest('{one,two}'::text[]) AS name \g /dev/null
SET client_min_messages = warning;
SELECT dblink_disconnect(name) FROM unnest('{one,two}'::text[]) AS name \g /dev/null
DROP EXTENSION dblink;
RESET search_path;
\endif

-- Slots: one that keeps WAL, one that keeps none, and where wal_level allows it a logical one for this database.
SELECT pg_create_physical_replication_slot('values_kept', true) WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'values_kept') \g /dev/null
SELECT pg_create_physical_replication_slot('values_none', false) WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'values_none') \g /dev/null
SELECT pg_create_logical_replication_slot(name, 'pgoutput')
FROM (SELECT 'values_logical_' || oid FROM pg_database WHERE datname = current_database()) AS s (name)
WHERE current_setting('wal_level') = 'logical' AND NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = name) \g /dev/null

-- Publications of each kind (the second publishes nothing that would want a key of every table), and a subscription that never connects.
SELECT NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'values_some') AS wanted, :SERVER_VERSION_NUM >= 150000 AS v15, :SERVER_VERSION_NUM >= 190000 AS v19
\gset
\if :wanted
CREATE PUBLICATION values_some FOR TABLE kinds.busy, kinds.toasted WITH (publish = 'insert, update, delete');
CREATE PUBLICATION values_all FOR ALL TABLES WITH (publish = 'insert, truncate');
\if :v15
CREATE PUBLICATION values_schemas FOR TABLES IN SCHEMA kinds WITH (publish = 'insert');
\endif
\if :v19
CREATE PUBLICATION values_sequences FOR ALL SEQUENCES;
\endif
SET client_min_messages = error;
CREATE SUBSCRIPTION values_off CONNECTION 'dbname=nowhere' PUBLICATION values_some WITH (connect = false, slot_name = NONE);
SET client_min_messages = warning;
INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate)
SELECT s.oid, r.relid, r.state FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = s.subdbid AND d.datname = current_database(),
     (VALUES ('kinds.busy'::regclass, 'r'::"char"), ('kinds.toasted', 'd'), ('kinds.unlogged', 'r')) AS r (relid, state);
\endif

-- A transaction too large for the memory of decoding, decoded in one and spilled to disk, and another one streamed meanwhile.
SELECT :SERVER_VERSION_NUM >= 140000 AND current_setting('wal_level') = 'logical' AS decoded,
       'values_logical_' || (SELECT oid FROM pg_database WHERE datname = current_database()) AS slot
\gset
\if :decoded
SET logical_decoding_work_mem = '64kB';
CREATE TABLE IF NOT EXISTS kinds.decoded (id integer, v text) WITH (autovacuum_enabled = off);
INSERT INTO kinds.decoded SELECT g, repeat('d', 100) FROM generate_series(1, 2000) AS g;
SELECT count(*) FROM pg_logical_slot_get_binary_changes(:'slot', NULL, NULL, 'proto_version', '1', 'publication_names', 'values_all') \g /dev/null
INSERT INTO kinds.decoded SELECT g, repeat('d', 100) FROM generate_series(1, 3000) AS g;
SELECT count(*) FROM pg_logical_slot_get_binary_changes(:'slot', NULL, NULL, 'proto_version', '2', 'publication_names', 'values_all', 'streaming', 'on') \g /dev/null
RESET logical_decoding_work_mem;
\endif

-- An extension that its files are ahead of, and roles with a limit and with passwords that expire or never do.
CREATE EXTENSION IF NOT EXISTS pg_freespacemap SCHEMA kinds VERSION '1.1';
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest('{values_limited,values_expires,values_infinite}'::text[]) AS name WHERE to_regrole(name) IS NULL
\gexec
ALTER ROLE values_limited CONNECTION LIMIT 3 VALID UNTIL '2031-05-06 07:08:09+00';
ALTER ROLE values_expires SUPERUSER VALID UNTIL '2001-02-03 04:05:06+00';
ALTER ROLE values_infinite VALID UNTIL 'infinity';
SELECT format('ALTER DATABASE %I CONNECTION LIMIT 70', current_database())
\gexec

-- A transaction that is prepared and forgotten, where the server admits any.
SELECT current_setting('max_prepared_transactions')::integer > (SELECT count(*) FROM pg_prepared_xacts)
       AND NOT EXISTS (SELECT FROM pg_prepared_xacts WHERE gid = 'values ' || current_database()) AS wanted
\gset
\if :wanted
BEGIN;
LOCK TABLE kinds.bare IN SHARE UPDATE EXCLUSIVE MODE;
SELECT txid_current() \g /dev/null
SELECT format('PREPARE TRANSACTION %L', 'values ' || current_database())
\gexec
\endif

-- Statements. More than the 100 that are shown, among them some of every kind of counter, one that runs at top level and within a function,
-- one of a role that is dropped, and one in a database that is dropped.
\if :statements
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
SET pg_stat_statements.track = 'all';
SET pg_stat_statements.track_planning = on;
SET track_io_timing = on;
SELECT format('SELECT count(*) AS n%s FROM kinds.busy WHERE id > %s', n, n) FROM generate_series(1, 120) AS n
\o /dev/null
\gexec
\o
CREATE OR REPLACE FUNCTION kinds.nested() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) AS nested FROM kinds.busy AS b WHERE b.v > 0); END $$;
SELECT kinds.nested() \g /dev/null
SELECT kinds.nested() \g /dev/null
SELECT (SELECT count(*) AS nested FROM kinds.busy AS b WHERE b.v > 0) \g /dev/null
SET work_mem = '64kB';
SELECT count(*) AS spills FROM (SELECT g FROM generate_series(1, 60000) AS g ORDER BY md5(g::text)) AS s \g /dev/null
RESET work_mem;
UPDATE kinds.busy SET w = 'again' WHERE id < 2000;
SET temp_buffers = '800kB';
CREATE TEMPORARY TABLE local AS SELECT g AS id, repeat('l', 500) AS v FROM generate_series(1, 20000) AS g;
SELECT count(v) AS local FROM local \g /dev/null
UPDATE local SET v = 'dirty' WHERE id < 3000;
DROP TABLE local;
DO $$ BEGIN PERFORM pg_sleep(0.2); /* password=secret */ END $$;
SELECT 1 AS    "two
lines", pg_sleep(0.2) \g /dev/null
DROP ROLE IF EXISTS values_gone;
CREATE ROLE values_gone;
SET ROLE values_gone;
SELECT count(*) AS by_a_dropped_role FROM generate_series(1, 300000) \g /dev/null
RESET ROLE;
DROP ROLE values_gone;
SELECT current_database() AS here
\gset
DROP DATABASE IF EXISTS values_gone;
CREATE DATABASE values_gone;
\c values_gone
SET pg_stat_statements.track = 'all';
SELECT count(*) AS in_a_dropped_database FROM generate_series(1, 300000) \g /dev/null
\c :"here"
SET client_min_messages = warning;
DROP DATABASE values_gone;
-- From here on nothing is added, neither by pgvigil nor by the comparison itself. A session that wants to be seen sets it back.
ALTER ROLE ALL SET pg_stat_statements.track = 'none';
\endif
