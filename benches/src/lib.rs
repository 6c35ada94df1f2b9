//! Games and tables for the benches.

pub mod exact;
pub mod scale;

use faer::{ColRef, MatRef};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_alignment::{AlignOptions, Alignment, align};
use suasion_certificate::Proof;
use suasion_model::{
    AgentSignals, ConversationRule, Family, Information, Instance, Labels, Matrix, Objective, Party, PriorPath,
    Protocol, Shape, World,
};
use suasion_persuasion::{Settings, make_plausible, persuade};
use suasion_regression::{CurveOptions, Factor};

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

/// Solves for agent 0 at prior 0, and returns the certified gap relative to the range of the
/// utility, if it is certified.
///
/// # Panics
/// If it cannot be solved.
#[must_use]
pub fn solve(game: &Instance) -> Option<f64> {
    let view = game.view(0, 0).expect("a user of one type");
    let optimum = persuade(&view, &Objective::agent(0), None, &Settings::default()).expect("an optimum");
    let (_, verdict) = optimum.proof().certify(game).expect("a proof");
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

/// A conversation rule for every agent, in which every answer has some probability, uniform on the
/// simplex.
#[must_use]
pub fn random_rules(instance: &Instance, protocol: &Protocol, seed: u64) -> Vec<ConversationRule> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut rule = ConversationRule::silence(protocol, instance.observations());
    let rule = |_| {
        for row in rule.rounds.iter_mut().flat_map(|round| round.chunks_mut(protocol.agent_alphabet())) {
            row.fill_with(|| -rng.random::<f64>().ln());
            make_plausible(row);
        }
        rule.clone()
    };
    (0..instance.agents.len()).map(rule).collect()
}

/// Whether the types of a user differ in what they believe alone, or also in what they want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tastes {
    /// One state for each observation: types differ in their beliefs.
    Common,
    /// One state for each pair of a type and an observation: types have utilities of their own.
    Private,
}

/// A game against a user of several types: every pair of a type and an observation is a world,
/// utilities are uniform.
#[must_use]
pub fn typed_game(types: usize, observations: usize, actions: usize, tastes: Tastes, seed: u64) -> Instance {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut worlds = Vec::with_capacity(types * observations);
    for user in 0..types {
        for x in 0..observations {
            let state = if tastes == Tastes::Common { x } else { user * observations + x };
            let probability = rng.random_range(0.1..1.0);
            worlds.push(World { probability, state, user, agents: AgentSignals::Shared(x) });
        }
    }
    let total: f64 = worlds.iter().map(|world| world.probability).sum();
    for world in &mut worlds {
        world.probability /= total;
    }
    let states = if tastes == Tastes::Common { observations } else { types * observations };
    let mut party =
        |name: &str| Party { name: name.into(), utility: Matrix::from_fn(actions, states, |_, _| rng.random()) };
    let (user, agents) = (party("user"), vec![party("agent")]);
    let names = |count: usize| (0..count).map(|k| k.to_string()).collect();
    Instance {
        name: format!("{types} types, {observations} observations, {actions} actions"),
        source: None,
        states: Labels::Count(states),
        actions: Labels::Count(actions),
        information: Information::Worlds { types: names(types), signals: names(observations), worlds },
        user,
        agents,
        protocol: None,
    }
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

/// A table in memory: what agents and a human make of items.
pub struct Scores {
    /// rows x agents, row by row, uniform in [0, 1].
    pub agents: Vec<f64>,
    /// What the human makes of them: a weighted sum of a third of the agents, and noise.
    pub human: Vec<f64>,
    /// k.
    pub columns: usize,
}

impl Scores {
    /// Drawn by a seed, in parallel.
    #[must_use]
    pub fn new(rows: usize, columns: usize, seed: u64) -> Self {
        let (agents, human) = suasion_study::scaling::scores(rows, columns, seed);
        Self { agents, human, columns }
    }

    /// The factor of some rows.
    ///
    /// # Panics
    /// If there are no agents.
    #[must_use]
    pub fn factor(&self, rows: std::ops::Range<usize>) -> Factor {
        let agents = &self.agents[rows.start * self.columns..rows.end * self.columns];
        let agents = MatRef::from_row_major_slice(agents, rows.len(), self.columns);
        Factor::of(agents, ColRef::from_slice(&self.human[rows]), None).expect("finite numbers")
    }

    /// The factors of blocks of equal length.
    #[must_use]
    pub fn blocks(&self, count: usize) -> Vec<Factor> {
        let rows = self.human.len();
        (0..count).map(|block| self.factor(block * rows / count..(block + 1) * rows / count)).collect()
    }
}

/// The curve of all sizes from 1 to k, with 50 subsets and 5 folds.
#[must_use]
pub fn curve_options(agents: usize) -> CurveOptions {
    CurveOptions {
        sizes: (1..=agents).collect(),
        subsets: 50,
        folds: 5,
        bootstrap: 0,
        confidence: 0.95,
        with_intercept: false,
        seed: 0,
    }
}
