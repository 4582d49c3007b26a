-- about: A console query that needs what only a PostgreSQL server has.
-- scope: pgbouncer
-- role: primary
-- needs: superuser
-- interval: 10s
-- limit: 10 series
-- gauge own_active = cl_active: Clients.
-- sql:
SHOW POOLS
