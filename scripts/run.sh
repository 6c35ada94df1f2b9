#!/usr/bin/env bash
# Builds suasion and solves an instance that ships; other arguments are passed to suasion instead.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

cargo build --release --locked --workspace --bin suasion
[ $# -gt 0 ] || set -- solve instances/prosecutor.json
exec target/release/suasion "$@"
