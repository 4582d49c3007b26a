# shellcheck shell=bash
# What a person reads: colours where there is a terminal, nothing but words elsewhere.

# shellcheck disable=SC2034 # not every colour is used in this file
if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' RESET=$'\e[0m'
else
  BOLD='' DIM='' RED='' GREEN='' RESET=''
fi

say() { printf '%s\n' "$*"; }

title() { printf '\n%s%s%s\n' "$BOLD" "$*" "$RESET"; }

fail() {
  printf '%s%s: %s%s\n' "$RED" "${0##*/}" "$*" "$RESET" >&2
  exit 1
}

# step WHAT COMMAND...: runs the command with its output aside, and shows that output only if the command fails, with the
# last words of the process it started, if any.
step() {
  local what=$1 began=$SECONDS
  shift
  printf '  %s ' "$what"
  if "$@" >"$RUN/log/step.log" 2>&1; then
    printf '%s%s%s\n' "$DIM" "$(elapsed $((SECONDS - began)))" "$RESET"
  else
    printf '%sfailed%s\n\n' "$RED" "$RESET"
    tail -n 20 "$RUN/log/step.log" ${STARTED:+"$RUN/log/${STARTED[-1]}.log"} >&2
    exit 1
  fi
}

elapsed() { (($1 > 0)) && printf '(%d s)' "$1"; }

# await SECONDS COMMAND...: polls until the command succeeds.
await() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" &>/dev/null; do
    ((SECONDS < deadline)) || return 1
    sleep 0.2
  done
}
