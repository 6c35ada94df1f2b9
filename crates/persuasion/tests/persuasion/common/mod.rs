//! Games for the tests, and their certified solutions.
pub mod commitments;
pub mod written_out;

use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::ops::Deref;
use suasion_certificate::{Certificate, Communication, Direct, OptimumProof, Proof, Verdict};
use suasion_model::{
    AgentSignals, Family, Information, Instance, Labels, Matrix, Objective, Party, PriorPath, Shape, World,
};
use suasion_persuasion::{Optimum, Sender, Settings, persuade};

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
pub fn solved(game: &Instance, floor: Option<f64>) -> (Certificate<OptimumProof<Direct>>, Verdict) {
    let view = game.view(0, 0).unwrap();
    let optimum = persuade(&view, &Objective::agent(0), floor, &Settings::default()).unwrap();
    optimum.proof().certify(game).unwrap()
}

/// An optimum, and its values in floating point.
#[derive(Clone, Debug)]
pub struct Valued<C: Communication> {
    pub optimum: Optimum<C>,
    pub objective_value: f64,
    pub user_value: f64,
    /// An upper bound on the value of any scheme that satisfies the floor.
    pub upper_bound: f64,
}

impl<C: Communication> Valued<C> {
    pub fn new<S: Sender<Communication = C>>(sender: &S, optimum: Optimum<C>) -> Self {
        let values = sender.values(&optimum.scheme);
        let (floor, multiplier) = optimum.floor.map_or((0.0, 0.0), |floor| (floor.value, floor.multiplier));
        let upper_bound = sender.bounded(&optimum.objective, multiplier, &optimum.bound) - multiplier * floor;
        Self { objective_value: values.of(&optimum.objective), user_value: values.user, upper_bound, optimum }
    }
}

impl<C: Communication> Deref for Valued<C> {
    type Target = Optimum<C>;

    fn deref(&self) -> &Optimum<C> {
        &self.optimum
    }
}

/// A game with `types` types of the user, `signals` observations of agent 0, three states and two
/// agents. Every pair of a type and a signal has one or two worlds, or none. Utilities are uniform,
/// or small integers, depending on the seed.
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
