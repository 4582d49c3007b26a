# shellcheck shell=bash
# Background processes that end with the script, however it ends: by the trap if it can run, and by the kernel's
# parent-death signal if it cannot. Also the folder and the ports they live in.

declare -A PID=()         # name -> process
declare -A STOP_SIGNAL=() # name -> how it wants to be told, where that is not TERM
STARTED=()               # names, oldest first

# PostgreSQL refuses to run as root; whoever else runs the script runs the servers too.
SERVER_USER=()
if ((EUID == 0)); then
  getent passwd postgres >/dev/null && server_user=postgres || server_user=nobody
  SERVER_USER=(--reuid "$server_user" --regid "$(id -g "$server_user")" --clear-groups)
fi

# workspace PATH: makes the folder $RUN that holds everything, its name begun so, and sees to it that nothing outlives the script.
workspace() {
  # Short, whatever TMPDIR says: the path of a Unix socket has at most 107 bytes.
  RUN=$(mktemp -d "$1.XXXXXX")
  chmod 755 "$RUN"
  mkdir "$RUN/log"
  # Its sockets let everybody in, so nobody else may reach them.
  mkdir -m 700 "$RUN/pg"
  ((EUID != 0)) || chown "$server_user" "$RUN/pg"
  trap end_everything EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
}

end_everything() {
  local code=$? at
  # A second Ctrl-C must not leave half of it behind.
  trap '' INT TERM HUP
  set +e
  for ((at = ${#STARTED[@]} - 1; at >= 0; at--)); do
    stop "${STARTED[at]}"
  done
  if [[ ${KEEP:-} ]]; then
    say "kept: $RUN"
  else
    rm -rf "$RUN"
  fi
  exit "$code"
}

# start NAME COMMAND...: runs it in the background, its output in $RUN/log/NAME.log.
start() {
  local name=$1
  shift
  setpriv --pdeathsig TERM "$@" >"$RUN/log/$name.log" 2>&1 </dev/null &
  register "$name" TERM
}

# start_server NAME SIGNAL COMMAND...: the same for what refuses root, as the user it may run as, with its own way to be told
# to end at once.
start_server() {
  local name=$1 signal=$2
  shift 2
  setpriv "${SERVER_USER[@]}" --pdeathsig "$signal" "$@" >"$RUN/log/$name.log" 2>&1 </dev/null &
  register "$name" "$signal"
}

register() {
  PID[$1]=$!
  STOP_SIGNAL[$1]=$2
  STARTED+=("$1")
}

# stop NAME [SIGNAL]: asks, waits five seconds, then insists.
stop() {
  local name=$1 pid=${PID[$1]:-} tries
  [[ $pid ]] || return 0
  kill -s "${2:-${STOP_SIGNAL[$name]}}" "$pid" 2>/dev/null || true
  for ((tries = 0; tries < 50; tries++)); do
    running "$name" || break
    sleep 0.1
  done
  kill -s KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  unset "PID[$name]"
}

running() { kill -0 "${PID[$1]:-0}" 2>/dev/null; }

# await_service NAME COMMAND...: waits until the process answers; false as soon as it has ended. Somebody else may answer on
# its port, so both are asked.
await_service() {
  local name=$1 deadline=$((SECONDS + 60))
  shift
  until "$@" &>/dev/null && running "$name"; do
    running "$name" && ((SECONDS < deadline)) || return 1
    sleep 0.2
  done
}

# report_ended: says which processes have ended without being asked, each once. That may well be what the user wanted to
# see, so the rest goes on.
report_ended() {
  local name
  for name in "${!PID[@]}"; do
    running "$name" && continue
    say "  $name has ended: $(tail -n 1 "$RUN/log/$name.log")"
    stop "$name"
  done
}

declare -A TAKEN=()

# pick_port VARIABLE WISH: the wished port, or the next one on which nothing listens. To be called just before its use, since
# others look for ports too.
pick_port() {
  local port=$2
  while [[ ${TAKEN[$port]:-} ]] || (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    port=$((port + 1))
  done
  TAKEN[$port]=yes
  printf -v "$1" '%s' "$port"
}
