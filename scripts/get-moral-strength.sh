#!/usr/bin/env bash
# get-moral-strength.sh DIR
# Gets graded human moral ratings for the study, as DIR/moral-strength.csv with the columns lemma,
# foundation and rating. These are lemmas of the five moral foundations, which people rated from 1
# (vice) to 9 (virtue). They come from the Python package moralstrength (LGPL-3).
#
# O. Araque, L. Gatti, K. Kalimeri (2020), MoralStrength: Exploiting a moral lexicon and embedding
# similarity, Knowledge-Based Systems 191.
#
# SUASION_DATA_DIR: the folder of the Python environment (default ~/.cache/suasion/data).
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
