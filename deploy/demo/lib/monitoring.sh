# shellcheck shell=bash
# pgvigil, and what stands behind it in production.

run_pgvigil() { # PRIMARY_PORT STANDBY_PORT PGBOUNCER_PORT
  pick_port PGVIGIL_PORT 9187
  PGVIGIL_URL=http://127.0.0.1:$PGVIGIL_PORT
  cat >"$RUN/pgvigil.yml" <<END
listen: 127.0.0.1:$PGVIGIL_PORT
servers:
  - name: shop-primary
    url: postgres://pgvigil@127.0.0.1:$1/postgres
    password_file: $RUN/password
    labels: { cluster: shop }
  - name: shop-standby
    url: postgres://pgvigil@127.0.0.1:$2/postgres
    password_file: $RUN/password
    labels: { cluster: shop }
pgbouncers:
  - name: shop-pool
    url: postgres:///pgbouncer?host=$RUN/pg&port=$3&user=pgvigil
    labels: { cluster: shop }
END
  "$PGVIGIL" check --config "$RUN/pgvigil.yml" || return
  start pgvigil "$PGVIGIL" serve --config "$RUN/pgvigil.yml"
  # Ready once each server was tried once.
  await_service pgvigil curl -fsS "$PGVIGIL_URL/-/ready"
}

# Debian's Alertmanager insists on templates in a folder below /usr/share, where an unpacked package cannot have them. A
# copy of the program looks for them below its working directory: another path, of the same length, since that is how a
# string can be replaced in a binary.
run_alertmanager() {
  local path=/usr/share/prometheus/alertmanager relative=./././././/prometheus/alertmanager
  pick_port ALERTMANAGER_PORT 9093
  ALERTMANAGER_URL=http://127.0.0.1:$ALERTMANAGER_PORT
  LC_ALL=C sed "s|$path|$relative|g" "$(command -v alertmanager)" >"$RUN/alertmanager" || return
  chmod +x "$RUN/alertmanager"
  start alertmanager env --chdir="$SERVERS/tools/bookworm/usr/share" \
    "$RUN/alertmanager" --config.file="$HERE/alertmanager.yml" --storage.path="$RUN/alertmanager.data" \
    --web.listen-address="127.0.0.1:$ALERTMANAGER_PORT" --cluster.listen-address=
  await_service alertmanager curl -fsS "$ALERTMANAGER_URL/-/ready"
}

# The scrape configuration as it is documented, with the ports and the folder of this run; and scraped more often, since
# nobody watches a demonstration for long.
run_prometheus() {
  pick_port PROMETHEUS_PORT 9090
  PROMETHEUS_URL=http://127.0.0.1:$PROMETHEUS_PORT
  mkdir "$RUN/rules"
  cp "$HERE/watchdog.yml" "$ROOT"/alerts/*.yml "$RUN/rules/" || return
  sed -e "s/127.0.0.1:9187/127.0.0.1:$PGVIGIL_PORT/; s/127.0.0.1:9093/127.0.0.1:$ALERTMANAGER_PORT/" \
    -e "s|/etc/prometheus/pgvigil|$RUN/rules|; s/interval: 15s/interval: 5s/; s/timeout: 10s/timeout: 4s/" \
    "$ROOT/deploy/prometheus/prometheus.yml" >"$RUN/prometheus.yml"
  promtool check config "$RUN/prometheus.yml" || return
  # An alert that fires before Prometheus has found its Alertmanager is lost; the next try would come after a minute.
  start prometheus prometheus --rules.alert.resend-delay=5s --log.level=warn \
    --config.file="$RUN/prometheus.yml" --storage.tsdb.path="$RUN/prometheus" \
    --web.listen-address="127.0.0.1:$PROMETHEUS_PORT" \
    --web.local-assets="$SERVERS/tools/bookworm/usr/share/prometheus/web/"
  await_service prometheus curl -fsS "$PROMETHEUS_URL/-/ready"
}

# Debian keeps the JavaScript of Prometheus' pages in packages of their own, beside which they are unpacked. Nothing but
# the look of those pages depends on them.
prometheus_pages() {
  local shared=$SERVERS/tools/bookworm package
  for package in libjs-jquery libjs-bootstrap4 libjs-popper.js libjs-d3 libjs-rickshaw libjs-moment libjs-moment-timezone \
    libjs-mustache libjs-jquery-hotkeys libjs-eonasdan-bootstrap-datetimepicker fonts-glyphicons-halflings; do
    [[ -e $shared/usr/share/doc/$package ]] || "$ROOT/tests/servers/debian.sh" "$package/bookworm" "$shared"
  done
}
