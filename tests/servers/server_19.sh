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

# PostgreSQL looks for its files beside the program that it was started as. That is the script, which has the program's
# name and place, and tells it so.
bin=$root/usr/lib/postgresql/19/bin
for program in initdb pg_ctl postgres; do
    mv "$bin/$program" "$bin/$program.real"
    cat >"$bin/$program" <<'END'
#!/bin/sh
bin=$(dirname "$(readlink -f "$0")")
root=${bin%/usr/lib/postgresql/*}
exec "$root/usr/lib64/ld-linux-x86-64.so.2" --argv0 "$0" --library-path "$root/usr/lib/x86_64-linux-gnu" \
    "$bin/$(basename "$0").real" "$@"
END
    chmod +x "$bin/$program"
done

"$bin/postgres" --version >/dev/null
ln -s "$(realpath --relative-to "$(dirname "$folder")" "$bin/..")" "$folder"
