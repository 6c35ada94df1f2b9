#!/usr/bin/env bash
# measure-batch.sh [--quick]: measures the cost of a batch compared with plain solving, how two
# threads share it, and how long it takes to plan and resume a million units. With --quick,
# everything is a tenth of the size. Takes about ten minutes and 4 GB in the temporary directory.
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

# seconds COMMAND...: the seconds that the command takes.
seconds() {
  local from to
  from=$(date +%s.%N)
  "$@" >/dev/null
  to=$(date +%s.%N)
  awk -v from="$from" -v to="$to" 'BEGIN { printf "%.3f\n", to - from }'
}
median() { sort -n | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }

plain() { "$suasion" --threads "$1" solve --json games/*.json >plain.jsonl; }
batch() { "$suasion" --threads "$1" batch run plan.parquet -o out --quiet; }

say "$instances instances of 10 x 10 with 3 agents, five times each"
"$suasion" generate uniform -n 10 -m 10 -k 3 --count "$instances" -o games.jsonl
mkdir games
split -l 1 -a 6 -d --additional-suffix=.json games.jsonl games/g
"$suasion" batch plan games -o plan.parquet >/dev/null
for _ in 1 2 3 4 5; do
  for threads in 1 2; do
    seconds plain $threads >>plain-$threads
    rm -rf out
    seconds batch $threads >>batch-$threads
  done
done
# ratio A B: the median of A / B over consecutive runs. The speed of these machines changes from
# minute to minute.
ratio() { paste "$1" "$2" | awk '{ print $1 / $2 }' | median; }
for threads in 1 2; do
  echo "$threads thread(s): solve $(median <plain-$threads) s, batch $(median <batch-$threads) s, $(ratio batch-$threads plain-$threads) times"
done
echo "from 1 thread to 2: solve $(ratio plain-1 plain-2) times, batch $(ratio batch-1 batch-2) times"
say "$units units of 3 x 3 with 2 agents"
"$suasion" generate uniform -n 3 -m 3 -k 2 --count "$units" -o many.jsonl
echo "plan: $(seconds "$suasion" batch plan many.jsonl -o many.parquet) s"
rm -rf out
echo "run, 2 threads: $(seconds "$suasion" --threads 2 batch run many.parquet -o out --quiet --shard 1/2) s for half of them"
echo "resume: $(seconds "$suasion" batch run many.parquet -o out --quiet --shard 1/2) s; status: $( (seconds "$suasion" batch status out) || true) s"
