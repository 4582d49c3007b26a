-- about: Settings that differ from what PostgreSQL has built in, or wait for a restart, as labels of series that are
--    always 1. Words are not shown, since they may hold passwords (primary_conninfo, archive_command). What was set for
--    pgvigil's role or database alone is left out, also where it hides a value of the file.
-- interval: 10m
-- timeout: 2s
-- limit: 500 series
-- rows: 15 a server
-- label name: Name of the setting.
-- label setting: Its value, in `unit`; empty if it is a word.
-- label unit: Unit of the value, such as 8kB or ms; empty if none.
-- label source: Where the value comes from, such as configuration file; server where pgvigil sets another value for its
--    own session, so that PostgreSQL does not tell more.
-- label pending_restart: true if the file says something else by now, which a restart will bring.
-- gauge pg_changed_settings_info: Always 1; the labels are the setting.
-- sql:
SELECT s.name,
       CASE WHEN s.vartype <> 'string' THEN s.value END AS setting,
       s.unit,
       CASE s.source WHEN 'session' THEN 'server' ELSE s.source END AS source,
       s.pending_restart,
       1 AS pg_changed_settings_info
FROM (SELECT g.name, g.vartype, g.unit, g.source, g.pending_restart, g.boot_val,
             -- What pgvigil's session sets for itself hides the server's value.
             CASE g.source WHEN 'session' THEN g.reset_val ELSE g.setting END AS value
      FROM pg_catalog.pg_settings AS g) AS s
WHERE s.pending_restart
   OR s.value IS DISTINCT FROM s.boot_val
      AND (s.source IN ('environment variable', 'configuration file', 'command line', 'global')
           OR s.source = 'session'
              AND NOT EXISTS (
                  SELECT FROM pg_catalog.pg_db_role_setting AS r
                  CROSS JOIN pg_catalog.unnest(r.setconfig) AS c (entry)
                  WHERE (r.setrole = pg_catalog.to_regrole(pg_catalog.quote_ident(session_user)) AND r.setdatabase = 0
                         OR r.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
                            AND r.setrole IN (0, pg_catalog.to_regrole(pg_catalog.quote_ident(session_user))))
                    AND pg_catalog.lower(pg_catalog.split_part(c.entry, '=', 1)) = pg_catalog.lower(s.name)))
ORDER BY s.pending_restart DESC, s.name
