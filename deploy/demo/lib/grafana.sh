# shellcheck shell=bash
# Grafana with the boards, where its server is installed; there is no package of it in Debian.

# find_grafana: sets GRAFANA to the program, or fails.
find_grafana() {
  GRAFANA=$(command -v grafana grafana-server /usr/share/grafana/bin/grafana | head -n 1)
  [[ $GRAFANA ]]
}

run_grafana() {
  local home command=("$GRAFANA")
  home=$(dirname "$(dirname "$(readlink -f "$GRAFANA")")")
  [[ -d $home/public ]] || home=/usr/share/grafana
  [[ ${GRAFANA##*/} == grafana-server ]] || command+=(server)
  pick_port GRAFANA_PORT 3000
  GRAFANA_URL=http://127.0.0.1:$GRAFANA_PORT
  start grafana env PROMETHEUS_URL="$PROMETHEUS_URL" PGVIGIL_DASHBOARDS="$ROOT/dashboards" \
    GF_SERVER_HTTP_ADDR=127.0.0.1 GF_SERVER_HTTP_PORT="$GRAFANA_PORT" \
    GF_PATHS_DATA="$RUN/grafana" GF_PATHS_LOGS="$RUN/log" GF_PATHS_PLUGINS="$RUN/grafana/plugins" \
    GF_PATHS_PROVISIONING="$ROOT/deploy/grafana/provisioning" \
    GF_AUTH_ANONYMOUS_ENABLED=true GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer \
    GF_ANALYTICS_REPORTING_ENABLED=false GF_ANALYTICS_CHECK_FOR_UPDATES=false \
    "${command[@]}" --homepath "$home"
  await_service grafana curl -fsS "$GRAFANA_URL/api/health"
}
