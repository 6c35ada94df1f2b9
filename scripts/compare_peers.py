"""Compares Suasion with the programs that one would solve instead, over shapes of games. Run by
compare-peers.sh. The exit code is 1 if a peer is faster, an optimum differs, or a result is not
certified."""

import argparse
import os
import platform
import subprocess
import sys
import tempfile

import highspy
import numpy as np
import scipy

from peers import ours
from peers.programs import direct, dobss
from peers.report import Report
from peers.solvers import INTEGER, LINEAR, ask

# States x actions: square; within the licenses of the commercial peers; many states; few states.
SHAPES = [
    (10, 10), (20, 20), (30, 30), (40, 40), (100, 100),
    (100, 20), (200, 10), (400, 10), (600, 5), (1200, 3), (1000, 2), (15, 60), (10, 40),
    (1000, 10), (3000, 10), (10_000, 3), (10_000, 10), (20_000, 2), (100_000, 2),
    (5, 1000), (10, 1000), (10, 300), (50, 1000),
]
# Leader's actions x follower's actions x types, and seeds: trees differ widely.
STACKELBERG = [
    ((5, 5, 5), [1]), ((10, 10, 5), [1]), ((10, 10, 10), [1, 2, 3]), ((15, 15, 5), [1]),
    ((20, 20, 5), [1]),
]
# Shapes for which peers take minutes.
LONG = {(100, 100), (10_000, 10), (100_000, 2), (5, 1000), (10, 1000), (50, 1000)}
LONG_STACKELBERG = {(10, 10, 10), (15, 15, 5), (20, 20, 5)}
# For games with at most this many pairs of a state and an action, starting a process would
# dominate.
SMALL = 5000
SEED = 1


def stake(prior, user, agent, value):
    """The difference between the agent's best and worst value over three outcomes: its optimum, no
    information and full information."""
    silent = agent[np.argmax(user @ prior)] @ prior
    told = agent[np.argmax(user, axis=0), np.arange(len(prior))] @ prior
    outcomes = [silent, told] + ([] if value is None else [value])
    return max(outcomes) - min(outcomes)


def shapes(report, folder, quick, limit):
    print("\nThe direct linear program of uniform games. Suasion: the whole command `persuade`, "
          "from npy files, with its certificate;\nof small games the kernel in process, too.\n")
    report.table("states x actions", LINEAR)
    for states, actions in SHAPES:
        if quick and (states, actions) in LONG:
            continue
        path = ours.generate(folder, "uniform", states, actions, SEED, "--npy")
        result = ours.persuade(path, limit)
        if states * actions <= SMALL:
            result.inside = ours.inside(states, actions, SEED, limit)
        game = ours.read_game(path)
        program = direct(*game)
        answers = [ask(ways, program, limit) for ways in LINEAR.values()]
        report.case(f"{states:,} x {actions:,}", answers, result, stake(*game, result.value))


def stackelberg(report, folder, quick, limit):
    print("\nA leader against a follower of several types: DOBSS as a mixed-integer program, to a "
          "gap of 1e-7. Suasion: the whole command.\n")
    report.table("leader x follower x types", INTEGER)
    for size, seeds in STACKELBERG:
        if quick and size in LONG_STACKELBERG:
            continue
        leader, follower, types = size
        for seed in seeds:
            options = ["--types", str(types)]
            path = ours.generate(folder, "stackelberg", leader, follower, seed, *options)
            result = ours.stackelberg(path, limit)
            program = dobss(*ours.read_stackelberg(path))
            answers = [ask(ways, program, limit) for ways in INTEGER.values()]
            # Utilities are uniform in [0, 1].
            name = f"{leader} x {follower} x {types}, seed {seed}"
            report.case(name, answers, result, 1.0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--limit", type=float, default=300)
    arguments = parser.parse_args()

    with open("/proc/cpuinfo") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    print(f"{models[0] if models else 'unknown'}, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f} when it began; Python {platform.python_version()}, "
          f"highspy {highspy.Highs().version()}, numpy {np.__version__}, scipy {scipy.__version__}")
    print("Times are on a core, all on one thread; "
          f"a peer gets {arguments.limit:g} s for a program.")
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        shapes(report, folder, arguments.quick, arguments.limit)
        stackelberg(report, folder, arguments.quick, arguments.limit)
    fine = report.verdict()
    print("\nTimings in process (suasion-timings), certificates included:\n", flush=True)
    options = ["--quick"] if arguments.quick else []
    subprocess.run(["target/release/suasion-timings", *options], check=True)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
