# shellcheck shell=bash
# Whether any alert has fired but the one that always does.

ALARMS='last_over_time(ALERTS{alertstate="firing",alertname!="DemoWatchdog"}[1d])'

# no_alert_fired: since Prometheus was started; else false, and each of them with its labels on standard output.
no_alert_fired() {
  local alarms
  alarms=$(promtool query instant "$PROMETHEUS_URL" "$ALARMS") || return
  [[ -z $alarms ]] || { say "$alarms" && return 1; }
}

# watch_workload DURATION: in seconds, or with s, m or h after the number.
watch_workload() {
  local duration=$1 rest=${1%[smh]} unit
  case $duration in *m) unit=60 ;; *h) unit=3600 ;; *) unit=1 ;; esac
  local deadline=$((SECONDS + rest * unit))
  title "The workload runs for $duration, and no alert should fire"
  while ((SECONDS < deadline)); do
    sleep 1
    [[ -z $(report_ended) ]] || fail "$(report_ended)"
  done
  if no_alert_fired >"$RUN/alarms"; then
    title 'None has fired.'
  else
    sed 's/^/  /' "$RUN/alarms"
    title 'These have fired.'
    return 1
  fi
}
