#!/bin/sh
# The programs that stand around PostgreSQL in the tests, unpacked into a folder of their own. Called by install.sh.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${1:?FOLDER}

say() { echo "tools.sh: $*" >&2; }

mkdir -p "$tools/bin"

# link SUITE PACKAGE NAME=PATH...: unpacks the package and gives its programs a name in tools/bin
link() {
    suite=$1
    package=$2
    shift 2
    say "$package of $suite"
    "$here/debian.sh" "$package/$suite" "$tools/$suite" || return 1
    for pair; do
        ln -sf "../$suite/${pair#*=}" "$tools/bin/${pair%%=*}"
    done
}

# Debian 12's, the oldest that pgvigil is tested with.
link bookworm prometheus prometheus=usr/bin/prometheus promtool=usr/bin/promtool
link bookworm prometheus-alertmanager alertmanager=usr/bin/prometheus-alertmanager amtool=usr/bin/amtool
link bookworm pgbouncer pgbouncer.real=usr/sbin/pgbouncer
# A clock for a server that tests can move on, and the usual exporter of machines.
link bookworm libfaketime
link bookworm prometheus-node-exporter node_exporter=usr/bin/prometheus-node-exporter
link bookworm libc-ares2
link bookworm libevent-2.1-7
cat >"$tools/bin/pgbouncer" <<'END'
#!/bin/sh
tools=$(dirname "$(dirname "$(readlink -f "$0")")")
LD_LIBRARY_PATH=$tools/bookworm/usr/lib/x86_64-linux-gnu exec "$tools/bin/pgbouncer.real" "$@"
END
chmod +x "$tools/bin/pgbouncer"

# Newer ones are good to have and not needed: Debian's testing suite moves. The tests say aloud when they are missing.
{ link forky prometheus prometheus3=usr/bin/prometheus && link forky promtool promtool3=usr/bin/promtool; } ||
    say "Prometheus 3 cannot be had now; the tests with it will be reported as not run"

link forky prometheus-alertmanager alertmanager_newest=usr/bin/prometheus-alertmanager amtool_newest=usr/bin/amtool ||
    say "the newest Alertmanager cannot be had now; the tests with it will be reported as not run"

{ "$here/newer.sh" pgbouncer/forky "$tools/newer" usr/sbin/pgbouncer && ln -sf ../newer/usr/sbin/pgbouncer "$tools/bin/pgbouncer_newest"; } ||
    say "the newest PgBouncer cannot be had now; the tests with it will be reported as not run"

link forky prometheus-postgres-exporter postgres_exporter=usr/bin/prometheus-postgres-exporter ||
    say "postgres_exporter cannot be had now; the test beside it will be reported as not run"

link forky prometheus-pgbouncer-exporter pgbouncer_exporter=usr/bin/prometheus-pgbouncer-exporter ||
    say "pgbouncer_exporter cannot be had now; the test beside it will be reported as not run"

if ! command -v pgbench >/dev/null; then
    # It comes in the server's package, whose installation would start a server.
    link bookworm postgresql-15 pgbench=usr/lib/postgresql/15/bin/pgbench
fi

say "prometheus_client"
if ! python3 -m venv "$tools/python" 2>/dev/null; then
    [ "$(id -u)" = 0 ] || { say "python3 with venv is missing: install Debian's package python3-venv" && exit 1; }
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3-venv; } >/dev/null
    python3 -m venv "$tools/python"
fi
"$tools/python/bin/pip" install --quiet --disable-pip-version-check 'prometheus_client==0.26.0'

for program in prometheus promtool alertmanager amtool pgbouncer; do
    "$tools/bin/$program" --version >/dev/null 2>&1 || { say "$program does not run" && exit 1; }
done
