-- about: Extensions of each database. After an upgrade of the server or of a package the files are newer than what the
--    database has, until ALTER EXTENSION ... UPDATE.
-- scope: database
-- interval: 1h
-- timeout: 10s
-- limit: 200 series
-- rows: 2 a database
-- label extname: The extension.
-- label extversion: Its version in this database.
-- label default_version: The version that the server's files offer; empty if the files are gone.
-- gauge pg_extension_update_available: 1 if the files offer another version than the database has; absent if the files
--    are gone.
-- sql:
SELECT e.extname, e.extversion, f.default_version,
       f.default_version <> e.extversion AS pg_extension_update_available
FROM pg_catalog.pg_extension AS e
-- The function reads the control file of every extension that could be installed.
LEFT JOIN pg_catalog.pg_available_extensions() AS f ON f.name = e.extname
ORDER BY f.default_version <> e.extversion DESC NULLS LAST, e.extname
