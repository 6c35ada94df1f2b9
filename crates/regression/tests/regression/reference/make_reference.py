"""Reference errors of non-negative least squares, for `peers.rs`: writes `nonnegative.json` beside this file.

Both sides compute the same tables, bit by bit, from small integers and powers of two. So the file
keeps only a checksum of each table, and these errors:

- `exact`: the optimum, by the active-set method of Lawson and Hanson in rational arithmetic, where
  nothing is rounded and the method cannot cycle.
- `scipy`: `scipy.optimize.nnls`; `sklearn`: `LinearRegression(positive=True)`. The errors of their
  weights are computed in rational arithmetic; null where they give up. With the versions in the
  file, none gives up, and none misses the optimum by more than rounding errors.

Each is a mean squared error. `exact` and `sklearn` have one without an intercept, then one with it.
Needs numpy, scipy, scikit-learn, and xxhash; takes seconds.
"""

import json
import pathlib
import platform
import struct
from fractions import Fraction

import numpy
import scipy
import sklearn
import xxhash
from scipy.optimize import nnls
from sklearn.linear_model import LinearRegression

PROBLEMS = 200
KINDS = ["plain", "collinear", "deficient", "wide", "zeros", "opposed", "exact", "scales"]
UNIT = 1024
WORD = (1 << 64) - 1


class Draws:
    """Splitmix64 (Steele, Lea & Flood 2014)."""

    def __init__(self, seed):
        self.state = seed

    def word(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & WORD
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
        return z ^ (z >> 31)

    def integer(self, low, high):
        """From low to high, both included."""
        return low + self.word() % (high - low + 1)


def problem(number):
    """Columns and target as integers in units of 1 / UNIT, and the exponents of two that columns are scaled by."""
    draws = Draws(number)
    kind = KINDS[number % len(KINDS)]
    wide = kind == "wide"
    rows = draws.integer(5, 10) if wide else draws.integer(20, 40)
    k = draws.integer(12, 20) if wide else draws.integer(2, 12)

    def column(low, high):
        shift = draws.integer(0, 2048)
        return [shift + draws.integer(low, high) for _ in range(rows)]

    exponents = [0] * k
    if kind == "collinear":
        base = column(-1024, 1024)
        columns = [[16384 * b + draws.integer(-8, 8) for b in base] for _ in range(k)]
    elif kind == "deficient":
        bases = [column(-1024, 1024) for _ in range(draws.integer(2, 4))]
        columns = []
        for _ in range(k):
            times = [draws.integer(-2, 2) for _ in bases]
            columns.append([sum(t * b[i] for t, b in zip(times, bases)) for i in range(rows)])
    elif kind == "opposed":
        columns = [column(0, 1024) for _ in range(k)]
    else:
        columns = [column(-1024, 1024) for _ in range(k)]
    if kind == "zeros":
        for j in range(k):
            if draws.integer(0, 2) == 0:
                columns[j] = [0] * rows
    if kind == "scales":
        exponents = [draws.integer(-60, 60) for _ in range(k)]
    low, high = {"exact": (0, 3), "opposed": (-3, -1)}.get(kind, (-1, 3))
    times = [draws.integer(low, high) for _ in range(k)]
    if kind == "exact":
        times[0] = 1
    noise = 1 << draws.integer(2, 16) if kind == "collinear" else 0 if kind == "exact" else 512
    target = [sum(t * c[i] for t, c in zip(times, columns)) + draws.integer(-noise, noise) for i in range(rows)]
    return kind, columns, exponents, target


def checksum(columns, target):
    """XXH3 of 64 bits over the bits of all numbers, by column, the target last."""
    numbers = [x for column in columns for x in column] + target
    return xxhash.xxh3_64_hexdigest(struct.pack(f"<{len(numbers)}d", *numbers))


def dot(x, y):
    return sum(a * b for a, b in zip(x, y))


def solve(matrix, right):
    """A regular system, by Gauss and Jordan."""
    n = len(right)
    rows = [list(row) + [b] for row, b in zip(matrix, right)]
    for i in range(n):
        pivot = next(r for r in range(i, n) if rows[r][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r in range(n):
            if r != i and rows[r][i] != 0:
                factor = rows[r][i]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[i])]
    return [row[n] for row in rows]


def optimum(columns, target):
    """The least squares of a non-negative fit. A column that depends on passive ones has slope 0, and never enters."""
    k = len(columns)
    gram = [[dot(x, y) for y in columns] for x in columns]
    right = [dot(x, target) for x in columns]
    weights = [Fraction(0)] * k
    passive = []
    while True:
        slopes = [right[j] - sum(gram[j][i] * weights[i] for i in passive) for j in range(k)]
        entering = max((j for j in range(k) if j not in passive), key=lambda j: slopes[j], default=None)
        if entering is None or slopes[entering] <= 0:
            return dot(target, target) - sum(right[j] * weights[j] for j in passive)
        passive.append(entering)
        while True:
            goal = solve([[gram[i][j] for j in passive] for i in passive], [right[i] for i in passive])
            steps = [weights[j] / (weights[j] - z) for j, z in zip(passive, goal) if z <= 0]
            step = min(steps, default=Fraction(1))
            for j, z in zip(passive, goal):
                weights[j] += step * (z - weights[j])
            if not steps:
                break
            passive = [j for j in passive if weights[j] > 0]


def centered(column):
    mean = sum(column) / len(column)
    return [x - mean for x in column]


def error(columns, target, weights, intercept):
    weights = [Fraction(float(w)) for w in weights]
    fitted = [dot(weights, row) + Fraction(float(intercept)) for row in zip(*columns)]
    return float(sum((h - f) ** 2 for h, f in zip(target, fitted)) / len(target))


def reference(number):
    kind, columns, exponents, target = problem(number)
    columns = [[Fraction(x, UNIT) * Fraction(2) ** e for x in column] for column, e in zip(columns, exponents)]
    target = [Fraction(h, UNIT) for h in target]
    floats = [[float(x) for x in column] for column in columns], [float(h) for h in target]
    matrix, right = numpy.array(floats[0]).T.copy(), numpy.array(floats[1])
    rows = len(target)
    exact = [optimum(columns, target), optimum([centered(column) for column in columns], centered(target))]
    try:
        by_scipy = error(columns, target, nnls(matrix, right)[0], 0)
    except RuntimeError:
        by_scipy = None
    by_sklearn = []
    for with_intercept in [False, True]:
        try:
            model = LinearRegression(positive=True, fit_intercept=with_intercept).fit(matrix, right)
            by_sklearn.append(error(columns, target, model.coef_, model.intercept_))
        except RuntimeError:
            by_sklearn.append(None)
    return {
        "kind": kind,
        "checksum": checksum(*floats),
        "exact": [float(e / rows) for e in exact],
        "scipy": by_scipy,
        "sklearn": by_sklearn,
    }


def main():
    versions = {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    }
    print(versions)
    problems = [json.dumps(reference(number)) for number in range(PROBLEMS)]
    path = pathlib.Path(__file__).with_name("nonnegative.json")
    text = ",\n".join(problems)
    path.write_text(f'{{"versions": {json.dumps(versions)},\n"problems": [\n{text}\n]}}\n')


if __name__ == "__main__":
    main()
