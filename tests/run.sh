#!/bin/sh
# Installs what the tests need and is missing, and runs all of them. A Rust toolchain is presumed.
#
#     tests/run.sh                 all tests
#     tests/run.sh replication     those whose name contains it; further arguments go to the test programs
set -eu

cd "$(dirname "$0")/.."

tests/servers/install.sh

# One for each core: each starts servers of its own, and what is said of times means a machine that is not out of breath.
: "${RUST_TEST_THREADS:=$(nproc)}"
export RUST_TEST_THREADS

exec cargo test --locked --workspace -- "$@"
