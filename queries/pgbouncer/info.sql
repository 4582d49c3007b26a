-- about: Which PgBouncer this is.
-- detail: yes
-- scope: pgbouncer
-- interval: 1m
-- limit: 1 series
-- label version = version: What SHOW VERSION says, for instance PgBouncer 1.18.0.
-- gauge pgbouncer_info = 1: Always 1; the labels tell.
-- sql:
SHOW VERSION
