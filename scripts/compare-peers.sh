#!/usr/bin/env bash
# Times Suasion and its peers (the direct linear program by highspy and scipy, simplex and interior point; non-negative least squares by scipy
# and scikit-learn) in one go, and prints ratios.
# --quick leaves out what takes minutes; --limit SECONDS is what a peer is given for one program (default 300).
set -euo pipefail
. "$(dirname "$0")/setup.sh"

cargo build --release --locked --workspace --bins
if [ ! -x .venv/bin/python ]; then
  python3 -m venv .venv || { say "python3 with venv is needed (Debian: python3-venv)"; exit 2; }
fi
.venv/bin/python -c 'import highspy, numpy, pyarrow, scipy, sklearn' 2>/dev/null || .venv/bin/pip install --quiet highspy numpy pyarrow scipy scikit-learn
.venv/bin/python scripts/compare_hull.py "$@"
exec .venv/bin/python scripts/compare_peers.py "$@"
