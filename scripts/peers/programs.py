"""The programs that one would give to a solver instead of using Suasion."""

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse


@dataclass
class Program:
    """max objective . x / scale  s.t.  rows == right (equal) or rows >= right,  x >= 0."""

    objective: np.ndarray
    rows: scipy.sparse.csc_matrix
    right: np.ndarray
    equal: np.ndarray
    # The optimum must be divided by this.
    scale: float = 1.0
    # Which columns are 0 or 1.
    binary: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    # Which columns may be negative.
    free: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int32))


def direct(prior, user, agent):
    """The direct linear program of a game: the mass of state y on which action a is recommended is
    column a * n + y. There is a row per state, and a row per action and alternative.

    Masses are scaled by the number of states, because the tolerances of the peers are absolute.
    """
    m, n = user.shape
    # Each column enters the row of its state, and a row for each alternative to its action.
    alternatives = np.array([[b for b in range(m) if b != a] for a in range(m)], dtype=np.int32)
    indices = np.empty((m, n, m), dtype=np.int32)
    values = np.empty((m, n, m))
    indices[:, :, 0] = np.arange(n)
    values[:, :, 0] = 1.0
    indices[:, :, 1:] = n + np.arange(m * (m - 1), dtype=np.int32).reshape(m, 1, m - 1)
    for a in range(m):
        values[a, :, 1:] = user[a][:, None] - user[alternatives[a]].T
    starts = np.arange(n * m + 1, dtype=np.int32) * m
    shape = (n + m * (m - 1), n * m)
    return Program(
        objective=agent.ravel(),
        rows=scipy.sparse.csc_matrix((values.ravel(), indices.ravel(), starts), shape=shape),
        right=np.concatenate([n * prior, np.zeros(m * (m - 1))]),
        equal=np.arange(shape[0]) < n,
        scale=float(n),
    )


def dobss(probabilities, leader, follower):
    """DOBSS (Paruchuri et al. 2008): a leader's optimal commitment against a follower of several
    types, whose utilities are types x leader's actions x follower's actions.

    z[t, i, j] is the probability that the leader plays i and type t responds with j. q[t, j] says
    whether type t responds with j, and v[t] is its utility. The big M of a response is the largest
    advantage that another response may have.
    """
    types, n, m = leader.shape
    z = np.arange(types * n * m).reshape(types, n, m)
    q = z.size + np.arange(types * m).reshape(types, m)
    v = z.size + q.size + np.arange(types)
    big = (follower.max(axis=2, keepdims=True) - follower).max(axis=1)
    entries, right, equal = [], [], []

    def row(columns, coefficients, bound, is_equal):
        coefficients = np.broadcast_to(coefficients, len(columns))
        entries.append((np.full(len(columns), len(right)), columns, coefficients))
        right.append(bound)
        equal.append(is_equal)

    for t in range(types):
        row(z[t].ravel(), 1.0, 1.0, True)
        row(q[t], 1.0, 1.0, True)
        for j in range(m):
            row(np.append(z[t, :, j], q[t, j]), np.append(np.ones(n), -1.0), 0.0, True)
            # 0 <= v[t] - (the value of response j) <= M (1 - q[t, j]).
            value = -np.repeat(follower[t, :, j], m)
            row(np.append(z[t].ravel(), v[t]), np.append(value, 1.0), 0.0, False)
            columns = np.concatenate([z[t].ravel(), [v[t], q[t, j]]])
            coefficients = np.concatenate([-value, [-1.0, -big[t, j]]])
            row(columns, coefficients, -big[t, j], False)
        for i in range(n if t else 0):
            # The leader does not know the type that it meets.
            both = np.concatenate([z[t, i], z[0, i]])
            row(both, np.repeat([1.0, -1.0], m), 0.0, True)
    places, columns, coefficients = (np.concatenate(part) for part in zip(*entries))
    count = z.size + q.size + types
    rows = scipy.sparse.csc_matrix((coefficients, (places, columns)), shape=(len(right), count))
    objective = np.zeros(count)
    objective[: z.size] = (probabilities[:, None, None] * leader).ravel()
    return Program(objective, rows, np.array(right), np.array(equal), binary=q.ravel(), free=v)
