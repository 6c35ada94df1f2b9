//! Properties of every instance: the bound of the theorem, the order of values, symmetries, and the
//! effect of more agents.

use crate::common::{FAMILIES, beyond, generated, solved};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use suasion_certificate::{Proof, promised_value};
use suasion_equilibrium::{BestAgentGame, Dynamics, Order, Start, ValueInterval};
use suasion_model::{Family, Information, Instance, Matrix, Party};
use suasion_persuasion::Settings;

/// The distance of the user's utility from a weighted sum of the agents' utilities, with the best
/// offset per state or without an offset.
fn error(game: &Instance, weights: &[f64], offset: bool) -> f64 {
    let rest = |a: usize, y: usize| {
        let sum: f64 = game.agents.iter().zip(weights).map(|(agent, w)| w * agent.utility[(a, y)]).sum();
        sum - game.user.utility[(a, y)]
    };
    let distance = |y: usize| {
        let range = (0..game.actions.len()).map(|a| rest(a, y));
        let (low, high) = range.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), r| (l.min(r), h.max(r)));
        if offset { 0.5 * (high - low) } else { high.max(-low) }
    };
    (0..game.states.len()).map(distance).fold(0.0, f64::max)
}

/// The weights by which the generator built the user of an instance of the family `hull`.
fn weights_of_hull(game: &Instance, seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for agent in &game.agents {
        for &entry in agent.utility.as_slice() {
            assert_eq!(rng.random::<f64>(), entry);
        }
    }
    simplex(&mut rng, game.agents.len())
}

fn simplex(rng: &mut ChaCha8Rng, size: usize) -> Vec<f64> {
    let point: Vec<f64> = (0..size).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
    let total: f64 = point.iter().sum();
    point.into_iter().map(|x| x / total).collect()
}

/// The weights with the smallest error among many: random on the simplex, uniform, one agent alone,
/// and larger or smaller ones.
fn good_weights(game: &Instance, seed: u64, offset: bool) -> Vec<f64> {
    let (rng, agents) = (&mut ChaCha8Rng::seed_from_u64(seed), game.agents.len());
    let mut tried = vec![vec![1.0 / agents as f64; agents]];
    for _ in 0..40 {
        let scale = if rng.random() { 1.0 } else { 2.0 * rng.random::<f64>() };
        tried.push(simplex(rng, agents).into_iter().map(|w| scale * w).collect());
    }
    for agent in 0..agents {
        tried.push((0..agents).map(|other| f64::from(u8::from(other == agent))).collect());
    }
    tried.into_iter().min_by(|l, r| error(game, l, offset).total_cmp(&error(game, r, offset))).unwrap()
}

/// Theorem 3 of Collina et al. (arXiv 2509.15090) is never violated, with and without slack, for
/// the weights that generated the family and for others. Values are in order, and the certified
/// exclusion ends where the worst equilibrium begins.
#[test]
fn the_bound_holds() {
    let families = [FAMILIES.as_slice(), &[Family::Hull { eps: 0.0 }, Family::Hull { eps: 0.02 }]].concat();
    let one = |seed: usize| {
        let family = families[seed % families.len()];
        let shape = (2 + seed / 8 % 4, 2 + seed / 32 % 3, 1 + seed / 96 % 4);
        let game = generated(family, shape.0, shape.1, shape.2, seed as u64);
        let agents = game.agents.len();
        let slack = if (seed / 7).is_multiple_of(2) { 0.0 } else { 0.03 };
        let found = solved(&game, slack);
        let worst = &found.worst.claims;
        let place = format!("{} {seed}, slack {slack}: {:?}, {worst:?}", family.name(), found.equilibria.intervals);
        for (offset, known) in [(false, true), (false, false), (true, false)] {
            let weights = if known && matches!(family, Family::Hull { .. }) {
                weights_of_hull(&game, seed as u64)
            } else {
                good_weights(&game, seed as u64, offset)
            };
            let error = error(&game, &weights, offset) + 1e-15;
            if let (Family::Hull { eps }, true) = (family, known) {
                assert!(error <= eps + 1e-12, "{place}: {error}");
            }
            let promised = promised_value(found.full, error, &weights, &worst.regrets);
            assert!(worst.user_value >= promised - 1e-9, "{place}, promised {promised}");
            let promised = promised_value(found.full, error, &weights, &vec![slack; agents]);
            assert!(worst.user_value >= promised - 1e-7, "{place}, promised {promised}");
        }
        assert!(worst.user_value >= found.silent - 1e-9, "{place}");
        assert!(found.best.claims.user_value <= found.full + 1e-9, "{place}");
        assert!(agents == 1 || (found.best.claims.user_value - found.full).abs() < 1e-12, "{place}");
        assert!(worst.regrets.iter().all(|&regret| regret <= slack + 1e-7), "{place}");
        let short = worst.user_value - found.below.claims.lower_bound;
        assert!(short >= -1e-12, "{place}: {}", found.below.claims.lower_bound);
        assert!(short <= 1e-8, "{place}: {}", found.below.claims.lower_bound);
    };
    (0..2000).into_par_iter().for_each(one);
}

fn intervals(game: &Instance, slack: f64) -> Vec<ValueInterval> {
    BestAgentGame::new(game, 0, &Settings::default()).unwrap().equilibria(slack).unwrap().intervals
}

/// The greatest distance of a value of one set from the other.
fn apart(these: &[ValueInterval], those: &[ValueInterval]) -> f64 {
    beyond(these, those).max(beyond(those, these))
}

fn moved(intervals: &[ValueInterval], scale: f64, shift: f64) -> Vec<ValueInterval> {
    let moved = |v: f64| scale * v + shift;
    intervals.iter().map(|interval| ValueInterval { from: moved(interval.from), to: moved(interval.to) }).collect()
}

fn prior(game: &Instance) -> &[f64] {
    let Information::Priors(priors) = &game.information else { unreachable!() };
    priors.row(0)
}

/// The result, with its proofs, does not depend on the number of threads.
#[test]
fn threads_do_not_matter() {
    for (family, slack) in [(Family::Uniform, 0.0), (Family::Integer, 0.0), (Family::Opposed, 0.05)] {
        let game = generated(family, 9, 8, 4, 21);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| solved(&game, slack));
            (found.equilibria.intervals, found.worst, found.best, found.below)
        };
        assert_eq!(run(1), run(3));
    }
}

/// Games with something missing or out of proportion: states with no or almost no mass, parties who
/// are indifferent, who care about little or about much, actions that are alike, one action, one
/// state.
fn degenerate(seed: u64) -> Instance {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let (states, actions) = (rng.random_range(1..5), rng.random_range(1..5));
    let family = [Family::Uniform, Family::Integer, Family::Hull { eps: 0.0 }, Family::Opposed][rng.random_range(0..4)];
    let mut game = generated(family, states, actions, rng.random_range(1..4), seed);
    let mut masses = prior(&game).to_vec();
    if rng.random() {
        let state = rng.random_range(0..states);
        masses[state] =
            if rng.random() || states == 1 { masses[state] } else { [0.0, 1e-13, 1e-6][rng.random_range(0..3)] };
        let total: f64 = masses.iter().sum();
        for p in &mut masses {
            *p /= total;
        }
        game.information = Information::Priors(Matrix::new(1, states, masses));
    }
    let change = |utility: &mut Matrix, most: u32| {
        let old = utility.clone();
        *utility = Matrix::from_fn(actions, states, |a, y| match most {
            0 => 0.25,
            1 => old[(0, y)],
            2 => 1e4 * old[(a, y)] - 3e3,
            3 => 1e-6 * old[(a, y)] + 1.0,
            4 => old[(a / 2, y)],
            5 => old[(a, 0)],
            _ => old[(a, y)],
        });
    };
    // The user's utility is not changed to 1 plus millionths: its digits would not suffice for
    // frontiers that steep.
    let change_of_user = rng.random_range(0..12);
    change(&mut game.user.utility, if change_of_user == 3 { 2 } else { change_of_user });
    for agent in &mut game.agents {
        change(&mut agent.utility, rng.random_range(0..12));
    }
    game
}

/// Nothing missing or out of proportion breaks the engine: all results are certified, the set as
/// well as dynamics.
#[test]
fn degenerate_games() {
    (0..500_u64).into_par_iter().for_each(|seed| {
        let game = degenerate(seed);
        let range = game.user.utility.range();
        let unit = (range.1 - range.0) + 1e-7 * (1.0 + range.1.abs());
        for slack in [0.0, 0.01] {
            let found = solved(&game, slack);
            let (worst, below) = (found.worst.claims.user_value, found.below.claims.lower_bound);
            let place = format!("{seed}, slack {slack}: {:?}, {below}", found.equilibria.intervals);
            assert!(below <= worst + 1e-11 * unit && below >= worst - 3e-5 * unit, "{place}");
            assert!(worst >= found.silent - 1e-9 * unit && worst <= found.full + 1e-9 * unit, "{place}");
        }
        let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
        let payoffs = solver.payoffs().unwrap();
        for order in [Order::RoundRobin, Order::Simultaneous] {
            for start in [Start::Monopoly, Start::Full, Start::Random, Start::Uninformative] {
                let run = payoffs.run(&Dynamics { order, start, increment: 1e-3 * unit, ..Dynamics::default() }, 0);
                let (_, verdict) = payoffs.proof(&run).certify(&game).unwrap();
                assert!(verdict.certified(), "{seed} {order:?} {start:?}: {verdict:?}, {:?}", run.ended);
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The names of states, actions and agents do not matter. Neither do the zero and the unit of a
    /// utility, even state by state: what no action changes does not change any choice. The user's
    /// shifts are sixteenths, so that integers stay exact: rounding could make an action suboptimal
    /// that is optimal at only one belief.
    #[test]
    fn symmetry(seed in any::<u64>(), states in 2_usize..6, actions in 2_usize..6, agents in 1_usize..5, family in 0_usize..6, slack in prop::sample::select(vec![0.0, 0.02])) {
        let game = generated(FAMILIES[family], states, actions, agents, seed);
        let actions = game.actions.len();
        let base = intervals(&game, slack);
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let shifts: Vec<f64> = (0..states).map(|_| f64::from(rng.random_range(-32..=32)) / 16.0).collect();
        let mut turned = game.clone();
        let turn = |utility: &Matrix, scale: f64, shift: f64| {
            let entry = |a: usize, y: usize| scale * utility[(a, y)] + shift * shifts[y];
            Matrix::from_fn(actions, states, |a, y| entry((a + 1) % actions, (y + 1) % states))
        };
        turned.information =
            Information::Priors(Matrix::from_fn(1, states, |_, y| prior(&game)[(y + 1) % states]));
        turned.user.utility = turn(&game.user.utility, 3.0, 1.0);
        turned.agents.reverse();
        for agent in &mut turned.agents {
            // Slack is in the unit of the agents.
            let scale = if slack > 0.0 { 2.0 } else { rng.random_range(0.5..5.0) };
            agent.utility = turn(&agent.utility, scale, rng.random_range(-1.0..1.0));
        }
        let shift = shifts.iter().zip(prior(&game)).map(|(shift, p)| shift * p).sum::<f64>();
        let expected = moved(&base, 3.0, shift);
        let found = intervals(&turned, 2.0 * slack);
        prop_assert!(apart(&found, &expected) < 1e-6, "{:?}, {:?}", found, expected);
    }

    /// If there are at least two agents, another agent can only remove equilibria. A duplicate of
    /// an agent removes none, and an agent with the user's utility leaves only full information.
    #[test]
    fn more_agents(seed in any::<u64>(), states in 2_usize..6, actions in 2_usize..6, agents in 2_usize..5, family in 0_usize..6, slack in prop::sample::select(vec![0.0, 0.02])) {
        let game = generated(FAMILIES[family], states, actions, agents, seed);
        let base = intervals(&game, slack);
        let with = |utility: &Matrix| {
            let mut more = game.clone();
            more.agents.push(Party { name: "another".into(), utility: utility.clone() });
            intervals(&more, slack)
        };
        let other = generated(FAMILIES[family], states, game.actions.len(), 1, seed ^ 1);
        let fewer = with(&other.agents[0].utility);
        prop_assert!(beyond(&fewer, &base) < 1e-6, "{:?}, {:?}", fewer, base);
        let same = with(&game.agents[agents - 1].utility);
        prop_assert!(apart(&same, &base) < 1e-6, "{:?}, {:?}", same, base);
        let friend = with(&game.user.utility);
        let full = game.view(0, 0).unwrap().full_information();
        prop_assert!((friend[0].from - full).abs() < slack + 1e-6, "{:?}, {}", friend, full);
    }

    /// Larger games are certified as well, and the exclusion ends where the worst equilibrium
    /// begins.
    #[test]
    fn larger_games(seed in any::<u64>(), states in 6_usize..12, actions in 6_usize..12, agents in 2_usize..6, family in 0_usize..6, slack in prop::sample::select(vec![0.0, 0.02])) {
        let found = solved(&generated(FAMILIES[family], states, actions, agents, seed), slack);
        let (worst, below) = (found.worst.claims.user_value, found.below.claims.lower_bound);
        prop_assert!(below <= worst + 1e-9 && below >= worst - 1e-7, "{}, {}", worst, below);
        prop_assert!(worst >= found.silent - 1e-9 && worst <= found.full + 1e-9);
    }
}
