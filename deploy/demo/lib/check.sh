# shellcheck shell=bash
# Proves that the chain works: each link is asked at the end that its user sees.

FAILED=0

# verify WHAT SECONDS COMMAND...: one line of the list; the command is polled until it succeeds or time is up.
verify() {
  local what=$1 limit=$2 began=$SECONDS
  shift 2
  if await "$limit" "$@"; then
    printf '  %sok%s    %s %s%s%s\n' "$GREEN" "$RESET" "$what" "$DIM" "$(elapsed $((SECONDS - began)))" "$RESET"
  else
    printf '  %sFAIL%s  %s (waited %d s)\n' "$RED" "$RESET" "$what" "$limit"
    # What was asked and what the last attempt said are the best hints there are.
    { say "$*" && "$@" 2>&1 | tail -n 5; } | sed 's/^/        /' || true
    FAILED=$((FAILED + 1))
  fi
}

check_chain() {
  title 'Checks'
  verify 'the page of pgvigil passes promtool check metrics' 10 page_is_valid
  verify 'Prometheus scrapes it: up is 1' 30 holds 'up{job="pgvigil"} == 1'
  verify 'pg_up is 1 for both servers' 30 holds 'count(pg_up{server=~"shop-primary|shop-standby"} == 1) == 2'
  verify 'pg_login_up is 1 for both servers' 30 holds 'count(pg_login_up{server=~"shop-primary|shop-standby"} == 1) == 2'
  verify 'each server knows what it is' 30 \
    holds 'pg_in_recovery{server="shop-primary"} == 0 and on() pg_in_recovery{server="shop-standby"} == 1'
  verify 'lag of the standby, as the primary sees it' 30 holds 'pg_stat_replication_lag_bytes{server="shop-primary"} >= 0'
  verify 'lag of the standby, as it sees it itself' 30 holds 'pg_replication_lag_seconds{server="shop-standby"} >= 0'
  verify 'tables of every database' 60 \
    holds 'count(count by (datname) (pg_stat_user_tables_n_live_tup{server="shop-primary",datname=~"shop|billing|inventory"})) == 3'
  # A statement's own counter moves about a minute after it has come among the ranked ones.
  verify 'statements of the workload' 180 holds 'sum by (datname) (pg_stat_statements_calls_total{datname="shop"}) > 0'
  verify 'sessions that block one another' 60 holds 'max_over_time(pg_blocked_backends{server="shop-primary"}[2m]) > 0'
  verify 'Prometheus follows the rules' 30 holds 'server:connections_used:ratio{server="shop-primary"} > 0'
  verify 'pools of PgBouncer' 30 holds 'pgbouncer_pools_cl_active{server="shop-pool",database="shop"} > 0'
  verify 'no query of pgvigil failed' 5 holds '(sum(pgvigil_query_errors_total) or vector(0)) == 0'
  verify 'an alert travels from Prometheus to Alertmanager' 30 arrived alertname=DemoWatchdog
  verify 'no other alert has fired' 1 no_alert_fired

  title 'The standby is stopped'
  stop shop-standby
  verify 'pg_up of the standby is 0' 45 holds 'pg_up{server="shop-standby"} == 0'
  verify 'pg_up of the primary is still 1' 5 holds 'pg_up{server="shop-primary"} == 1'
  verify 'the scrape still succeeds: up is 1' 5 holds 'up{job="pgvigil"} == 1'
  # The rule waits for a minute, as it does for everybody.
  verify 'the alert that it is down arrives at Alertmanager' 120 arrived alertname=PostgresDown server=shop-standby

  if ((FAILED > 0)); then
    title "$FAILED of the checks failed."
    return 1
  fi
  title 'All checks passed.'
}

# holds EXPRESSION: Prometheus has a result for it. A comparison in PromQL is a filter, so a false one is an empty answer.
holds() { promtool query instant "$PROMETHEUS_URL" "$1" | grep .; }

# What promtool says beyond this is a fault. The names that end in _count are what they are everywhere else, and older than
# the habit of keeping that ending for histograms.
page_is_valid() {
  curl -fsS "$PGVIGIL_URL/metrics" >"$RUN/page" || return
  ! promtool check metrics <"$RUN/page" 2>&1 | grep -v 'should not have "_count" suffix'
}

# arrived MATCHER...: Alertmanager has such an alert.
arrived() { amtool --alertmanager.url="$ALERTMANAGER_URL" --output=json alert query "$@" | grep alertname; }
