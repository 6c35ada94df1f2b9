#!/usr/bin/env bash
# Every check and test: formatting, lints, documentation, then unit, property, golden and end-to-end tests.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

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
say "tests"
cargo test --locked --workspace
