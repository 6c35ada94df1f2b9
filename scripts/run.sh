#!/usr/bin/env bash
# Builds suasion and solves an instance that ships with it. If there are arguments, they go to
# suasion instead.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

cargo build --release --locked --workspace --bin suasion
[ $# -gt 0 ] || set -- solve instances/prosecutor.json
exec target/release/suasion "$@"
