-- about: A console query that would stop PgBouncer.
-- scope: pgbouncer
-- interval: 10s
-- limit: 10 series
-- gauge own_paused = 1: It is.
-- sql:
PAUSE orders
