#!/usr/bin/env bash
# Installs the tools that the build needs, unless they are there: a C++ compiler, cmake and libclang
# (for HiGHS). Sourced by run.sh and test.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "suasion: $*" >&2; }

if ! command -v cargo >/dev/null; then
  # shellcheck disable=SC1091
  [ -r "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
fi
command -v cargo >/dev/null || { say "cargo was not found; install Rust (https://rustup.rs) and run this again"; exit 2; }

missing=()
command -v cmake >/dev/null || missing+=(cmake)
command -v c++ >/dev/null || missing+=(g++)
command -v make >/dev/null || missing+=(make)
command -v pkg-config >/dev/null || missing+=(pkg-config)
# libclang itself. libclang-cpp is another library, which can be there without it.
libclang='libclang(-[0-9.]+)?\.so'
# Not grep -q: it would close the pipe early, and the writer would fail.
if [ -z "${LIBCLANG_PATH:-}" ] && ! { ldconfig -p; find /usr/lib/llvm-* -name 'libclang*' || true; } 2>/dev/null | grep -E "$libclang" >/dev/null; then
  missing+=(libclang-dev)
fi

if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || {
    say "missing: ${missing[*]}; this system has no apt-get, so please install them with its package manager and run this again"
    exit 2
  }
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "missing: ${missing[*]}; become root, or install sudo, and run this again"; exit 2; }
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
