# shellcheck shell=bash
# A PgBouncer in front of one database, in transaction mode. It listens on a socket in the servers' folder, where nobody else
# may go, and so asks nobody for a password.

run_pgbouncer() { # PRIMARY_PORT
  pick_port PGBOUNCER_PORT 6432
  cat >"$RUN/pgbouncer.ini" <<END
[databases]
shop = host=$RUN/pg port=$1
[pgbouncer]
listen_addr =
listen_port = $PGBOUNCER_PORT
unix_socket_dir = $RUN/pg
auth_type = trust
auth_file = $RUN/pgbouncer.users
admin_users = postgres
stats_users = pgvigil
pool_mode = transaction
default_pool_size = 10
# psql_on sets some.
ignore_startup_parameters = options
max_client_conn = 100
END
  printf '"%s" ""\n' postgres pgvigil checkout >"$RUN/pgbouncer.users"
  start_server pgbouncer TERM pgbouncer "$RUN/pgbouncer.ini"
  await_service pgbouncer psql_on "$PGBOUNCER_PORT" pgbouncer -c 'show version'
}
