"""The direct linear program in highspy and scipy, beside Suasion's own timings. Run by compare-peers.sh."""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import highspy
import numpy as np
import scipy
import scipy.optimize
import scipy.sparse

SUASION = "target/release/suasion"


def read(path):
    """Prior, user's and agent's utility (actions x states) of an instance."""
    with open(path) as file:
        document = json.load(file)

    def array(value):
        if isinstance(value, dict):
            return np.load(os.path.join(os.path.dirname(path), value["npy"]))
        return np.array(value)

    return array(document["prior"]), array(document["user"]["utility"]), array(document["agents"][0]["utility"])


def direct(prior, user, agent):
    """Costs, matrix (rows x columns, CSC), row bounds: the mass of state y on action a is column a * n + y."""
    m, n = user.shape
    plausibility = scipy.sparse.hstack([scipy.sparse.identity(n, format="csc")] * m, format="csc")
    blocks = [user[a] - np.delete(user, a, axis=0) for a in range(m)]
    obedience = scipy.sparse.block_diag(blocks, format="csc") if m > 1 else scipy.sparse.csc_matrix((0, n))
    matrix = scipy.sparse.vstack([plausibility, obedience], format="csc")
    lower = np.concatenate([prior, np.zeros(obedience.shape[0])])
    upper = np.concatenate([prior, np.full(obedience.shape[0], np.inf)])
    return agent.ravel(), matrix, lower, upper


def by_highspy(instance, solver, limit):
    """Seconds for building and solving, and the optimum (None if the limit ended it)."""
    start = time.perf_counter()
    costs, matrix, lower, upper = direct(*instance)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = costs
    lp.col_lower_ = np.zeros(len(costs))
    lp.col_upper_ = np.full(len(costs), highspy.kHighsInf)
    lp.row_lower_, lp.row_upper_ = lower, np.where(np.isinf(upper), highspy.kHighsInf, upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("solver", solver)
    highs.setOptionValue("time_limit", float(limit))
    highs.passModel(lp)
    highs.run()
    done = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return time.perf_counter() - start, highs.getInfo().objective_function_value if done else None


def by_scipy(instance, method, limit):
    start = time.perf_counter()
    costs, matrix, lower, upper = direct(*instance)
    n = len(instance[0])
    result = scipy.optimize.linprog(
        -costs, A_ub=-matrix[n:], b_ub=np.zeros(matrix.shape[0] - n), A_eq=matrix[:n], b_eq=instance[0],
        method=method, options={"time_limit": float(limit)},
    )
    return time.perf_counter() - start, -result.fun if result.status == 0 else None


def generate(directory, n, m, seed, family="uniform"):
    path = os.path.join(directory, f"{family}-{n}x{m}-{seed}.json")
    actions = [] if family == "threshold" else ["-m", str(m)]
    subprocess.run([SUASION, "generate", family, "-n", str(n), *actions, "--seed", str(seed), "--npy", "-o", path], check=True)
    return path


def by_command(path, threads):
    """Wall clock of the whole command (process, reading, solving, certifying), the optimum and whether it is certified."""
    start = time.perf_counter()
    out = subprocess.run([SUASION, "solve", "--json", "--no-certificates", "--threads", str(threads), path], capture_output=True, text=True)
    seconds = time.perf_counter() - start
    result = json.loads(out.stdout)
    return seconds, result["agents"][0]["monopoly"]["agent_value"], result["certified"]


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--limit", type=float, default=300)
    arguments = parser.parse_args()

    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    print(f"{cpu}, {os.cpu_count()} cores; Python {platform.python_version()}, highspy {highspy.Highs().version()}, scipy {scipy.__version__}")
    print(f"load when it began: {os.getloadavg()[0]:.1f}\n")

    peers = [
        ("highspy, simplex", lambda instance: by_highspy(instance, "simplex", arguments.limit)),
        ("highspy, interior point", lambda instance: by_highspy(instance, "ipm", arguments.limit)),
        ("scipy, highs-ds", lambda instance: by_scipy(instance, "highs-ds", arguments.limit)),
        ("scipy, highs-ipm", lambda instance: by_scipy(instance, "highs-ipm", arguments.limit)),
    ]
    print("The direct program, built and solved; Suasion is the whole command on one thread, certificate included.\n")
    row("uniform", "peer", "peer s", "Suasion s", "ratio", "difference of optima")
    row(*["---"] * 6)
    with tempfile.TemporaryDirectory() as directory:
        for size in [30, 60] if arguments.quick else [50, 100]:
            path = generate(directory, size, size, 1)
            own, value, certified = by_command(path, 1)
            own = statistics.median([own] + [by_command(path, 1)[0] for _ in range(6)])
            assert certified
            instance = read(path)
            for name, solve in peers:
                seconds, optimum = solve(instance)
                stopped = optimum is None
                row(f"{size} x {size}", name, f"{'> ' if stopped else ''}{seconds:.2f}", f"{own:.3f}",
                    f"{'> ' if stopped else ''}{seconds / own:.0f}", "limit reached" if stopped else f"{abs(optimum - value):.1e}")

        if not arguments.quick:
            print("\nGrowth: the whole command on uniform instances.\n")
            row("states x actions", "1 thread s", "all threads s", "certified", "largest resident set so far")
            row(*["---"] * 5)
            for n, m in [(100, 100), (200, 200), (1000, 100), (400, 400), (600, 600), (1000, 1000)]:
                path = generate(directory, n, m, 2)
                runs = 3 if n * m < 300_000 else 1
                one = statistics.median([by_command(path, 1)[0] for _ in range(runs)])
                all_runs = [by_command(path, os.cpu_count()) for _ in range(runs)]
                many = statistics.median([run[0] for run in all_runs])
                memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
                row(f"{n} x {m}", f"{one:.2f}", f"{many:.2f}", str(all(run[2] for run in all_runs)), f"{memory:.0f} MiB")

        print("\n10 x 10, one after another: building and solving each from nothing.\n")
        count = 50 if arguments.quick else 300
        instances = [read(generate(directory, 10, 10, seed)) for seed in range(count)]
        seconds = sum(by_highspy(instance, "simplex", 10)[0] for instance in instances)
        print(f"highspy: {1e3 * seconds / count:.2f} ms each")

    print("\nTimings in process (target/release/suasion-timings), certificates included:\n", flush=True)
    subprocess.run(["target/release/suasion-timings"] + (["--quick"] if arguments.quick else []), check=True)


if __name__ == "__main__":
    sys.exit(main())
