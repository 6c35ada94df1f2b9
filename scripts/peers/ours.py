"""Suasion's side: instances, and what its commands take and say."""

import json
import os
import resource
import statistics
import subprocess
from dataclasses import dataclass

import numpy as np

SUASION = "target/release/suasion"
# The command, or the kernel in one process, is run again and again for so many seconds on a core, as
# peers are; the mean counts. Of single runs, some systems tell the time in ticks of milliseconds
# only.
TOGETHER = 0.4


@dataclass
class Result:
    """Seconds on a core, the optimum, and whether it is certified."""

    seconds: float
    value: float | None
    certified: bool
    # What the command said if it has no answer.
    problem: str = ""
    # In process, without start, reading and certificate; where that was asked for.
    inside: float | None = None


def generate(folder, family, states, actions, seed, *options):
    path = os.path.join(folder, f"{family}-{states}x{actions}-{seed}.json")
    sizes = ["-n", str(states), "-m", str(actions), "--seed", str(seed)]
    subprocess.run([SUASION, "generate", family, *sizes, *options, "-o", path], check=True)
    return path


def read_game(path):
    """Prior, the user's and the agent's utility (actions x states)."""
    with open(path) as file:
        document = json.load(file)

    def array(value):
        if isinstance(value, dict):
            return np.load(os.path.join(os.path.dirname(path), value["npy"]))
        return np.array(value)

    user, agent = document["user"]["utility"], document["agents"][0]["utility"]
    return array(document["prior"]), array(user), array(agent)


def read_stackelberg(path):
    """Probabilities of types, the leader's and the follower's utilities by type."""
    with open(path) as file:
        types = json.load(file)["types"]
    keys = ("probability", "leader", "follower")
    return tuple(np.array([each[key] for each in types]) for key in keys)


def timed(arguments):
    """Seconds on a core of a command on one thread, and what it says."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments = [SUASION, *arguments, "--threads", "1"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    if not done.stdout:
        return seconds, {"error": done.stderr.strip()}
    return seconds, json.loads(done.stdout.splitlines()[0])


def command(arguments, value, limit):
    """The result of a command, and its mean time. A wall clock ends it, and others may be at work,
    so it gets more than `limit` of that."""
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
    """Seconds on a core of the kernel alone on a uniform game, from the game in memory; it ends
    with an error if the answer is not certified."""
    point = {"work": "kernel", "family": "uniform", "states": states, "actions": actions,
             "agents": 1, "priors": 1, "rows": 0, "threads": 1, "seed": seed}
    task = {"point": point, "repeats": 1, "seconds": limit, "together": TOGETHER}
    found = timed(["bench", "point", json.dumps(task)])[1]
    return found.get("processor") or found.get("seconds", [None])[0]
