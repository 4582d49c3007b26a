# shellcheck shell=bash
# The exporters, each with everything on that bears on the data set, and with a role that may do the same.

# Others need more connections than the role of pgvigil has.
others_role() {
  psql_on "$1" postgres -c "create role bench login password '$(<"$RUN/password")'" -c 'grant pg_monitor to bench'
}

# Debian's postgres_exporter and its own example of queries, for each database that it discovers.
get_postgres_exporter() {
  local folder=$CACHE/postgres_exporter
  [[ -x $folder/usr/bin/prometheus-postgres-exporter ]] ||
    "$ROOT/tests/servers/debian.sh" prometheus-postgres-exporter/bookworm "$folder" || return
  # The example was written before PostgreSQL 13 and 17 renamed these columns, and asks every database for the idle
  # sessions of them all, which makes duplicates and so no page at all. With this it can do what it means to.
  sed -E -e 's/\b(total|min|max|mean|stddev)_time \//\1_exec_time \//g' \
    -e 's/\bblk_(read|write)_time \//shared_blk_\1_time \//g' -e 's/^pg_process_idle:/&\n  master: true/' \
    "$folder/usr/share/doc/prometheus-postgres-exporter/examples/queries.yaml" >"$RUN/queries.yaml"
}

postgres_exporter_version() {
  "$CACHE/postgres_exporter/usr/bin/prometheus-postgres-exporter" --version 2>&1 | sed -nE 's/.*version ([0-9.]+).*/\1/p' | head -n 1
}

get_pg_exporter() {
  [[ -x $CACHE/pg_exporter/bin/pg_exporter ]] ||
    cargo install pg_exporter --version "$PG_EXPORTER_VERSION" --root "$CACHE/pg_exporter"
}

# Most of its collectors are off by default. As the elements of a JSON list.
all_collectors() { "$CACHE/pg_exporter/bin/pg_exporter" --help | sed -nE 's/^ *(--collector\.[a-z_]+)$/"\1",/p'; }

# The series limits guard a Prometheus from surprises; here the surprise is what is asked for.
write_pgvigil_config() { # PORT
  cat >"$RUN/pgvigil.yml" <<END
listen: 127.0.0.1:$PGVIGIL_PORT
servers:
  - name: bench
    url: postgres://pgvigil@127.0.0.1:$1/postgres?sslmode=disable
    password_file: $RUN/password
queries:
  detail: true
  override:
    "tables/*": { limit: 1000000 }
    "indexes/*": { limit: 1000000 }
END
}

# The plan that measure.py reads. The first exporter is the one that the others are compared with. `settle` is how long a
# page must have stopped growing before it counts as whole.
write_plan() { # PORT
  local url
  url="postgresql://bench:$(<"$RUN/password")@127.0.0.1:$1/postgres?sslmode=disable"
  cat >"$RUN/plan.json" <<END
{
  "run": "$RUN", "postmaster": ${PID[bench]}, "quick": $QUICK, "machine": "$(describe_machine)", "dataset": "$(describe_dataset)",
  "psql": ["psql", "-XAtq", "-h", "$RUN/pg", "-p", "$1", "-U", "postgres", "-d", "postgres"],
  "rounds": $ROUNDS, "scrapes": $SCRAPES, "seconds": $SCRAPE_SECONDS, "memory_scrapes": $MEMORY_SCRAPES,
  "window": $WINDOW, "baseline": $BASELINE,
  "exporters": [
    { "name": "pgvigil", "version": "$("$PGVIGIL" --version | cut -d' ' -f2)", "port": $PGVIGIL_PORT,
      "role": "pgvigil", "settle": 15, "env": {},
      "command": ["$PGVIGIL", "serve", "--config", "$RUN/pgvigil.yml"] },
    { "name": "postgres_exporter", "version": "$(postgres_exporter_version)", "port": $OTHER_PORT,
      "role": "bench", "settle": 0, "env": { "DATA_SOURCE_NAME": "$url" },
      "command": ["$CACHE/postgres_exporter/usr/bin/prometheus-postgres-exporter", "--auto-discover-databases",
                  "--extend.query-path=$RUN/queries.yaml", "--web.listen-address=127.0.0.1:$OTHER_PORT", "--log.level=error"] }
    $([[ $WITH_PG_EXPORTER != yes ]] || cat <<MORE
    ,
    { "name": "pg_exporter", "version": "$PG_EXPORTER_VERSION", "port": $OTHER_PORT,
      "role": "bench", "settle": 0, "env": { "PG_EXPORTER_DSN": "$url" },
      "command": ["$CACHE/pg_exporter/bin/pg_exporter", $(all_collectors) "--port", "$OTHER_PORT", "--listen", "127.0.0.1"] }
MORE
    )
  ]
}
END
}

describe_machine() {
  echo "$(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
}
