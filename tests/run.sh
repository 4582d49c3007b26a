#!/bin/sh
# Installs what the tests need and is missing, and runs all of them. A Rust toolchain is presumed.
#
#     tests/run.sh                 all tests
#     tests/run.sh replication     those whose name contains it; further arguments go to the test programs
set -eu

cd "$(dirname "$0")/.."

# Each starts servers of its own and mostly waits for what they do; with many more, what is said of times means a machine out of breath.
: "${RUST_TEST_THREADS:=$(($(nproc) + 1))}"
export RUST_TEST_THREADS

# How long each test takes is an option of the test programs that stable toolchains keep behind a variable. Those alone get it, and not the compiler.
host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
export "CARGO_TARGET_${host}_RUNNER=env RUSTC_BOOTSTRAP=1"

# One waits for the network, and the other one for the processors.
tests/servers/install.sh &
cargo test --locked --workspace --lib --bins --tests --no-run
wait $!

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

{ cargo test --locked --workspace --lib --bins --tests -- -Z unstable-options --report-time "$@" 2>&1 || echo "$?" >"$folder/status"; } |
    tee "$folder/said"
printf '\n==> the ten slowest tests, in seconds\n'
sed -n 's/^test \(.*\) \.\.\. [a-zA-Z]* <\([0-9.]*\)s>$/\2  \1/p' "$folder/said" | sort -rn | head -n 10
if [ -e "$folder/status" ]; then
    # What a test shows of its servers fills pages.
    printf '\n==> why, in short\n'
    grep -A 2 'panicked at' "$folder/said" | cut -c 1-500
    exit "$(cat "$folder/status")"
fi
