#!/usr/bin/env bash
# Times Suasion and its peers in one go and prints ratios. The peers are HiGHS, Gurobi and Xpress
# for the direct linear program and for DOBSS (leaders against several types), and scipy and
# scikit-learn for non-negative least squares. Gurobi and Xpress come with licenses for small
# programs; the tables say "license" for larger ones. The exit code is 1 if a peer is faster, an
# optimum differs, or one of our results is not certified.
#
#   --quick           leaves out the cases that take minutes
#   --limit SECONDS   the time that a peer gets for one program (default 300)
set -euo pipefail
. "$(dirname "$0")/setup.sh"

cargo build --release --locked --workspace --bins
if [ ! -x .venv/bin/python ]; then
  python3 -m venv .venv || { say "python3 with venv is needed (Debian: python3-venv)"; exit 2; }
fi
# highspy[extras] includes the libraries that HiPO needs.
packages=('highspy[extras]' gurobipy xpress numpy scipy pyarrow scikit-learn)
modules='highspy, highspy_extras, gurobipy, xpress, numpy, scipy, pyarrow, sklearn'
.venv/bin/python -c "import $modules" 2>/dev/null ||
  .venv/bin/pip install --quiet "${packages[@]}" ||
  { say "pip could not install ${packages[*]}; see its message above"; exit 2; }
.venv/bin/python scripts/compare_hull.py "$@"
exec .venv/bin/python scripts/compare_peers.py "$@"
