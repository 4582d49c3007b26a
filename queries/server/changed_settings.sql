-- about: Settings that differ from what PostgreSQL has built in, or wait for a restart, as labels of series that are
--    always 1. Words are not shown, since they may hold passwords (primary_conninfo, archive_command). What was set for
--    pgvigil's role, database or session alone is left out, also where it hides a value of the file.
-- interval: 10m
-- timeout: 2s
-- limit: 500 series
-- label name: Name of the setting.
-- label setting: Its value, in `unit`; empty if it is a word.
-- label unit: Unit of the value, such as 8kB or ms; empty if none.
-- label source: Where the value comes from, such as configuration file.
-- label pending_restart: true if the file says something else by now, which a restart will bring.
-- gauge pg_settings_changed: Always 1; the labels are the setting.
-- sql:
SELECT name,
       CASE WHEN vartype <> 'string' THEN setting END AS setting,
       unit, source, pending_restart,
       1 AS pg_settings_changed
FROM pg_catalog.pg_settings
WHERE pending_restart
   OR setting IS DISTINCT FROM boot_val
      AND source IN ('environment variable', 'configuration file', 'command line', 'global')
ORDER BY pending_restart DESC, name
