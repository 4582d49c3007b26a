# shellcheck shell=bash
# A small shop that gives every query something to tell, and no alert a reason: incident.sh makes those. Each client is a pgbench under the name of an application, so it
# ends when its server does.

# Who connects to what: the owner of each database is the application's role.
WORKLOAD_DATABASES=(shop:checkout billing:accounting inventory:warehouse)

# create_workload PORT
create_workload() {
  local pair database role
  for pair in "${WORKLOAD_DATABASES[@]}"; do
    database=${pair%:*} role=${pair#*:}
    psql_on "$1" postgres -c "create role $role login" -c "create database $database owner $role" || return
    pgbench -i -q -s 5 -h "$RUN/pg" -p "$1" -U "$role" "$database" || return
  done
  psql_on "$1" billing -f "$HERE/workload/billing.sql" || return
}

# run_workload PRIMARY_PORT STANDBY_PORT PGBOUNCER_PORT
run_workload() {
  client checkout "$3" checkout shop -b tpcb-like -c 4 -R 40
  client warehouse-scanner "$1" warehouse inventory -b simple-update -c 2 -R 20
  client invoicing "$1" accounting billing -f "$HERE/workload/row-locks.sql" -c 4
  client month-end "$1" accounting billing -f "$HERE/workload/long-transaction.sql" -c 1
  client admin-console "$1" accounting billing -f "$HERE/workload/idle.sql" -c 4
  client reports "$2" checkout shop -f "$HERE/workload/report.sql" -b select-only -c 2 -R 10
}

# client APPLICATION PORT ROLE DATABASE OPTION...
client() {
  local application=$1 port=$2 role=$3 database=$4
  shift 4
  # -n: the tables are not all pgbench's. -T: as long as the demonstration lives.
  start "$application" env PGAPPNAME="$application" \
    pgbench -h "$RUN/pg" -p "$port" -U "$role" -n -T 1000000 "$@" "$database"
}
