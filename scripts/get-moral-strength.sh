#!/usr/bin/env bash
# Graded human moral ratings for the study (DIR/moral-strength.csv with lemma, foundation, rating): get-moral-strength.sh DIR.
# Lemmas of the five moral foundations, rated by people from 1 (vice) to 9 (virtue), from the Python package moralstrength (LGPL-3).
# O. Araque, L. Gatti, K. Kalimeri (2020), MoralStrength: Exploiting a moral lexicon and embedding similarity, Knowledge-Based Systems 191.
#
# SUASION_DATA_DIR: where the Python environment is kept (default ~/.cache/suasion/data).
set -euo pipefail
scripts=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
say() { printf '%s\n' "get-moral-strength: $*" >&2; }
. "$scripts/python-env.sh"
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
python_env "${SUASION_DATA_DIR:-$HOME/.cache/suasion/data}/venv"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch_wheels "$work" moralstrength==0.2.13
"$python" "$scripts/get_data.py" moral-strength "$work" "$1"
