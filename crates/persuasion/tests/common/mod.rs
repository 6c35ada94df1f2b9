//! Games for the tests, and their certified solutions.
#![allow(dead_code, reason = "each test file uses its part")]

use suasion_certificate::{Certificate, Verdict};
use suasion_model::{Family, Information, Instance, Labels, Matrix, Objective, Party, PriorPath, Shape};
use suasion_persuasion::{Settings, persuade};

pub const FAMILIES: [Family; 6] = [
    Family::Uniform,
    Family::Hull { eps: 0.1 },
    Family::Opposed,
    Family::Threshold,
    Family::Quadratic,
    Family::Integer,
];

pub fn instance(prior: Vec<f64>, user: Matrix, agent: Matrix) -> Instance {
    Instance {
        name: "test".into(),
        source: None,
        states: Labels::Count(prior.len()),
        actions: Labels::Count(user.rows()),
        information: Information::Priors(Matrix::new(1, prior.len(), prior)),
        user: Party { name: "user".into(), utility: user },
        agents: vec![Party { name: "agent".into(), utility: agent }],
    }
}

pub fn generated(family: Family, states: usize, actions: usize, priors: usize, seed: u64) -> Instance {
    let actions = if family == Family::Threshold { 2 } else { actions };
    let shape = Shape { states, actions, agents: 1, priors };
    family.generate(shape, PriorPath::Walk { step: 0.2 }, seed).unwrap()
}

/// Agent 0's optimum at prior 0, certified.
pub fn solved(game: &Instance, floor: Option<f64>) -> (Certificate, Verdict) {
    let view = game.view(0, 0).unwrap();
    let optimum = persuade(&view, &view.agents[0], floor, &Settings::default()).unwrap();
    optimum.proof(0, 0, Objective::agent(0)).certify(game).unwrap()
}
