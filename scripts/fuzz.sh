#!/usr/bin/env bash
# fuzz.sh [SECONDS] [TARGET...]: runs each fuzz target of fuzz/, or those named, for a minute or the
# given number of seconds. Needs cargo-fuzz and a nightly compiler. The test programs `model` and
# `table` check most of the same entry points with a stable compiler; SUASION_FUZZ_SECONDS makes
# them run longer.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
  say "cargo-fuzz with a nightly compiler is needed: rustup toolchain install nightly && cargo install cargo-fuzz"
  exit 2
fi
seconds=60
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
  seconds=$1
  shift
fi
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo +nightly fuzz list)

# The corpus of a target starts with the files that ship.
seed() {
  local corpus=fuzz/corpus/$1
  mkdir -p "$corpus"
  case $1 in
    instances | stackelberg) cp instances/*.json "$corpus" ;;
    profiles) cp instances/profiles/*.json "$corpus" ;;
    results)
      cargo build --locked --workspace --bin suasion
      local suasion=target/debug/suasion
      "$suasion" persuade instances/prosecutor.json --agent prosecutor --json >"$corpus/persuade"
      "$suasion" equilibria instances/prosecutor.json --json >"$corpus/equilibria"
      "$suasion" align instances/prosecutor.json --json >"$corpus/align"
      "$suasion" persuade instances/hunch.json --agent prosecutor --menu --json >"$corpus/menu"
      "$suasion" stackelberg instances/stackelberg-conitzer-sandholm.json --json >"$corpus/stackelberg"
      ;;
    npy) cp instances/*.npy "$corpus" ;;
    csv) cp instances/*.csv "$corpus" ;;
  esac
}

failed=()
for target in "${targets[@]}"; do
  say "fuzzing $target for $seconds s"
  seed "$target"
  cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -rss_limit_mb=4096 || failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
  say "failed: ${failed[*]}; the inputs are in fuzz/artifacts"
  exit 1
fi
