#!/usr/bin/env bash
# Times Suasion and its peers in one go, and prints ratios: the direct linear program, and DOBSS for
# leaders against several types, by HiGHS, Gurobi and Xpress; non-negative least squares by scipy
# and scikit-learn. Gurobi and Xpress come with licences for small programs; "licence" says so.
# Ends with 1 if a peer is faster, an optimum differs, or one of ours is not certified.
# --quick leaves out what takes minutes; --limit SECONDS is what a peer is given for one program
# (default 300).
set -euo pipefail
. "$(dirname "$0")/setup.sh"

cargo build --release --locked --workspace --bins
if [ ! -x .venv/bin/python ]; then
  python3 -m venv .venv || { say "python3 with venv is needed (Debian: python3-venv)"; exit 2; }
fi
# highspy[extras] has the libraries of HiPO.
packages=('highspy[extras]' gurobipy xpress numpy scipy pyarrow scikit-learn)
modules='highspy, highspy_extras, gurobipy, xpress, numpy, scipy, pyarrow, sklearn'
.venv/bin/python -c "import $modules" 2>/dev/null ||
  .venv/bin/pip install --quiet "${packages[@]}" ||
  { say "pip could not install ${packages[*]}; see its message above"; exit 2; }
.venv/bin/python scripts/compare_hull.py "$@"
exec .venv/bin/python scripts/compare_peers.py "$@"
