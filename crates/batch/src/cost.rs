//! How long an instance will take, roughly: enough to share work out evenly.

use suasion_model::Outline;
use suasion_results::Request;

/// How long one agent's optimum takes at a hundred states and actions, in seconds; it grows as the size to the power of [`GROWTH`]
/// (BENCHMARKS.md).
const HUNDRED: f64 = 0.066;
const GROWTH: f64 = 2.4;
/// What every prior costs whatever its size.
const LEAST: f64 = 2e-4;
/// How many times an optimum a frontier takes.
const FRONTIER: f64 = 8.0;
/// What reading and checking a number costs.
const NUMBER: f64 = 3e-7;

/// What a prior of an instance takes by estimate, in seconds on one thread.
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

/// What reading a table of so many bytes takes.
pub(crate) fn of_table(bytes: u64) -> f64 {
    1e-3 + bytes as f64 / 2e8
}
