-- The role that pgvigil logs in with: it may read statistics and connect, and nothing else. PostgreSQL 13 to 19.
-- Run it with psql as a superuser (or as the administrator of a managed service), once for each cluster of
-- databases; standbys get it by replication. It can be run again at any time.
--
--     psql -d postgres -f role.sql                        the role
--     psql -d postgres -v statements=on -f role.sql       and the extension for the statistics of statements
--     psql -d postgres -v role=monitor -f role.sql        under another name
--
-- Then give it a password, unless pg_hba.conf lets it in by peer or by certificate; psql sends it already hashed:
--
--     psql -d postgres -c '\password pgvigil'

\set ON_ERROR_STOP on
SET client_min_messages = warning;

\if :{?role}
\else
  \set role pgvigil
\endif

-- pgvigil keeps one connection to a server and has at most one more for a moment. The other two let the next pgvigil
-- start while the last one ends. Whatever goes wrong, it cannot use up max_connections.
\if :{?connection_limit}
\else
  \set connection_limit 4
\endif

SELECT format('CREATE ROLE %I', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role')
\gexec

-- INHERIT, since the rights come from pg_monitor. An administrator without a right cannot even take it away, so only what is there is.
ALTER ROLE :"role" LOGIN INHERIT CONNECTION LIMIT :connection_limit;
SELECT format('ALTER ROLE %I NOCREATEDB', rolname) FROM pg_roles WHERE rolname = :'role' AND rolcreatedb
UNION ALL
SELECT format('ALTER ROLE %I NOCREATEROLE', rolname) FROM pg_roles WHERE rolname = :'role' AND rolcreaterole
\gexec

-- Statistics, settings, sizes, the list of WAL files; no row of any table.
-- From 16 on a membership that does not inherit stays so unless it is granted anew with INHERIT.
SELECT pg_has_role(:'role', 'pg_monitor', 'USAGE') AS monitors, current_setting('server_version_num')::int >= 160000 AS has_inherit
\gset
\if :monitors
\else
  \set ON_ERROR_STOP off
  \if :has_inherit
    GRANT pg_monitor TO :"role" WITH INHERIT TRUE;
  \else
    GRANT pg_monitor TO :"role";
  \endif
  \set ON_ERROR_STOP on
  SELECT pg_has_role(:'role', 'pg_monitor', 'USAGE') AS monitors
  \gset
  \if :monitors
  \else
    \warn 'role.sql: pg_monitor is not granted. Without it most statistics are missing: have a superuser, or a role with ADMIN OPTION on pg_monitor, grant it.'
  \endif
\endif

-- A second line of defence: pgvigil sets all of this for each statement itself. No more than this, since what is set for
-- the role is what pgvigil sees and reports as the setting (server/settings).
ALTER ROLE :"role" SET default_transaction_read_only = on;
ALTER ROLE :"role" SET search_path = pg_catalog, pg_temp;
ALTER ROLE :"role" SET statement_timeout = '1min';
ALTER ROLE :"role" SET lock_timeout = '1s';

-- A trigger on logins (17 and newer) runs in pgvigil's sessions too: one that writes meets the read-only default, and ends
-- every login. A superuser may switch such triggers off for the role.
SELECT format('ALTER ROLE %I SET event_triggers = off', :'role')
WHERE current_setting('event_triggers', true) IS NOT NULL AND current_setting('is_superuser') = 'on'
\gexec

-- Everybody may connect to every database, unless that was revoked from PUBLIC. Where it was, this grants it.
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', datname, :'role')
FROM pg_database
WHERE datallowconn AND NOT has_database_privilege(:'role', oid, 'CONNECT')
  AND (pg_has_role(datdba, 'USAGE') OR has_database_privilege(oid, 'CONNECT WITH GRANT OPTION'))
\gexec

SELECT count(*) > 0 AS left_out, coalesce(string_agg(quote_ident(datname), ', '), '') AS closed
FROM pg_database
WHERE datallowconn AND NOT has_database_privilege(:'role', oid, 'CONNECT')
\gset
\if :left_out
  \warn 'role.sql: CONNECT is not granted, since these databases are not yours:' :closed
  \warn 'Have their owners grant it, or list them in databases.exclude of the server in the configuration.'
\endif

-- The statistics of statements want a library that is loaded at the start of the server,
--
--     ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';      (add it to what is there; restart)
--
-- and the extension in the database that pgvigil connects to. It needs no grant: pg_monitor reads it.
\if :{?statements}
  \if :statements
    -- Where everybody may create functions in `public`, the default before 15, it gets a schema of its own: a function of the same name beside
    -- it can make pgvigil's calls ambiguous.
    SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'public' AND has_schema_privilege('public', oid, 'CREATE')) AS open
    \gset
    \set ON_ERROR_STOP off
    \if :open
      CREATE SCHEMA IF NOT EXISTS pgvigil_extensions;
      GRANT USAGE ON SCHEMA pgvigil_extensions TO PUBLIC;
      CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA pgvigil_extensions;
    \else
      CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
    \endif
    \set refused :ERROR
    \set ON_ERROR_STOP on
    \if :refused
      \warn 'role.sql: the extension pg_stat_statements is not there. Have a superuser create it, or use the console of the managed service.'
    \endif
  \endif
\endif

-- Times of reads and writes are 0 unless the server measures them. On today's machines it costs next to nothing
-- (pg_test_timing tells), and a reload is enough:
--
--     ALTER SYSTEM SET track_io_timing = on;  SELECT pg_reload_conf();
