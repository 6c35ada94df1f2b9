//! The works themselves.

use super::{Point, Work};
use faer::{ColRef, MatRef};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use suasion_certificate::Refusal;
use suasion_equilibrium::{BestAgentGame, Equilibria, EquilibriumError};
use suasion_model::{GenerateError, Information, Instance, Objective, PriorPath, Shape, ViewError};
use suasion_persuasion::{Optimum, PersuadeError, Settings, persuade, sweep};
use suasion_regression::{Factor, RegressionError, TargetFit, fit};

/// Why a work has no answer.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// There is no such game.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// The game has no such view.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The kernel has no answer.
    #[error(transparent)]
    Persuade(#[from] PersuadeError),
    /// The game has no equilibria to tell of.
    #[error(transparent)]
    Equilibrium(#[from] EquilibriumError),
    /// The table has no fit.
    #[error(transparent)]
    Hull(#[from] RegressionError),
    /// A number of a measurement of nothing.
    #[error("found no repeats, expected at least 1")]
    NoRepeats,
    /// The answer is not proved, so its time is worth nothing.
    #[error("the answer is not certified: {0}")]
    NotCertified(String),
}

/// What a work is done on.
#[derive(Debug)]
pub enum Prepared {
    /// One agent at one prior or more.
    Kernel(Instance),
    /// Agents at one prior.
    Equilibria(Instance),
    /// Scores.
    Hull {
        /// rows x agents, row by row, uniform in [0, 1].
        agents: Vec<f64>,
        /// What a human makes of the rows: a weighted sum of every third agent, and noise.
        human: Vec<f64>,
    },
}

/// What a work comes to.
#[derive(Debug)]
pub enum Answer {
    /// The optima, prior by prior.
    Optima(Vec<Optimum>),
    /// The equilibria.
    Equilibria(Box<Equilibria>),
    /// The fits.
    Fit(Box<TargetFit>),
}

/// By how much a fit may miss the conditions of Karush, Kuhn and Tucker.
const OPTIMAL: f64 = 1e-8;

impl Point {
    /// Draws what a repeat is done on, by the seed of the point plus its number.
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

/// A table of scores: of agents (rows x columns, row by row, uniform in `[0, 1]`), and of a human, who is a weighted sum of a third of them, and noise.
///
/// Drawn in parallel, the same on any number of threads.
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
    /// Does the work.
    ///
    /// # Errors
    /// If there is no answer, or a limit of `settings` ended it.
    pub fn run(&self, settings: &Settings) -> Result<Answer, WorkError> {
        match self {
            Self::Kernel(game) => {
                let view = game.view(0, 0)?;
                let optima = match &game.information {
                    Information::Priors(priors) if priors.rows() > 1 => {
                        sweep(&view, &view.agents[0], priors, None, settings, &|_| ())
                    }
                    _ => vec![persuade(&view, &view.agents[0], None, settings)],
                };
                let whole = |optimum: Result<Optimum, PersuadeError>| {
                    let optimum = optimum?;
                    optimum.stopped.map_or(Ok(optimum), |stopped| Err(PersuadeError::Stopped(stopped)))
                };
                Ok(Answer::Optima(optima.into_iter().map(whole).collect::<Result<_, _>>()?))
            }
            Self::Equilibria(game) => {
                let found = BestAgentGame::new(game, 0, settings)?.equilibria(0.0)?;
                Ok(Answer::Equilibria(Box::new(found)))
            }
            Self::Hull { agents, human } => {
                let columns = agents.len() / human.len().max(1);
                let table = MatRef::from_row_major_slice(agents, human.len(), columns);
                let factor = Factor::of(table, ColRef::from_slice(human), None)?;
                Ok(Answer::Fit(Box::new(fit(&factor, false)?)))
            }
        }
    }

    /// Whether the answer is one, in exact arithmetic for games.
    ///
    /// # Errors
    /// If it is not.
    pub fn check(&self, answer: Answer) -> Result<(), WorkError> {
        match (self, answer) {
            (Self::Kernel(game), Answer::Optima(optima)) => {
                optima.into_iter().enumerate().try_for_each(|(prior, optimum)| {
                    let proof = optimum.proof(prior, 0, Objective::agent(0));
                    let (_, verdict) = proof.certify(game).map_err(not_certified)?;
                    proved(verdict.certified(), "an optimum")
                })
            }
            (Self::Equilibria(game), Answer::Equilibria(found)) => {
                let (_, worst) = found.worst.proof.certify(game).map_err(not_certified)?;
                proved(worst.certified(), "the worst equilibrium")?;
                let (_, below) = found.exclusion.certify(game).map_err(not_certified)?;
                proved(below.certified(), "that there is none below")
            }
            (Self::Hull { .. }, Answer::Fit(found)) => {
                let misses = [found.nnls.kkt, found.simplex.kkt].map(|kkt| kkt.stationarity.max(kkt.dual));
                proved(misses.iter().all(|miss| *miss < OPTIMAL), "a fit")
            }
            _ => Err(WorkError::NotCertified("it is that of another work".into())),
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as `map_err` calls it")]
fn not_certified(cause: Refusal) -> WorkError {
    WorkError::NotCertified(cause.to_string())
}

fn proved(yes: bool, what: &str) -> Result<(), WorkError> {
    if yes { Ok(()) } else { Err(WorkError::NotCertified(format!("{what} misses the tolerance"))) }
}
