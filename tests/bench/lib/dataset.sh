# shellcheck shell=bash
# A server with a lot to tell: many tables in many databases, many statements, many connections.

DATABASES=10 TABLES=1000 STATEMENTS=5000 IDLE=400

describe_dataset() {
  echo "PostgreSQL $MAJOR with $DATABASES databases of $TABLES tables with 2 indexes each, $STATEMENTS statements in" \
    "pg_stat_statements, $IDLE idle connections"
}

# create_dataset PORT
create_dataset() {
  local port=$1 number
  psql_on "$port" postgres -c 'create database bench_template' || return
  psql_on "$port" bench_template <<END || return
do \$\$
begin
  for number in 1..$TABLES loop
    execute format('create table %1\$I (id int primary key, amount numeric, note text);
                    insert into %1\$I select n, n, n from generate_series(1, 20) n;
                    create index on %1\$I (amount)', 'table_' || to_char(number, 'FM0000'));
  end loop;
end \$\$;
END
  for ((number = 1; number <= DATABASES; number++)); do
    psql_on "$port" postgres -c "create database bench_$number template bench_template strategy file_copy" || return
    # The statistics of a table are not copied with it. This makes them.
    psql_on "$port" "bench_$number" -c analyze || return
  done
  psql_on "$port" postgres -c 'drop database bench_template' || return
  create_statements "$port" || return
  psql_on "$port" postgres -c checkpoint
}

create_statements() {
  psql_on "$1" postgres -c 'select pg_stat_statements_reset()' || return
  # One statement is one set of columns of one table.
  psql_on "$1" bench_1 -o /dev/null <<END
select format('select %s from %I where id = 7', columns, 'table_' || to_char(number, 'FM0000'))
from generate_series(1, $TABLES) number,
  unnest(array['id', 'amount', 'note', 'id, amount', 'id, note', 'amount, note', 'id, amount, note']) columns
limit $STATEMENTS
\gexec
END
}

# start_idle PORT: the connections of a pool that is too large, spread over the databases.
start_idle() {
  local number
  printf 'select 1;\n\\sleep 2000 s\n' >"$RUN/idle.sql"
  for ((number = 1; number <= DATABASES; number++)); do
    start "idle-$number" pgbench -h "$RUN/pg" -p "$1" -U postgres -n -T 1000000 \
      -c $((IDLE / DATABASES)) -f "$RUN/idle.sql" "bench_$number"
  done
  await 60 idle_are_there "$1"
}

idle_are_there() {
  [[ $(psql_on "$1" postgres -At -c "select count(*) from pg_stat_activity where state = 'idle'") -ge $IDLE ]]
}
