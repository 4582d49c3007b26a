#!/bin/sh
# Gets one Debian package and unpacks it into a folder, without installing it: no service starts, and the machine's own
# apt is not touched. The lists are our own, so that the version is the same on every machine that has apt.
#
#     debian.sh PACKAGE/SUITE FOLDER          with SUITE = bookworm | forky
set -eu

package=${1:?PACKAGE/SUITE}
target=${2:?FOLDER}
mirror=${PGVIGIL_DEBIAN_MIRROR:-http://deb.debian.org/debian}
state=$(dirname "$("$(dirname "$0")/install.sh" --print)")/apt

command -v apt-get >/dev/null || { echo "debian.sh: apt-get is missing" >&2 && exit 1; }

mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
exec 8>"$state/.lock"
flock 8

for suite in bookworm forky; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
done >"$state/sources.list"

# The sandbox user of apt could not write into these folders.
apt() {
    tool=$1
    shift
    "$tool" -q=2 \
        -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" \
        -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o APT::Sandbox::User= -o APT::Get::List-Cleanup=0 "$@"
}

download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
cd "$download"
# A list of yesterday may name a version that has left the mirror since.
apt apt-get download "$package" >/dev/null 2>&1 || { apt apt-get update && apt apt-get download "$package" >/dev/null; }

mkdir -p "$target"
dpkg -x ./*.deb "$target"
