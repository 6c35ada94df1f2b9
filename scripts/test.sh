#!/usr/bin/env bash
# Every check and test: formatting, lints, documentation, then unit, property, golden and end-to-end tests.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

# need COMMAND PACKAGE...: installs packages for tests that are skipped without them, where there is apt-get and one may use it.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
  if command -v apt-get >/dev/null && say "installing $*" && "${as_root[@]}" apt-get update -qq >&2 &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; then
    return
  fi
  say "$command was not found and could not be installed; tests that need it are skipped"
}
need chromium chromium
need faketime faketime

# Every step selects the whole workspace with its development dependencies: another selection would unify features differently, and
# HiGHS would be built again for it.
say "formatting"
cargo fmt --all --check
say "lints"
cargo clippy --locked --workspace --all-targets -- -D warnings
say "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --lib --bins --examples --no-deps --document-private-items --quiet
if scripts/slurm-local.sh install; then
  # Its absence is no excuse from here on.
  export SUASION_TEST_SLURM=1
else
  say "no Slurm can be installed here; the test of batches on a cluster is left out"
fi
# In the folder of what is built, where the test finds it.
if SUASION_LLM_DIR=target/llm scripts/local-llm.sh fetch; then
  export SUASION_TEST_LLM=1
else
  say "no language model can be fetched here; the test of labels of a real one is left out"
fi
say "tests"
# The same cases in every run, so that a failure is about the code: PROPTEST_RNG_SEED draws others.
export PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED:-1}
cargo test --locked --workspace
