#!/usr/bin/env bash
# Builds suasion and solves an instance that ships with it. If there are arguments, they go to
# suasion instead. Only what the command needs is built: commands about games need no tables,
# pictures or stores.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

[ $# -gt 0 ] || set -- solve instances/prosecutor.json
features=()
case $1 in
  solve | persuade | frontier | align | equilibria | dynamics | converse | stackelberg | generate)
    features=(--no-default-features)
    ;;
esac
# With the whole workspace selected, HiGHS is the same in both builds.
cargo build --profile quick --locked --workspace --bin suasion "${features[@]}"
exec target/quick/suasion "$@"
