#!/bin/sh
# PostgreSQL 19, unpacked into a folder of its own and looking like the other servers: FOLDER/bin/{initdb,pg_ctl,postgres}.
# npm has none yet, so it is Debian's, with Debian's newest libraries down to the C library. Called by install.sh.
#
#     server_19.sh ROOT FOLDER      unpacks to ROOT, and makes FOLDER a link into it
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=${1:?ROOT}
folder=${2:?FOLDER}

rm -rf "$root" "$folder"
"$here/debian.sh" --with-libraries postgresql-19/sid "$root"
"$here/debian.sh" patchelf/bookworm "$root"

# The machine's own C library is older than they need. DT_RPATH and not DT_RUNPATH, as it is for the libraries' libraries too.
bin=$root/usr/lib/postgresql/19/bin
for program in initdb pg_ctl postgres; do
    "$root/usr/bin/patchelf" --set-interpreter "$root/usr/lib64/ld-linux-x86-64.so.2" \
        --force-rpath --set-rpath "$root/usr/lib/x86_64-linux-gnu" "$bin/$program"
    "$bin/$program" --version >/dev/null
done
ln -s "$(realpath --relative-to "$(dirname "$folder")" "$root")/usr/lib/postgresql/19" "$folder"
