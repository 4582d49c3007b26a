-- about: What this server is, as labels of one series that is always 1, to be joined to the others by `server`.
-- interval: 1m
-- timeout: 2s
-- limit: 1 series
-- label version: Major and minor version, such as 17.4, without what a distributor adds.
-- label version_num: The version as a number that sorts, such as 170004 (server_version_num).
-- label system_identifier: Given by initdb; a primary and all of its standbys share it (pg_control_system).
-- label cluster_name: The setting cluster_name.
-- gauge pg_server_info: Always 1; the labels say what the server is.
-- sql:
SELECT pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) AS version,
       pg_catalog.current_setting('server_version_num') AS version_num,
       s.system_identifier::text AS system_identifier,
       pg_catalog.current_setting('cluster_name') AS cluster_name,
       1 AS pg_server_info
FROM pg_catalog.pg_control_system() AS s
