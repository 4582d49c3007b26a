#!/usr/bin/env bash
# How much pgvigil costs, and how fast it answers, beside other exporters on the same server. Prints a Markdown table.
#
#   run.sh                       the figures to quote: about half an hour
#   run.sh --quick               about four minutes, to see whether a change was for the better
#   run.sh --with-pg-exporter    measures the crate pg_exporter too, which is built first
#   run.sh --keep                keeps the folder with data, logs and measured.json at the end
#
# Needs what deploy/demo/run.sh needs, and python3. Leave the machine alone while it runs.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
source "$HERE/../../deploy/demo/lib/term.sh"
source "$HERE/../../deploy/demo/lib/process.sh"
source "$HERE/../../deploy/demo/lib/postgres.sh"
source "$HERE/lib/dataset.sh"
source "$HERE/lib/exporters.sh"

usage() { sed -n '2,/^# shellcheck/{/shellcheck/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

MAJOR=18 PG_EXPORTER_VERSION=0.22.2
QUICK=false WITH_PG_EXPORTER='' KEEP=''
ROUNDS=3 SCRAPES=12 SCRAPE_SECONDS=20 MEMORY_SCRAPES=50 WINDOW=300 BASELINE=60
while (($#)); do
  case $1 in
    --quick) QUICK=true ROUNDS=1 SCRAPES=4 SCRAPE_SECONDS=10 MEMORY_SCRAPES=12 WINDOW=45 BASELINE=10 ;;
    --with-pg-exporter) WITH_PG_EXPORTER=yes ;;
    --keep) KEEP=yes ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

# Progress goes to standard error, so that the table alone can be sent to a file.
main() {
  workspace /tmp/pgvigil-bench
  {
    title 'Preparing'
    step 'what is missing on this machine' "$ROOT/tests/servers/install.sh"
    SERVERS=$("$ROOT/tests/servers/install.sh" --print)
    CACHE=$(dirname "$SERVERS")/bench
    PATH=$PATH:$SERVERS/tools/bin
    step 'pgvigil, built for release: minutes the first time' cargo build --release --locked --manifest-path "$ROOT/Cargo.toml"
    # A copy, so that a build in the meantime does not change what is measured.
    PGVIGIL=$RUN/pgvigil
    cp "${CARGO_TARGET_DIR:-$ROOT/target}/release/pgvigil" "$PGVIGIL"
    step postgres_exporter get_postgres_exporter
    [[ $WITH_PG_EXPORTER != yes ]] || step pg_exporter get_pg_exporter

    step "$(describe_dataset)" start_everything
    pick_port PGVIGIL_PORT 19187
    pick_port OTHER_PORT 19188
    write_pgvigil_config "$SERVER_PORT"
    write_plan "$SERVER_PORT"
    title 'Measuring'
  } >&2
  start_measuring
}

start_everything() {
  pick_port SERVER_PORT 15432
  init_primary bench "$SERVER_PORT" <<'END' &&
shared_buffers = '512MB'
max_connections = 500
max_locks_per_transaction = 256
pg_stat_statements.max = 10000
# Nothing changes while it is measured, and what the server does by itself would only be noise.
autovacuum = off
checkpoint_timeout = '1h'
max_wal_size = '8GB'
END
    run_server bench "$SERVER_PORT" &&
    monitoring_role "$SERVER_PORT" &&
    others_role "$SERVER_PORT" &&
    create_dataset "$SERVER_PORT" &&
    start_idle "$SERVER_PORT"
}

# In the background, so that a signal reaches this script's trap at once.
start_measuring() {
  setpriv --pdeathsig TERM python3 -B "$HERE/measure.py" "$RUN/plan.json" &
  register measure TERM
  if wait "${PID[measure]}"; then
    return
  fi
  rm -f "$RUN"/log/{idle-*,step}.log
  tail -n 5 "$RUN"/log/*.log >&2
  fail 'the measurement failed; the last lines of the logs stand above'
}

main
