#!/bin/sh
# Gets one Debian package and unpacks it into a folder, without installing it: no service starts, and the machine's own
# apt is not touched. The lists are our own, so that the version is the same on every machine that has apt. The mirror is
# the one that the machine's own apt is configured to use for Debian; PGVIGIL_DEBIAN_MIRROR names another one.
#
#     debian.sh PACKAGE/SUITE FOLDER                     with SUITE = bookworm | forky | sid
#     debian.sh --with-libraries PACKAGE/SUITE FOLDER    and all the libraries it needs, down to the C library
#
# What is not in sid yet comes from experimental.
set -eu

libraries=
if [ "$1" = --with-libraries ]; then
    libraries=yes
    shift
fi
package=${1%/*} suite=${1#*/}
target=${2:?FOLDER}
states=$(dirname "$("$(dirname "$0")/install.sh" --print)")/apt
# Each suite has a state of its own: one that cannot be had now is not in the way of the others.
state=$states/$suite

fail() {
    echo "debian.sh: $*" >&2
    exit 1
}

command -v apt-get >/dev/null || fail "apt-get is missing"

mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
exec 8>"$state/.lock"
flock 8

# mirrors OPTION...: the machine's mirrors of Debian's main archive. What a source is a mirror of stands in the lists that
# were got from it.
mirrors() {
    # shellcheck disable=SC2016
    apt-get indextargets "$@" --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main'
}

# A container's image may come without lists. Then they are got into a folder of ours, which every user may do.
own_mirrors() {
    mkdir -p "$states/machine/partial"
    set -- -o Dir::State::lists="$states/machine" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o APT::Sandbox::User= -o Acquire::Languages=none
    # Some other source of the machine may be out of order.
    flock "$states" apt-get -qq update "$@" >/dev/null 2>&1 || :
    mirrors "$@"
}

mirror=${PGVIGIL_DEBIAN_MIRROR:-$(mirrors | head -n 1)}
mirror=${mirror:-$(own_mirrors | head -n 1)}
[ -n "$mirror" ] || fail "the machine's apt has no source of Debian: set PGVIGIL_DEBIAN_MIRROR to the address of a mirror"

source="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror"
echo "deb $source $suite main" >"$state/sources.list"
[ "$suite" != sid ] || echo "deb $source experimental main" >>"$state/sources.list"
# On a machine where nothing is installed, every library is missing.
: >"$state/status"

# The sandbox user of apt could not write into these folders.
apt() {
    tool=$1
    shift
    "$tool" -q=2 \
        -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
        -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::Cache="$state/cache" \
        -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o APT::Sandbox::User= -o APT::Get::List-Cleanup=0 "$@"
}

# Its libraries and theirs, by name. Not what else it depends on: scripts and services that nobody runs here.
needed() {
    [ -n "$libraries" ] || return 0
    direct=$(apt apt-cache show --no-all-versions "$package" | sed -n 's/^Depends: //p' | tr ',' '\n' | sed -n 's/^ *\(lib[^ ]*\).*/\1/p')
    # shellcheck disable=SC2086
    apt apt-get --simulate install --no-install-recommends $direct | sed -n 's/^Inst \([^ ]*\) .*/\1/p'
}

download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
cd "$download"

fetch() {
    rm -f ./*.deb
    # shellcheck disable=SC2046
    apt apt-get download "$package" $(needed)
}
# A list of yesterday may name a version that has left the mirror since.
fetch >/dev/null 2>&1 || { apt apt-get update && fetch >/dev/null; }

mkdir -p "$target"
for archive in ./*.deb; do
    dpkg -x "$archive" "$target"
done
