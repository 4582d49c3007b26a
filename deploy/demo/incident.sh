#!/usr/bin/env bash
# Something goes wrong in the demonstration that runs: in another terminal, until Ctrl-C mends it.
#
#   incident.sh deadlocks             PostgresDeadlocks, at once
#   incident.sh blocking              PostgresLockPileup after a minute, PostgresBlockedSessions after two
#   incident.sh idle-in-transaction   PostgresIdleInTransaction after 11 minutes
#   incident.sh long-query            PostgresLongQueries after two minutes
#   incident.sh slow-statements       PostgresSlowQueries after some 12 minutes
#   incident.sh connections           PostgresConnectionsHigh, the worse one after a minute
#   incident.sh full-pool             PgBouncerClientsWaiting after a minute
#   incident.sh paused-replay         PostgresReplicaLagHigh, PostgresStaleReads after a minute
#   incident.sh hung-primary          PostgresDown after a minute: its processes stand still
#   incident.sh hung-standby          the same
#   incident.sh failing-archive       PostgresWalArchiveFailing after five minutes
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$HERE/lib/term.sh"

usage() { sed -n '2,/^# shellcheck/{/shellcheck/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

# As its sessions call themselves.
export PGAPPNAME=incident

main() {
  local name=${1:-} known
  known=$(usage | sed -n 's/^  incident.sh \([a-z-]*\) .*/\1/p')
  grep -qxF -e "$name" <<<"$known" || { usage >&2 && exit 2; }
  find_demo
  trap 'exit 0' INT TERM HUP
  trap mend EXIT
  MEND=()
  "${name//-/_}"
  say "$name: until Ctrl-C"
  sleep infinity &
  wait
}

# The last one that was started, by what it has written down of itself.
find_demo() {
  local file
  file=$(find /tmp /dev/shm -maxdepth 2 -path '*/pgvigil-demo.*/demo.env' -printf '%T@ %p\n' 2>/dev/null | sort -rn | head -n 1) || true
  file=${file#* }
  [[ $file ]] || fail 'no demonstration runs: deploy/demo/run.sh'
  # shellcheck source=/dev/null
  source "$file"
}

mend() {
  trap '' INT TERM HUP
  local command
  for command in "${MEND[@]}"; do $command; done
  on_primary billing -c "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'incident' and pid <> pg_backend_pid()" >/dev/null || true
  kill $(jobs -p) 2>/dev/null || true
  say 'mended'
}

on_primary() { psql -X -q -h "$RUN/pg" -p "$PRIMARY_PORT" -U postgres -d "$@"; }
on_standby() { psql -X -q -h "$RUN/pg" -p "$STANDBY_PORT" -U postgres -d "$@"; }

# clients FILE OPTION...: of the accounting department.
clients() {
  pgbench -h "$RUN/pg" -p "$PRIMARY_PORT" -U accounting -n -T 1000000 -f "$HERE/$1" "${@:2}" billing &>/dev/null </dev/null &
}

deadlocks() { clients incidents/deadlocks.sql -c 5 --max-tries 1000; }
slow_statements() { clients incidents/slow-statements.sql -c 30; }
# With those that are there, more than 90 of 100, and not one too many: pgbench would give up.
connections() { clients workload/idle.sql -c 75; }

# A session that holds what it has, for as long as its input is open.
hold() { { say "$2" && exec sleep infinity; } | on_primary "$1" &>/dev/null & }

blocking() {
  hold billing 'begin; lock table invoice;'
  clients workload/row-locks.sql -c 24
}
idle_in_transaction() { hold billing 'begin; update invoice set amount = amount where id = 700;'; }
long_query() { hold billing 'select pg_sleep(100000);'; }

full_pool() {
  pgbench -h "$RUN/pg" -p "$PGBOUNCER_PORT" -U checkout -n -T 1000000 -f "$HERE/incidents/full-pool.sql" -c 40 shop &>/dev/null </dev/null &
}

paused_replay() {
  on_standby postgres -c 'select pg_wal_replay_pause()' >/dev/null
  MEND+=(resume_replay)
}
resume_replay() { on_standby postgres -c 'select pg_wal_replay_resume()' >/dev/null; }

hung_primary() { hang "$PRIMARY_PID"; }
hung_standby() { hang "$STANDBY_PID"; }
hang() {
  # The postmaster first, so that it makes no child in between.
  kill -STOP "$1"
  HUNG=("$1" $(ps -o pid= --ppid "$1"))
  MEND+=(continue_processes)
  kill -STOP "${HUNG[@]}"
}
continue_processes() { kill -CONT "${HUNG[@]}"; }

failing_archive() {
  MEND+=(mend_archive)
  on_primary postgres -c "alter system set archive_command = 'false'" -c 'select pg_reload_conf()' -c 'select pg_switch_wal()' >/dev/null
}
mend_archive() {
  on_primary postgres -c 'alter system reset archive_command' -c 'select pg_reload_conf()' -c 'select pg_switch_wal()' >/dev/null
}

main "$@"
