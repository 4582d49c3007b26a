-- The second login of pgvigil, for your own queries over tables whose owners you do not trust (`-- as: reader`). PostgreSQL
-- runs functions of a table's owner with the rights of the one who reads it. This role has none: it may connect, and read
-- what you grant it. PostgreSQL 13 to 19; psql as a superuser, once for each cluster of databases, after role.sql:
--
--     psql -d postgres -f reader.sql                                    the role pgvigil_reader
--     psql -d postgres -v reader=r -v role=monitor -f reader.sql        under other names
--     psql -d orders -c 'GRANT USAGE ON SCHEMA app TO pgvigil_reader; GRANT SELECT ON app.orders TO pgvigil_reader'
--
-- Give it a password of its own (\password pgvigil_reader), and name it in the configuration:
--
--     reader: { user: pgvigil_reader, password_file: /run/secrets/pgvigil_reader }
--
-- Grant it no membership: above all not pg_monitor, nor the role pgvigil.

\set ON_ERROR_STOP on
SET client_min_messages = warning;

\if :{?role}
\else
  \set role pgvigil
\endif
\if :{?reader}
\else
  \set reader pgvigil_reader
\endif

SELECT format('CREATE ROLE %I', :'reader')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'reader')
\gexec

-- pgvigil has one connection of it at a time; the other one lets the next begin while the last one ends.
ALTER ROLE :"reader" LOGIN NOSUPERUSER NOINHERIT NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 2;

-- pgvigil may cancel what the reader runs and end its sessions. The reader may do nothing to pgvigil.
GRANT :"reader" TO :"role";

ALTER ROLE :"reader" SET default_transaction_read_only = on;
ALTER ROLE :"reader" SET search_path = pg_catalog, pg_temp;
ALTER ROLE :"reader" SET statement_timeout = '1min';
ALTER ROLE :"reader" SET lock_timeout = '1s';
