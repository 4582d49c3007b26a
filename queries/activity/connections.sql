-- about: How many connections are used, and how many there are. What counts against max_connections is client sessions
--    alone: walsenders (since 12), autovacuum workers and background workers have slots of their own. When used reaches
--    max minus reserved, ordinary users are refused.
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 5 series
-- gauge pg_connections_used: Client connections, pgvigil's own included.
-- gauge pg_connections_max: The setting max_connections.
-- gauge pg_connections_reserved: Of the maximum, how many ordinary users cannot have (superuser_reserved_connections
--    and, from 16 on, reserved_connections).
-- sql:
SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend') AS pg_connections_used,
       pg_catalog.current_setting('max_connections')::integer AS pg_connections_max,
       pg_catalog.current_setting('superuser_reserved_connections')::integer
           + coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::integer AS pg_connections_reserved
