-- about: postgres_exporter's series of the server's version, which dashboards show; see server/info.
-- enabled: no
-- interval: 1m
-- timeout: 2s
-- limit: 1 series
-- label version: What version() says, with compiler and platform.
-- label short_version: The version in three parts, such as 16.4.0.
-- gauge pg_static: Always 1; the labels are the version.
-- sql:
SELECT pg_catalog.version() AS version,
       -- Since 10 a version has two parts, major * 10000 + minor.
       (v.num / 10000) || '.' || (v.num % 10000) || '.0' AS short_version,
       1 AS pg_static
FROM pg_catalog.current_setting('server_version_num') AS s (text)
CROSS JOIN LATERAL (SELECT s.text::integer) AS v (num)
