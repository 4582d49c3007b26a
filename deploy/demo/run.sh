#!/usr/bin/env bash
# pgvigil at work, on this machine alone: a PostgreSQL primary and its streaming standby under a workload, a PgBouncer,
# pgvigil, Prometheus and Alertmanager. Ctrl-C ends it all and leaves nothing behind; incident.sh makes faults to look at.
#
#   run.sh              runs until Ctrl-C
#   run.sh --check      proves in about two minutes that the chain works; exits with 0 or 1
#   run.sh --watch 1h   runs for so long and exits with 1 if any alert has fired, since none should
#   run.sh --major 15   another PostgreSQL (13 to 18; 18 by default)
#   run.sh --memory     keeps its data in memory, where the disk is nearly full or slow and alerts would say so
#   run.sh --keep       keeps the folder with data and logs at the end
#
# Needs Linux on x86_64, cargo, curl and, for what is missing, Debian's apt. Downloads go to one cache folder; see
# tests/servers/install.sh. Run as root, the servers run as user postgres.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
source "$HERE/lib/term.sh"
source "$HERE/lib/process.sh"
source "$HERE/lib/postgres.sh"
source "$HERE/lib/pgbouncer.sh"
source "$HERE/lib/workload.sh"
source "$HERE/lib/monitoring.sh"
source "$HERE/lib/grafana.sh"
source "$HERE/lib/watch.sh"
source "$HERE/lib/check.sh"

usage() { sed -n '2,/^# shellcheck/{/shellcheck/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

MODE=show MAJOR=18 KEEP='' DURATION='' PLACE=/tmp
while (($#)); do
  case $1 in
    --check) MODE=check ;;
    --watch)
      MODE=watch DURATION=${2:-}
      [[ $DURATION =~ ^[0-9]+[smh]?$ ]] || { usage >&2 && exit 2; }
      shift
      ;;
    --major) MAJOR=${2:?--major needs a number} && shift ;;
    --memory) PLACE=/dev/shm ;;
    --keep) KEEP=yes ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

main() {
  local tool
  for tool in cargo curl setpriv; do
    command -v "$tool" >/dev/null || fail "$tool is missing"
  done
  workspace "$PLACE/pgvigil-demo"

  title 'Preparing'
  step 'what is missing on this machine' "$ROOT/tests/servers/install.sh"
  SERVERS=$("$ROOT/tests/servers/install.sh" --print)
  PATH=$PATH:$SERVERS/tools/bin
  [[ -x $SERVERS/$MAJOR/bin/postgres ]] || fail "there is no PostgreSQL $MAJOR in $SERVERS"
  step 'pgvigil, built for release: minutes the first time' cargo build --release --locked --manifest-path "$ROOT/Cargo.toml"
  PGVIGIL=${CARGO_TARGET_DIR:-$ROOT/target}/release/pgvigil
  [[ $MODE != show ]] || prometheus_pages &>/dev/null || say '  (Prometheus will have plain pages)'

  title 'Starting'
  step "PostgreSQL $MAJOR, primary and standby" start_cluster
  step PgBouncer run_pgbouncer "$PRIMARY_PORT"
  step 'the workload' run_workload "$PRIMARY_PORT" "$STANDBY_PORT" "$PGBOUNCER_PORT"
  step pgvigil run_pgvigil "$PRIMARY_PORT" "$STANDBY_PORT" "$PGBOUNCER_PORT"
  step Alertmanager run_alertmanager
  step Prometheus run_prometheus
  ! find_grafana || step Grafana run_grafana

  introduce
  case $MODE in
    check) check_chain ;;
    watch) watch_workload "$DURATION" ;;
    show)
      where_to_look
      while sleep 1; do report_ended; done
      ;;
  esac
}

# What incident.sh has to know.
introduce() {
  cat >"$RUN/demo.env" <<END
RUN=$RUN
PRIMARY_PORT=$PRIMARY_PORT PRIMARY_PID=${PID[shop-primary]}
STANDBY_PORT=$STANDBY_PORT STANDBY_PID=${PID[shop-standby]}
PGBOUNCER_PORT=$PGBOUNCER_PORT
PATH=\$PATH:$SERVERS/tools/bin
END
}

start_cluster() {
  pick_port PRIMARY_PORT 15432
  pick_port STANDBY_PORT 15433
  init_primary shop-primary "$PRIMARY_PORT" <<'END' &&
shared_buffers = '64MB'
max_connections = 100
max_wal_size = '256MB'
archive_mode = on
archive_command = 'true'
track_io_timing = on
log_lock_waits = on
END
    run_server shop-primary "$PRIMARY_PORT" &&
    create_workload "$PRIMARY_PORT" &&
    monitoring_role "$PRIMARY_PORT" &&
    stop shop-primary INT &&
    copy_standby shop-primary shop-standby "$STANDBY_PORT" "$PRIMARY_PORT" &&
    run_server shop-primary "$PRIMARY_PORT" &&
    psql_on "$PRIMARY_PORT" postgres -c "select pg_create_physical_replication_slot('shop_standby', true)" &&
    run_server shop-standby "$STANDBY_PORT"
}

where_to_look() {
  local graph="$PROMETHEUS_URL/graph?g0.tab=0&g0.range_input=15m&g0.expr"
  title 'Look at'
  cat <<END
  pgvigil       $PGVIGIL_URL/
                $PGVIGIL_URL/metrics
  Prometheus    $PROMETHEUS_URL/targets
                $graph=pg_stat_replication_lag_bytes
                $graph=pg_blocked_backends
                $graph=sum+by+(datname)+(rate(pg_stat_database_xact_commit_total[1m]))
                $graph=pg_stat_activity_max_tx_seconds
  Alertmanager  $ALERTMANAGER_URL/api/v2/alerts
  Grafana       ${GRAFANA_URL:-not installed here; its boards are in $ROOT/dashboards}
  PostgreSQL    psql -h $RUN/pg -p $PRIMARY_PORT -U postgres     (standby: -p $STANDBY_PORT)

  ${DIM}Make something go wrong and see:        $HERE/incident.sh
  Stop the standby for good:              kill -QUIT ${PID[shop-standby]}
  Logs, data and configuration:           $RUN${RESET}

  ${BOLD}Ctrl-C ends it all.$RESET
END
}

main
