-- about: pgbouncer_exporter's name for the limit of clients; see pgbouncer/config, which has its other metric of settings.
-- scope: pgbouncer
-- enabled: no
-- interval: 1m
-- limit: 5 series
-- gauge pgbouncer_config_max_client_connections = value where key = max_client_conn: Client connections in all, the console's included.
-- sql:
SHOW CONFIG
