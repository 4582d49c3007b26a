#!/bin/sh
# Installs what the tests need and is missing, and runs all of them. A Rust toolchain is presumed.
#
#     tests/run.sh                 all tests
#     tests/run.sh replication     those whose name contains it; further arguments go to the test programs
set -eu

cd "$(dirname "$0")/.."

tests/servers/install.sh

# The tests mostly wait for servers, so more of them than there are cores run at once.
: "${RUST_TEST_THREADS:=$(($(nproc) + 2))}"
export RUST_TEST_THREADS

exec cargo test --locked -- "$@"
