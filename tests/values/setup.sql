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
