"""Suasion's side: instances, and the times and results of its commands."""

import json
import os
import resource
import statistics
import subprocess
from dataclasses import dataclass

import numpy as np

SUASION = "target/release/suasion"
# The command, or the kernel in one process, runs repeatedly for this many seconds of processor
# time, as the peers do, and the mean counts. Some systems report the time of a single run only in
# ticks of milliseconds.
TOGETHER = 0.4


@dataclass
class Result:
    """Processor seconds, the optimum, and whether it is certified."""

    seconds: float
    value: float | None
    certified: bool
    # The message of a command without an answer.
    problem: str = ""
    # The time in process, without starting, reading and the certificate, if it was measured.
    inside: float | None = None


def generate(folder, family, states, actions, seed, *options):
    path = os.path.join(folder, f"{family}-{states}x{actions}-{seed}.json")
    sizes = ["-n", str(states), "-m", str(actions), "--seed", str(seed)]
    subprocess.run([SUASION, "generate", family, *sizes, *options, "-o", path], check=True)
    return path


def read_game(path):
    """The prior, and the utilities of user and agent (actions x states)."""
    with open(path) as file:
        document = json.load(file)

    def array(value):
        if isinstance(value, dict):
            return np.load(os.path.join(os.path.dirname(path), value["npy"]))
        return np.array(value)

    user, agent = document["user"]["utility"], document["agents"][0]["utility"]
    return array(document["prior"]), array(user), array(agent)


def read_stackelberg(path):
    """The probabilities of types, and the utilities of leader and follower by type."""
    with open(path) as file:
        types = json.load(file)["types"]
    keys = ("probability", "leader", "follower")
    return tuple(np.array([each[key] for each in types]) for key in keys)


def timed(arguments):
    """The processor seconds of a command on one thread, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments = [SUASION, *arguments, "--threads", "1"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    if not done.stdout:
        return seconds, {"error": done.stderr.strip()}
    return seconds, json.loads(done.stdout.splitlines()[0])


def command(arguments, value, limit):
    """The result of a command and its mean processor time. The wall-clock limit is longer than
    `limit`, because other programs may use the machine."""
    options = ["--json", "--no-certificates", "--time-limit", str(4 * limit)]
    runs = []
    while sum(runs) < TOGETHER:
        seconds, said = timed([*arguments, *options])
        runs.append(seconds)
    certified, problem = said.get("certified", False), said.get("error", "")
    return Result(statistics.mean(runs), said.get(value), certified, problem)


def persuade(path, limit):
    return command(["persuade", path], "agent_value", limit)


def stackelberg(path, limit):
    return command(["stackelberg", path], "leader_value", limit)


def inside(states, actions, seed, limit):
    """The processor seconds of the kernel alone on a uniform game in memory. Ends with an error
    if the answer is not certified."""
    point = {"work": "kernel", "family": "uniform", "states": states, "actions": actions,
             "agents": 1, "priors": 1, "rows": 0, "threads": 1, "seed": seed}
    task = {"point": point, "repeats": 1, "seconds": limit, "together": TOGETHER}
    found = timed(["bench", "point", json.dumps(task)])[1]
    return found.get("processor") or found.get("seconds", [None])[0]
