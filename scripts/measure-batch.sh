#!/usr/bin/env bash
# What a batch costs beside bare solving, how two threads share it, and how long a million units take to be planned and taken up again.
# measure-batch.sh [--quick]: with --quick a tenth of everything. Some ten minutes, and 4 GB in the directory for temporary files.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

instances=10000
units=1000000
[ "${1:-}" != --quick ] || { instances=1000; units=100000; }
say "building"
cargo build --release --locked --workspace --bins --quiet
suasion=$PWD/target/release/suasion
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"

# seconds COMMAND...: how long it takes.
seconds() {
  local from to
  from=$(date +%s.%N)
  "$@" >/dev/null
  to=$(date +%s.%N)
  awk -v from="$from" -v to="$to" 'BEGIN { printf "%.3f\n", to - from }'
}
median() { sort -n | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }

bare() { "$suasion" --threads "$1" solve --json games/*.json >bare.jsonl; }
batch() { "$suasion" --threads "$1" batch run plan.parquet -o out --quiet; }

say "$instances instances of 10 x 10 with 3 agents, five times each"
"$suasion" generate uniform -n 10 -m 10 -k 3 --count "$instances" -o games.jsonl
mkdir games
split -l 1 -a 6 -d --additional-suffix=.json games.jsonl games/g
"$suasion" batch plan games -o plan.parquet >/dev/null
for _ in 1 2 3 4 5; do
  for threads in 1 2; do
    seconds bare $threads >>bare-$threads
    rm -rf out
    seconds batch $threads >>batch-$threads
  done
done
for threads in 1 2; do
  b=$(median <bare-$threads) r=$(median <batch-$threads)
  awk -v t=$threads -v b="$b" -v r="$r" 'BEGIN { printf "%d thread(s): solve %.2f s, batch %.2f s, %+.1f %%\n", t, b, r, 100 * (r / b - 1) }'
done
awk -v one="$(median <batch-1)" -v two="$(median <batch-2)" 'BEGIN { printf "batch, from 1 thread to 2: %.2f times\n", one / two }'
say "$units units of 3 x 3 with 2 agents"
"$suasion" generate uniform -n 3 -m 3 -k 2 --count "$units" -o many.jsonl
echo "plan: $(seconds "$suasion" batch plan many.jsonl -o many.parquet) s"
rm -rf out
echo "run, 2 threads: $(seconds "$suasion" --threads 2 batch run many.parquet -o out --quiet --shard 1/2) s for half of them"
echo "resume: $(seconds "$suasion" batch run many.parquet -o out --quiet --shard 1/2) s; status: $( (seconds "$suasion" batch status out) || true) s"
