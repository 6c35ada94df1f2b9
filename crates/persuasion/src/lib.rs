//! One agent persuades one user: optimal schemes and what they are worth (design section 3).
mod direct;
#[allow(missing_docs, unused, clippy::all, clippy::pedantic)]
mod interior;
mod kernel;
mod persuade;
mod pricing;
mod repair;
/// Row and column generation by interior points, as an experiment that prints its rounds; not yet part of `persuade`.
#[allow(missing_docs, unused, clippy::all, clippy::pedantic)]
pub mod scale;
mod simplex;

pub use direct::solve_direct;
pub use persuade::{Optimum, PersuadeError, Solved, persuade};
