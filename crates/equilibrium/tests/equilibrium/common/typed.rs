//! Games with a user who has private information, and programs over all action profiles, written
//! out.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_lp::{Program, Sense};
use suasion_model::{AgentSignals, Information, Instance, Labels, Matrix, Party, TypedView, World};

/// The size of a game.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub types: usize,
    pub signals: usize,
    pub actions: usize,
    pub agents: usize,
}

/// A game with three states, in which every pair of a type and a signal is a world or two. The seed
/// decides whether utilities are uniform or small integers. Agents share their signals, or each has
/// its own.
pub fn typed(size: Size, shared: bool, seed: u64) -> Instance {
    let Size { types, signals, actions, agents } = size;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut worlds = Vec::new();
    for (t, x) in (0..types).flat_map(|t| (0..signals).map(move |x| (t, x))) {
        for _ in 0..rng.random_range(1..3) {
            let (state, probability) = (rng.random_range(0..3), rng.random_range(0.05..1.0));
            let own = (0..agents).map(|i| if i == 0 { x } else { rng.random_range(0..signals) }).collect();
            let agents = if shared { AgentSignals::Shared(x) } else { AgentSignals::PerAgent(own) };
            worlds.push(World { probability, state, user: t, agents });
        }
    }
    let total: f64 = worlds.iter().map(|world| world.probability).sum();
    for world in &mut worlds {
        world.probability /= total;
    }
    let integer = seed.is_multiple_of(3);
    let mut party = |name: String| Party {
        name,
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
        user: party("user".into()),
        agents: (0..agents).map(|i| party(format!("agent {i}"))).collect(),
        information: Information::Worlds { types: names(types), signals: names(signals), worlds },
        protocol: None,
    }
}

/// The same game, with the user's utility in the agents' hull: their plain mean.
pub fn in_the_hull(mut game: Instance) -> Instance {
    let utility = &game.user.utility;
    let mean = |a, y| game.agents.iter().map(|agent| agent.utility[(a, y)]).sum::<f64>() / game.agents.len() as f64;
    game.user.utility = Matrix::from_fn(utility.rows(), utility.columns(), mean);
    game
}

/// A game with one prior, with its states as the worlds.
pub fn as_worlds(game: &Instance) -> Instance {
    let Information::Priors(priors) = &game.information else { return game.clone() };
    let world = |(state, &probability): (usize, &f64)| World {
        probability,
        state,
        user: 0,
        agents: AgentSignals::Shared(state),
    };
    let information = Information::Worlds {
        types: vec!["everyone".into()],
        signals: (0..priors.columns()).map(|k| k.to_string()).collect(),
        worlds: priors.row(0).iter().enumerate().map(world).collect(),
    };
    Instance { information, ..game.clone() }
}

/// The most that a weighted sum of the agents gets from an experiment that gives the user from
/// `low` to `high`.
pub fn best_menus(view: &TypedView, weights: &[f64], low: f64, high: f64) -> f64 {
    let (mut program, worth) = all_menus(view);
    for (agent, weight) in weights.iter().enumerate() {
        for (column, value) in worth(agent + 1) {
            program.costs[column] += weight * value;
        }
    }
    program.add_row(low, high, worth(0));
    program.solve_direct().unwrap().optimal().unwrap().objective
}

/// The smallest shortfall from the agents' targets, in the given units, of an experiment that gives
/// the user `v`.
pub fn least_excess(view: &TypedView, units: &[f64], targets: &[f64], v: f64) -> f64 {
    let (mut program, worth) = all_menus(view);
    let excess = program.add_column(-1.0, f64::NEG_INFINITY, f64::INFINITY);
    for (agent, (unit, target)) in units.iter().zip(targets).enumerate() {
        let worth = worth(agent + 1).into_iter().map(|(column, value)| (column, unit * value));
        program.add_row(unit * target, f64::INFINITY, worth.chain([(excess, 1.0)]));
    }
    program.add_row(v, v, worth(0));
    -program.solve_direct().unwrap().optimal().unwrap().objective
}

/// The direct program over all action profiles, without costs, and every column's value to a party:
/// the user is party 0.
fn all_menus(view: &TypedView) -> (Program, impl Fn(usize) -> Vec<(usize, f64)> + '_) {
    let (types, n, m) = (view.types(), view.observations(), view.actions());
    let menus: Vec<Vec<usize>> =
        (0..m.pow(types as u32)).map(|f| (0..types).map(|t| f / m.pow(t as u32) % m).collect()).collect();
    let mut program = Program::new("all action profiles", Sense::Maximise);
    for _ in 0..menus.len() * n {
        program.add_column(0.0, 0.0, f64::INFINITY);
    }
    for x in 0..n {
        program.add_row(1.0, 1.0, (0..menus.len()).map(|f| (f * n + x, 1.0)));
    }
    for (f, menu) in menus.iter().enumerate() {
        for (t, &a) in menu.iter().enumerate() {
            let utility = &view.user()[t];
            for b in (0..m).filter(|&b| b != a) {
                program.add_row(0.0, f64::INFINITY, (0..n).map(|x| (f * n + x, utility[(a, x)] - utility[(b, x)])));
            }
        }
    }
    let worth = move |party: usize| {
        let utility = if party == 0 { view.user() } else { &view.agents()[party - 1] };
        let value = |menu: &[usize], x: usize| menu.iter().enumerate().map(|(t, &a)| utility[t][(a, x)]).sum::<f64>();
        let places = menus.iter().enumerate().flat_map(|(f, menu)| (0..n).map(move |x| (f, menu, x)));
        places.map(|(f, menu, x)| (f * n + x, value(menu, x))).collect()
    };
    (program, worth)
}
