//! Does competition among agents help the user?
//!
//! *Design.* A seed draws a prior, a pool of agents, and three users who face the same pool at the
//! same prior, so that games differ only in where the user's utility lies ([`Condition`]). The
//! third user also faces the pool after its agents were made alike. This matters because agents who
//! disagree may reveal everything even if the condition fails, while agents who want much the same
//! do not. The first `k` agents of the pool play the game with `k` agents, so a larger game adds
//! agents and replaces none. The users of the first two conditions lie between the first two
//! agents, hence in the hull for every `k >= 2`. A single agent satisfies the condition only if it
//! is aligned, so no condition holds at `k = 1`. What a row says about alignment is measured
//! ([`CompetitionRow::alignment_error`]), not assumed.
//!
//! *Measurements.* In the best-agent game: the exact worst and best equilibrium, the end of
//! best-response dynamics, and the bound of Theorem 3. In the all-agents game: the worst and best
//! equilibrium found from a number of starts, and the bounds of Theorems 1 and 2 ([`Setting`]).

mod design;
mod finding;
mod measure;
mod picture;
mod summary;

use crate::StudyError;
use crate::error::GameError;
use rayon::prelude::*;
use serde::Serialize;
use std::path::PathBuf;
use suasion_persuasion::{PersuadeError, Settings, Stopped};
use suasion_table::Folder;

pub use design::{Condition, Draw};
pub use measure::{COLUMNS, CompetitionRow};
pub use summary::Cell;

/// The largest number of states, actions or agents.
const MOST: usize = 1000;
/// The largest number of starts.
const MOST_STARTS: usize = 100_000;
/// The largest number of seeds.
const MOST_SEEDS: usize = 1_000_000;

/// The game that the agents play.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// The user talks only with the best agent (Theorem 3).
    #[default]
    BestAgent,
    /// She receives one message from every agent (Theorem 1, or Theorem 2 if she is quantal).
    AllAgents,
}

impl Setting {
    /// Its name in tables and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BestAgent => "best-agent",
            Self::AllAgents => "all-agents",
        }
    }
}

/// The sizes of the study.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Competition {
    /// The game.
    pub game: Setting,
    /// The user's sensitivity if she responds quantally, in the all-agents game.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantal: Option<f64>,
    /// The number of starts of the search for equilibria of the all-agents game.
    pub starts: usize,
    /// The number of states.
    pub states: usize,
    /// The number of actions.
    pub actions: usize,
    /// The largest number of agents. The study goes from 1 to this number.
    pub agents: usize,
    /// The number of seeds.
    pub seeds: usize,
    /// The largest distance, in each entry, of the user of [`Condition::Approximate`] from the
    /// hull.
    pub eps: f64,
    /// The share of each agent's utility that is its own under [`Condition::Alike`]. The rest is
    /// common to all agents.
    pub diversity: f64,
    /// The amount by which a bid exceeds the best other bid, in units of the user's utility.
    pub increment: f64,
    /// The first seed. The others are the next integers.
    pub seed: u64,
}

impl Default for Competition {
    fn default() -> Self {
        Self {
            game: Setting::BestAgent,
            quantal: None,
            starts: 24,
            states: 4,
            actions: 4,
            agents: 8,
            seeds: 200,
            eps: 0.05,
            diversity: 0.25,
            increment: 1e-3,
            seed: 0,
        }
    }
}

/// The results of the study.
#[derive(Clone, Debug, PartialEq)]
pub struct CompetitionFindings {
    /// Its sizes.
    pub study: Competition,
    /// One row per seed, condition and number of agents, in this order.
    pub rows: Vec<CompetitionRow>,
    /// Why seeds are missing, if any are. The seeds that are there are complete, but quick ones are
    /// more likely to be among them.
    pub stopped: Option<Stopped>,
}

impl Competition {
    /// Checks that the study can be run.
    ///
    /// # Errors
    /// If a number is out of its range.
    pub fn check(&self) -> Result<(), StudyError> {
        let sizes = [("the number of states", self.states), ("the number of actions", self.actions)];
        for (what, found) in sizes.into_iter().chain([("the number of agents", self.agents)]) {
            if !(1..=MOST).contains(&found) {
                return Err(number(what, &found, "from 1 to 1000"));
            }
        }
        if !(1..=MOST_SEEDS).contains(&self.seeds) {
            return Err(number("the number of seeds", &self.seeds, "from 1 to 1000000"));
        }
        if self.seed.checked_add(self.seeds as u64).is_none() {
            return Err(number("the first seed", &self.seed, "one that leaves room for the others"));
        }
        if !(1..=MOST_STARTS).contains(&self.starts) {
            return Err(number("the number of starts", &self.starts, "from 1 to 100000"));
        }
        if let Some(eta) = self.quantal {
            if !(eta.is_finite() && eta >= 0.0) {
                return Err(number("eta", &eta, "a finite number of at least 0"));
            }
            if self.game != Setting::AllAgents {
                return Err(number("the game of a quantal user", &self.game.name(), "all-agents"));
            }
        }
        if !(0.0..=1.0).contains(&self.eps) {
            return Err(number("eps", &self.eps, "a number from 0 to 1"));
        }
        if !(0.0..=1.0).contains(&self.diversity) {
            return Err(number("the diversity", &self.diversity, "a number from 0 to 1"));
        }
        if !(self.increment > 0.0 && self.increment <= 1.0) {
            return Err(number("the increment", &self.increment, "a number above 0, at most 1"));
        }
        Ok(())
    }

    /// Runs the study, in parallel over seeds. `done` is called with the number of finished games.
    /// The result does not depend on the number of threads. If a limit of `settings` is reached,
    /// the result has only the seeds that are complete.
    ///
    /// # Errors
    /// If a number is out of its range, a game has no answer, or a limit is reached before the
    /// first seed is complete.
    pub fn run(&self, settings: &Settings, done: &(dyn Fn(usize) + Sync)) -> Result<CompetitionFindings, StudyError> {
        self.check()?;
        let seeds = self.seed..self.seed + self.seeds as u64;
        let games = |seed: u64| {
            let rows = self.games(seed, settings);
            done(1);
            rows
        };
        let found: Vec<Option<Vec<CompetitionRow>>> = seeds.into_par_iter().map(games).collect::<Result<_, _>>()?;
        let complete = found.iter().flatten().count();
        // A limit that is reached after the last seed has ended nothing.
        let stopped = if complete < self.seeds { settings.stopped() } else { None };
        match stopped {
            Some(stopped) if complete == 0 => Err(StudyError::Stopped(stopped)),
            _ => Ok(CompetitionFindings {
                study: self.clone(),
                rows: found.into_iter().flatten().flatten().collect(),
                stopped,
            }),
        }
    }

    /// All games of a seed, or `None` if a limit is reached before the last one.
    fn games(&self, seed: u64, settings: &Settings) -> Result<Option<Vec<CompetitionRow>>, StudyError> {
        let draw = Draw::new(self, seed);
        let mut rows = Vec::with_capacity(Condition::ALL.len() * self.agents);
        for condition in Condition::ALL {
            for agents in 1..=self.agents {
                if settings.stopped().is_some() {
                    return Ok(None);
                }
                match measure::row(self, &draw, condition, agents, settings) {
                    Ok(row) => rows.push(row),
                    Err(GameError::Equilibrium(cause)) if is_stop(&cause) => return Ok(None),
                    Err(cause) => {
                        let condition = condition.name();
                        return Err(StudyError::Game { seed, condition, agents, cause: Box::new(cause) });
                    }
                }
            }
        }
        Ok(Some(rows))
    }
}

fn is_stop(cause: &suasion_equilibrium::EquilibriumError) -> bool {
    matches!(cause, suasion_equilibrium::EquilibriumError::Persuade(PersuadeError::Stopped(_)))
}

fn number(what: &'static str, found: &dyn ToString, expected: &'static str) -> StudyError {
    StudyError::Number { what, found: found.to_string(), expected }
}

impl CompetitionFindings {
    /// The number of seeds that are complete.
    #[must_use]
    pub fn seeds(&self) -> usize {
        self.rows.len() / (Condition::ALL.len() * self.study.agents)
    }

    /// Writes `competition.csv`, `competition.parquet`, `competition.svg` and `competition.png`,
    /// and returns their paths. `cells` is the result of [`CompetitionFindings::summary`].
    ///
    /// # Errors
    /// If a file cannot be created or written. In that case, none is.
    pub fn write(&self, cells: &[Cell], mut folder: Folder) -> Result<Vec<PathBuf>, StudyError> {
        folder.add("competition.csv", &suasion_table::csv(COLUMNS, &self.rows)?)?;
        let study = serde_json::to_string(&self.study).unwrap_or_default();
        folder.add(
            "competition.parquet",
            &suasion_table::parquet(COLUMNS, &self.rows, &[("suasion.study.competition", study)])?,
        )?;
        let figure = picture::figure(&self.study, cells);
        folder.add("competition.svg", figure.svg()?.as_bytes())?;
        folder.add("competition.png", &figure.png()?)?;
        Ok(folder.finish()?)
    }
}
