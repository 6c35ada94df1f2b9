//! The workloads.

use super::{ScalingPoint, Work};
use faer::{ColRef, MatRef};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use suasion_certificate::{Direct, Proof, ProofError};
use suasion_equilibrium::{BestAgentGame, Equilibria, EquilibriumError};
use suasion_model::{GenerateError, Information, Instance, Objective, PriorPath, Shape, ViewError};
use suasion_persuasion::{Optimum, PersuadeError, Settings, persuade, sweep};
use suasion_regression::{Factor, RegressionError, TargetFit, fit};

/// Why a workload has no answer.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// There is no such game.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// The game has no such view.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The kernel failed.
    #[error(transparent)]
    Persuade(#[from] PersuadeError),
    /// The search for equilibria failed.
    #[error(transparent)]
    Equilibrium(#[from] EquilibriumError),
    /// The fit failed.
    #[error(transparent)]
    Hull(#[from] RegressionError),
    /// A number of repeats that measures nothing.
    #[error("found no repeats, expected at least 1")]
    NoRepeats,
    /// The answer is not proved, so its time means nothing.
    #[error("the answer is not certified: {0}")]
    NotCertified(String),
}

/// The input of a workload.
#[derive(Debug)]
pub enum Prepared {
    /// One agent, at one or more priors.
    Kernel(Instance),
    /// Agents at one prior.
    Equilibria(Instance),
    /// A table of scores.
    Hull {
        /// rows x agents, row by row, uniform in [0, 1].
        agents: Vec<f64>,
        /// The human scores of the rows: a weighted sum of every third agent, plus noise.
        human: Vec<f64>,
    },
}

/// The output of a workload.
#[derive(Debug)]
pub enum ScalingAnswer {
    /// The optima, prior by prior.
    Optima(Vec<Optimum<Direct>>),
    /// The equilibria.
    Equilibria(Box<Equilibria<Direct>>),
    /// The fits.
    Fit(Box<TargetFit>),
}

/// The largest violation of the Karush-Kuhn-Tucker conditions that a fit may have.
const OPTIMAL: f64 = 1e-8;

impl ScalingPoint {
    /// Draws the input of a repeat. Its seed is the seed of the point plus the number of the
    /// repeat.
    ///
    /// # Errors
    /// If the family has no such game.
    pub fn prepare(&self, repeat: usize) -> Result<Prepared, WorkError> {
        let seed = self.seed.wrapping_add(repeat as u64);
        let shape = Shape { states: self.states, actions: self.actions, agents: self.agents, priors: self.priors };
        let game = || self.family.generate(shape, PriorPath::Independent, seed);
        Ok(match self.work {
            Work::Kernel => Prepared::Kernel(game()?),
            Work::Equilibria => Prepared::Equilibria(game()?),
            Work::Hull => {
                let (agents, human) = scores(self.rows, self.agents, seed);
                Prepared::Hull { agents, human }
            }
        })
    }
}

/// A table of scores: of agents (rows x columns, row by row, uniform in `[0, 1]`), and of a human,
/// who is a weighted sum of a third of the agents plus noise.
///
/// The scores are drawn in parallel and are the same on any number of threads.
#[must_use]
pub fn scores(rows: usize, columns: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
    const CHUNK: usize = 4096;
    let columns = columns.max(1);
    let (mut agents, mut human) = (vec![0.0; rows * columns], vec![0.0; rows]);
    let weight = |j: usize| if j.is_multiple_of(3) { 3.0 * (j + 1) as f64 / (columns * columns) as f64 } else { 0.0 };
    let chunks = agents.par_chunks_mut(CHUNK * columns).zip(human.par_chunks_mut(CHUNK)).enumerate();
    chunks.for_each(|(number, (agents, human))| {
        let mut draws = ChaCha8Rng::seed_from_u64(seed);
        draws.set_stream(number as u64);
        for (row, h) in agents.chunks_mut(columns).zip(human) {
            row.fill_with(|| draws.random());
            let sum: f64 = row.iter().enumerate().map(|(j, x)| weight(j) * x).sum();
            *h = sum + 0.1 * (draws.random::<f64>() - 0.5);
        }
    });
    (agents, human)
}

impl Prepared {
    /// Runs the workload.
    ///
    /// # Errors
    /// If there is no answer, or a limit of `settings` is reached.
    pub fn run(&self, settings: &Settings) -> Result<ScalingAnswer, WorkError> {
        match self {
            Self::Kernel(game) => {
                let view = game.view(0, 0)?;
                let optima = match &game.information {
                    Information::Priors(priors) if priors.rows() > 1 => {
                        sweep(&view, &Objective::agent(0), priors, None, settings, &|_| ())
                    }
                    _ => vec![persuade(&view, &Objective::agent(0), None, settings)],
                };
                let whole = |optimum: Result<Optimum<Direct>, PersuadeError>| {
                    let optimum = optimum?;
                    optimum.stopped.map_or(Ok(optimum), |stopped| Err(PersuadeError::Stopped(stopped)))
                };
                Ok(ScalingAnswer::Optima(optima.into_iter().map(whole).collect::<Result<_, _>>()?))
            }
            Self::Equilibria(game) => {
                let found = BestAgentGame::new(game, 0, settings)?.equilibria(0.0)?;
                Ok(ScalingAnswer::Equilibria(Box::new(found)))
            }
            Self::Hull { agents, human } => {
                let columns = agents.len() / human.len().max(1);
                let table = MatRef::from_row_major_slice(agents, human.len(), columns);
                let factor = Factor::of(table, ColRef::from_slice(human), None)?;
                Ok(ScalingAnswer::Fit(Box::new(fit(&factor, false)?)))
            }
        }
    }

    /// Checks the answer, for games in exact arithmetic.
    ///
    /// # Errors
    /// If it is wrong.
    pub fn check(&self, answer: ScalingAnswer) -> Result<(), WorkError> {
        match (self, answer) {
            (Self::Kernel(game), ScalingAnswer::Optima(optima)) => optima.into_iter().try_for_each(|optimum| {
                let (_, verdict) = optimum.proof().certify(game).map_err(not_certified)?;
                proved(verdict.certified(), "an optimum")
            }),
            (Self::Equilibria(game), ScalingAnswer::Equilibria(found)) => {
                let (_, worst) = found.worst.proof.certify(game).map_err(not_certified)?;
                proved(worst.certified(), "the worst equilibrium")?;
                let (_, below) = found.exclusion.certify(game).map_err(not_certified)?;
                proved(below.certified(), "the absence of worse equilibria")
            }
            (Self::Hull { .. }, ScalingAnswer::Fit(found)) => {
                let misses = [found.nnls.kkt, found.simplex.kkt].map(|kkt| kkt.stationarity.max(kkt.dual));
                proved(misses.iter().all(|miss| *miss < OPTIMAL), "a fit")
            }
            _ => Err(WorkError::NotCertified("it belongs to another workload".into())),
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as `map_err` calls it")]
fn not_certified(cause: ProofError) -> WorkError {
    WorkError::NotCertified(cause.to_string())
}

fn proved(yes: bool, what: &str) -> Result<(), WorkError> {
    if yes { Ok(()) } else { Err(WorkError::NotCertified(format!("{what} misses the tolerance"))) }
}
