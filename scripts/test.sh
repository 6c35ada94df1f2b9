#!/usr/bin/env bash
# Runs every check and test: formatting, lints, documentation, and then unit, property, golden and
# end-to-end tests.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

# need COMMAND PACKAGE...: installs packages for tests that are skipped without them, if apt-get is
# there and may be used.
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

# Every step selects the whole workspace with its development dependencies. Another selection would
# unify features differently, and HiGHS would be built again.
say "formatting"
cargo fmt --all --check
say "lints"
cargo clippy --locked --workspace --all-targets -- -D warnings
# The commands about games alone, as scripts/run.sh builds them.
cargo clippy --locked --workspace --no-default-features --bin suasion -- -D warnings
if cargo deny --version >/dev/null 2>&1; then
  say "licenses and advisories"
  cargo deny --locked check
else
  say "cargo-deny is not installed; the check of licenses and advisories is skipped"
fi
say "documentation"
# The command and the library of the same name share a page, so they are documented in turn.
for targets in "--bins" "--lib --examples"; do
  # shellcheck disable=SC2086 # two words
  RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace $targets --no-deps --document-private-items --quiet
done
if scripts/slurm-local.sh install; then
  # From here on, tests fail if Slurm is missing.
  export SUASION_TEST_SLURM=1
else
  say "Slurm cannot be installed here; the test of batches on a cluster is skipped"
fi
# The test looks for the model in the build folder.
if SUASION_LLM_DIR=target/llm scripts/local-llm.sh fetch; then
  export SUASION_TEST_LLM=1
else
  say "no language model can be fetched here; the test with a real model is skipped"
fi
say "tests"
# Every run tests the same cases, so that a failure comes from the code. Another PROPTEST_RNG_SEED
# gives other cases.
export PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED:-1}
cargo test --locked --workspace
