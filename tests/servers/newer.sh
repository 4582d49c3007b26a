#!/bin/sh
# Gets a Debian package that is newer than this machine, with its libraries down to the C library, into a folder of its own, and
# makes its programs use them.
#
#     newer.sh PACKAGE/SUITE FOLDER PROGRAM...      with PROGRAM = usr/sbin/pgbouncer or the like
set -eu

here=$(cd "$(dirname "$0")" && pwd)
package=${1:?PACKAGE/SUITE}
folder=${2:?FOLDER}
shift 2

rm -rf "$folder"
"$here/debian.sh" --with-libraries "$package" "$folder"
"$here/debian.sh" patchelf/bookworm "$folder"

# The loader belongs to the C library. DT_RPATH and not DT_RUNPATH, since it is for the libraries' libraries, too.
for program; do
    "$folder/usr/bin/patchelf" --set-interpreter "$folder/usr/lib64/ld-linux-x86-64.so.2" \
        --force-rpath --set-rpath "$folder/usr/lib/x86_64-linux-gnu" "$folder/$program"
    "$folder/$program" --version >/dev/null
done
