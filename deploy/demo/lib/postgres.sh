# shellcheck shell=bash
# Throwaway PostgreSQL servers. Administration goes through a Unix socket in a folder of our own, trusted; TCP listens on
# the loopback only and asks for a password, since other people may have accounts on this machine.

as_server_user() { setpriv "${SERVER_USER[@]}" "$@"; }

# psql_on PORT DATABASE ARGUMENT...
psql_on() {
  local port=$1 database=$2
  shift 2
  PGOPTIONS='--client-min-messages=warning' \
    psql -X -q -v ON_ERROR_STOP=1 -h "$RUN/pg" -p "$port" -U postgres -d "$database" "$@"
}

# init_primary NAME PORT: makes $RUN/pg/NAME. Settings on standard input are added to postgresql.conf.
init_primary() {
  local data=$RUN/pg/$1
  as_server_user "$SERVERS/$MAJOR/bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
  # Those of the caller first: where both name a setting, the last one holds.
  {
    cat
    cat <<END
port = $2
listen_addresses = '127.0.0.1'
unix_socket_directories = '$RUN/pg'
fsync = off
password_encryption = 'scram-sha-256'
shared_preload_libraries = 'pg_stat_statements'
END
  } >>"$data/postgresql.conf"
  cat >"$data/pg_hba.conf" <<END
local all,replication all trust
host all all 127.0.0.1/32 scram-sha-256
END
}

# copy_standby PRIMARY NAME PORT PRIMARY_PORT: a cold copy of a stopped primary, made into its standby.
copy_standby() {
  local data=$RUN/pg/$2
  as_server_user cp -a "$RUN/pg/$1" "$data"
  as_server_user touch "$data/standby.signal"
  cat >>"$data/postgresql.conf" <<END
port = $3
primary_conninfo = 'host=$RUN/pg port=$4 user=postgres application_name=$2'
primary_slot_name = '${2//-/_}'
hot_standby_feedback = on
END
}

# run_server NAME PORT: starts it and waits until it answers.
run_server() {
  # Its immediate shutdown: nobody will ask for this data again, and it takes the server's own children with it.
  start_server "$1" QUIT "$SERVERS/$MAJOR/bin/postgres" -D "$RUN/pg/$1"
  await_service "$1" psql_on "$2" postgres -c 'select 1'
}

# monitoring_role PORT: the role that the project ships, with a password of its own in $RUN/password.
monitoring_role() {
  local password
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077 && printf '%s\n' "$password" >"$RUN/password")
  psql_on "$1" postgres -v statements=on -f "$ROOT/deploy/sql/role.sql" || return
  psql_on "$1" postgres <<<"alter role pgvigil password '$password'"
}
