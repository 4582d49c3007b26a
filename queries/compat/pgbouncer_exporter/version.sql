-- about: pgbouncer_exporter's series of the version; see pgbouncer/info.
-- scope: pgbouncer
-- enabled: no
-- interval: 1m
-- limit: 1 series
-- label version = version: What SHOW VERSION says, for instance PgBouncer 1.18.0.
-- gauge pgbouncer_version_info = 1: Always 1; the label tells.
-- sql:
SHOW VERSION
