//! Rough estimates of the time of an instance, good enough to balance shards.

use suasion_model::Outline;
use suasion_results::Request;

/// The time of one agent's optimum with a hundred states and actions, in seconds. It grows as the
/// size to the power of [`GROWTH`] (BENCHMARKS.md).
const HUNDRED: f64 = 0.066;
const GROWTH: f64 = 2.4;
/// The least time of a prior, in seconds.
const LEAST: f64 = 2e-4;
/// The time of a frontier, as a multiple of that of an optimum.
const FRONTIER: f64 = 8.0;
/// The time to read and check a number, in seconds.
const NUMBER: f64 = 3e-7;

/// The estimated time of a prior of an instance, in seconds on one thread.
pub(crate) fn of_prior(request: &Request, size: &Outline) -> f64 {
    let [n, m, k, t] = [size.states, size.actions, size.agents, size.types].map(|size| size.max(1) as f64);
    let optimum = LEAST + HUNDRED * ((n * m).sqrt() * t / 100.0).powf(GROWTH);
    let numbers = NUMBER * n * m * (k + 1.0);
    match request {
        Request::Solve(_) | Request::Equilibria(_) => numbers + k * (1.0 + FRONTIER) * optimum,
        Request::Frontier(_) => numbers + k * FRONTIER * optimum,
        Request::Align(_) => numbers * k,
        Request::HullReduce(_) => 0.0,
    }
}

/// The estimated time to read a table with this number of bytes, in seconds.
pub(crate) fn of_table(bytes: u64) -> f64 {
    1e-3 + bytes as f64 / 2e8
}
