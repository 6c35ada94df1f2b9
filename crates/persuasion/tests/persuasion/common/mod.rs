//! Games for the tests, and their certified solutions.
pub mod commitments;
pub mod written_out;

use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use suasion_certificate::{Certificate, Verdict};
use suasion_model::{
    AgentSignals, Family, Information, Instance, Labels, Matrix, Objective, Party, PriorPath, Shape, World,
};
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
        protocol: None,
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

/// A game with `types` types of the user, `signals` observations of agent 0, three states and two agents; every pair of a type and a signal is
/// one or two worlds, or none. Utilities are uniform, or small integers, by the seed.
pub fn typed(types: usize, signals: usize, actions: usize, seed: u64) -> Instance {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut worlds = Vec::new();
    for t in 0..types {
        for x in 0..signals {
            let few = rng.random_range(0..8);
            for _ in 0..if few == 0 && !(t == 0 && x == 0) { 0 } else { 1 + few % 2 } {
                let state = rng.random_range(0..3);
                let agents = AgentSignals::PerAgent(vec![x, rng.random_range(0..signals)]);
                worlds.push(World { probability: rng.random_range(0.05..1.0), state, user: t, agents });
            }
        }
    }
    let total: f64 = worlds.iter().map(|world| world.probability).sum();
    for world in &mut worlds {
        world.probability /= total;
    }
    let integer = seed.is_multiple_of(3);
    let mut party = |name: &str| Party {
        name: name.into(),
        utility: Matrix::from_fn(actions, 3, |_, _| {
            if integer { f64::from(rng.random_range(0..4)) } else { rng.random_range(0.0..1.0) }
        }),
    };
    let names = |count: usize| (0..count).map(|k| format!("{k}")).collect();
    Instance {
        name: format!("typed {seed}"),
        source: None,
        states: Labels::Count(3),
        actions: Labels::Count(actions),
        user: party("user"),
        agents: vec![party("agent"), party("other")],
        information: Information::Worlds { types: names(types), signals: names(signals), worlds },
        protocol: None,
    }
}
