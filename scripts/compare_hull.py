"""Compares hull fits by scipy, scikit-learn and a Gram matrix of OpenBLAS with Suasion's. Run by
compare-peers.sh."""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import pyarrow
import pyarrow.parquet
import scipy
import scipy.optimize
import sklearn
from sklearn.linear_model import LinearRegression

SUASION = "target/release/suasion"


def seconds(run, runs=1):
    """The median time of some runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def scores(rows, agents, seed):
    """Scores of agents (rows x agents, uniform) and of a human: a weighted sum of a third of the
    agents plus noise."""
    draws = np.random.default_rng(seed)
    table = draws.random((rows, agents))
    weights = draws.random(agents) * (np.arange(agents) % 3 == 0)
    return table, table @ (weights / weights.sum()) + 0.03 * draws.standard_normal(rows)


def command(*arguments):
    """The wall-clock time and the parsed JSON of a command."""
    start = time.perf_counter()
    out = subprocess.run([SUASION, "hull", *arguments, "--json"], capture_output=True, text=True, check=True)
    return time.perf_counter() - start, json.loads(out.stdout)


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def fits(folder, rows, runs):
    table, human = scores(rows, 100, 1)
    path = os.path.join(folder, "scores.npy")
    np.save(path, np.column_stack([table, human]))
    columns = ["-t", "column_100", "-a", "column_*"]
    own = [command("fit", path, *columns, "--no-confirm") for _ in range(runs)]
    whole, found = statistics.median(run[0] for run in own), own[0][1]
    confirmed = statistics.median(command("fit", path, *columns)[0] for _ in range(runs))
    gram = seconds(lambda: table.T @ table, runs)
    solution = {}

    def by_scipy():
        solution["scipy"] = scipy.optimize.nnls(table, human)[1] ** 2 / rows

    def by_sklearn():
        fitted = LinearRegression(positive=True, fit_intercept=False).fit(table, human)
        solution["sklearn"] = np.mean((fitted.predict(table) - human) ** 2)

    lines = subprocess.run(["target/release/suasion-timings", "hull", "--quick"], capture_output=True, text=True, check=True).stdout.splitlines()
    timings = [json.loads(line) for line in lines]
    in_memory = {timing["twins"]: timing["two_threads"] for timing in timings if timing["work"] == "hull"}
    peers = [("scipy.optimize.nnls", seconds(by_scipy), solution["scipy"]), ("scikit-learn, positive=True", seconds(by_sklearn), solution["sklearn"]),
             ("OpenBLAS, Gram matrix alone", gram, None)]
    print(f"\nNon-negative least squares, {rows} x 100. The peers work in memory. Suasion is the whole command, which reads {os.path.getsize(path) / 1e6:.0f} MB and computes all its fits.")
    print(f"With the second pass that confirms the errors: {confirmed:.2f} s.\n")
    row("peer", "peer s", "Suasion s", "ratio", "difference of errors, relative")
    row(*["---"] * 5)
    for name, taken, mse in peers:
        difference = "-" if mse is None else f"{abs(mse - found['nnls']['mse']) / mse:.1e}"
        row(name, f"{taken:.2f}", f"{whole:.2f}", f"{taken / whole:.1f}", difference)
    if rows == 1_000_000:
        print("\nThe same in memory (uniform scores of the same size, suasion-timings hull), on two threads.\n")
        row("peer", "peer s", "Suasion s", "ratio", "with two agents alike, s")
        row(*["---"] * 5)
        for name, taken, _ in peers:
            row(name, f"{taken:.2f}", f"{in_memory[False]:.2f}", f"{taken / in_memory[False]:.1f}", f"{in_memory[True]:.2f}")


def curves(folder, rows, sampled):
    table, human = scores(rows, 100, 2)
    path = os.path.join(folder, "curve.npy")
    np.save(path, np.column_stack([table, human]))
    own = statistics.median(
        command("curve", path, "-t", "column_100", "-a", "column_*", "--sizes", "1-100", "--subsets", "50", "--folds", "5", "--bootstrap", "0")[0]
        for _ in range(3)
    )
    draws = np.random.default_rng(0)
    held_out = np.arange(rows) < rows // 5
    train, target = table[~held_out], human[~held_out]
    times = []
    for size in sampled:
        subset = draws.permutation(100)[:size]
        times.append(seconds(lambda: LinearRegression(positive=True, fit_intercept=False).fit(train[:, subset], target)))
    loop = float(np.mean(np.interp(np.arange(1, 101), sampled, times))) * 25_000
    print(f"\nHull curve: 100 sizes x 50 subsets x 5 folds on {rows} x 100, 25,000 non-negative fits (Suasion also computes as many convex ones).\n")
    row("scikit-learn in a loop, from fits with " + ", ".join(map(str, sampled)) + " agents", "Suasion s, whole command", "ratio")
    row(*["---"] * 3)
    row(f"{loop:.0f} s", f"{own:.2f}", f"{loop / own:.0f}")


def write(path, rows):
    names = [f"agent_{j}" for j in range(100)] + ["human"]
    writer = None
    for piece in range(rows // 500_000):
        table, human = scores(500_000, 100, 100 + piece)
        batch = pyarrow.table(dict(zip(names, [*table.T, human])))
        writer = writer or pyarrow.parquet.ParquetWriter(path, batch.schema, use_dictionary=False)
        writer.write_table(batch, row_group_size=125_000)
    writer.close()


def huge(folder, rows):
    """Writes a Parquet file in pieces, reads it and fits it."""
    path = os.path.join(folder, "huge.parquet")
    if shutil.disk_usage(folder).free < 2 * rows * 101 * 8:
        print("\nThe disk has no room for the Parquet file of 10^7 rows.")
        return
    # A separate process: otherwise its memory would count for the processes that this one starts.
    writing = multiprocessing.get_context("spawn").Process(target=write, args=(path, rows))
    writing.start()
    writing.join()
    columns = ["-t", "human", "-a", "agent_*"]

    def plain():
        with open(path, "rb", buffering=0) as file:
            buffer = bytearray(1 << 23)
            while file.readinto(buffer):
                pass

    def decoded():
        for _ in pyarrow.parquet.ParquetFile(path).iter_batches(65536):
            pass

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    two = command("fit", path, *columns, "--no-confirm", "--threads", "2")[0]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    one = command("fit", path, *columns, "--no-confirm", "--threads", "1")[0]
    confirmed = command("fit", path, *columns)[0]
    in_process = subprocess.run(["target/release/suasion-timings", "read", path], capture_output=True, text=True, check=True)
    reading = json.loads(in_process.stdout)
    memory = subprocess.run(["/usr/bin/env", "bash", "-c", f"{SUASION} hull fit {path} -t human -a 'agent_*' --json > /dev/null & pid=$!; "
                             "while kill -0 $pid 2>/dev/null; do grep VmHWM /proc/$pid/status 2>/dev/null; sleep 0.2; done"], capture_output=True, text=True)
    peak = max([int(line.split()[1]) for line in memory.stdout.splitlines()] or [0]) / 1024
    print(f"\n{rows} x 100 from Parquet ({os.path.getsize(path) / 1e9:.1f} GB, snappy), the whole command.\n")
    row("work", "s")
    row("---", "---")
    row("Suasion, 2 threads", f"{two:.2f} (processor time {after.ru_utime - before.ru_utime:.1f} user, {after.ru_stime - before.ru_stime:.1f} system)")
    row("Suasion, 1 thread", f"{one:.2f}")
    row("Suasion, with the second pass", f"{confirmed:.2f}")
    row("Suasion, reading and decoding alone, 2 threads", f"{reading['two_threads']:.2f}")
    row("reading the bytes alone", f"{seconds(plain):.2f}")
    row("pyarrow, decoding alone", f"{seconds(decoded):.2f}")
    print(f"\nLargest resident set, both passes: {peak:.0f} MiB.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    arguments, _ = parser.parse_known_args()
    warnings.simplefilter("ignore")
    print(f"\nHull fits. Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        if not arguments.quick:
            huge(folder, 10_000_000)
        fits(folder, 100_000 if arguments.quick else 1_000_000, 5)
        curves(folder, 20_000 if arguments.quick else 100_000, [1, 50, 100] if arguments.quick else [1, 10, 25, 50, 75, 100])


if __name__ == "__main__":
    sys.exit(main())
