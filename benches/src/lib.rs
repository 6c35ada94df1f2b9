//! Games for the benches.

use suasion_hull::{AlignOptions, Alignment, align};
use suasion_model::{Family, Information, Instance, Matrix, Objective, PriorPath, Shape};
use suasion_persuasion::{Settings, persuade};

/// The families, by what they are called on the command line.
pub const FAMILIES: [Family; 6] = [
    Family::Uniform,
    Family::Hull { eps: 0.0 },
    Family::Opposed,
    Family::Threshold,
    Family::Quadratic,
    Family::Integer,
];

/// An instance with one agent.
///
/// # Panics
/// If a size is zero.
#[must_use]
pub fn game(family: Family, states: usize, actions: usize, priors: usize, seed: u64) -> Instance {
    let actions = if family == Family::Threshold { 2 } else { actions };
    let shape = Shape { states, actions, agents: 1, priors };
    family.generate(shape, PriorPath::Walk { step: 0.05 }, seed).expect("sizes above zero")
}

/// The table of priors.
///
/// # Panics
/// If the instance has worlds.
#[must_use]
pub fn priors(game: &Instance) -> &Matrix {
    match &game.information {
        Information::Priors(priors) => priors,
        Information::Worlds { .. } => panic!("generated instances have priors"),
    }
}

/// Solves for agent 0 at prior 0, and returns the certified gap relative to the range of the utility, if it is certified.
///
/// # Panics
/// If it cannot be solved.
#[must_use]
pub fn solve(game: &Instance) -> Option<f64> {
    let view = game.view(0, 0).expect("a user of one type");
    let optimum = persuade(&view, &view.agents[0], None, &Settings::default()).expect("an optimum");
    let (_, verdict) = optimum.proof(0, 0, Objective::agent(0)).certify(game).expect("a proof");
    let (low, high) = game.agents[0].utility.range();
    verdict.certified().then_some(verdict.gap / (high - low))
}

/// An instance with several agents.
///
/// # Panics
/// If a size is zero.
#[must_use]
pub fn many_agents(family: Family, states: usize, actions: usize, agents: usize, seed: u64) -> Instance {
    let shape = Shape { states, actions, agents, priors: 1 };
    family.generate(shape, PriorPath::Independent, seed).expect("sizes above zero")
}

/// The alignment of a game.
///
/// # Panics
/// If it is not found.
#[must_use]
pub fn align_agents(game: &Instance, options: &AlignOptions) -> Alignment {
    let agents: Vec<&Matrix> = game.agents.iter().map(|agent| &agent.utility).collect();
    align(&game.user.utility, &agents, options, &Settings::default()).expect("an alignment")
}
