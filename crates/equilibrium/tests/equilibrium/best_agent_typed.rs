//! The best-agent game with a user who has private information.

use crate::common::typed::{Size, as_worlds, best_menus, in_the_hull, least_excess, typed};
use crate::common::{FAMILIES, beyond, distance, generated, solved as solved_plain};
use std::time::Duration;
use suasion_certificate::{Certificate, Proof, Rational, promised_value};
use suasion_equilibrium::{
    BestAgentGame, Dynamics, Ended, Equilibria, Equilibrium, EquilibriumError, Order, Start, ValueInterval,
};
use suasion_model::{Instance, Matrix};
use suasion_persuasion::{ExperimentSender, MechanismSender, PersuadeError, Sender, Settings, Stopped};

fn once(game: &Instance) -> BestAgentGame<'_, ExperimentSender> {
    BestAgentGame::experiments(game, 0, &Settings::default()).unwrap()
}

fn often(game: &Instance) -> BestAgentGame<'_, MechanismSender> {
    BestAgentGame::mechanisms(game, 0, &Settings::default()).unwrap()
}

/// All equilibria, with certificates of the worst and the best, and of the absence of worse ones.
fn certified<S: Sender<Communication: Rational>>(
    game: &Instance,
    talk: &BestAgentGame<'_, S>,
) -> Equilibria<S::Communication> {
    certified_within(0.0, game, talk)
}

fn certified_within<S: Sender<Communication: Rational>>(
    slack: f64,
    game: &Instance,
    talk: &BestAgentGame<'_, S>,
) -> Equilibria<S::Communication> {
    let found = talk.equilibria(slack).unwrap();
    for equilibrium in [&found.worst, &found.best] {
        let (certificate, verdict) = equilibrium.proof.clone().certify(game).unwrap();
        assert!(verdict.certified(), "{}: {verdict:?} {found:?}", game.name);
        assert!((certificate.claims.user_value - equilibrium.user_value).abs() < 1e-9);
        assert!(certificate.check(game).unwrap().certified());
    }
    let (below, verdict) = found.exclusion.clone().certify(game).unwrap();
    assert!(verdict.certified(), "{}: {verdict:?} {found:?}", game.name);
    assert!(below.check(game).unwrap().certified());
    let (lower, worst) = (below.claims.lower_bound, found.worst.user_value);
    let unit = 1.0 + talk.full_information().abs();
    assert!((-1e-5 * unit..1e-9 * unit).contains(&(lower - worst)), "{}: {lower} and {worst}", game.name);
    let (first, last) = (found.intervals.first().unwrap(), found.intervals.last().unwrap());
    assert!((first.from - found.worst.user_value).abs() < 1e-9, "{found:?}");
    assert!((last.to - found.best.user_value).abs() < 1e-9, "{found:?}");
    let ends: Vec<f64> = found.intervals.iter().flat_map(|interval| [interval.from, interval.to]).collect();
    assert!(ends.is_sorted());
    found
}

/// The user's equilibrium values, and her values in the worst and the best equilibrium.
#[derive(Debug)]
struct Outcome {
    intervals: Vec<ValueInterval>,
    worst: f64,
    best: f64,
}

fn outcome<C: Rational>(found: &Equilibria<C>) -> Outcome {
    Outcome { intervals: found.intervals.clone(), worst: found.worst.user_value, best: found.best.user_value }
}

fn sizes(seed: u64) -> Size {
    Size {
        types: 2 + seed as usize % 2,
        signals: 2 + seed as usize / 2 % 3,
        actions: 2 + seed as usize / 6 % 2,
        agents: 2 + seed as usize / 12 % 2,
    }
}

/// If she has no private information, every way to communicate leads to the same equilibria as the
/// kernel for one type.
#[test]
fn one_type_plays_alike() {
    let mut apart = 0;
    for (seed, family) in (0..20).flat_map(|seed| FAMILIES.map(|family| (seed, family))) {
        let agents = 1 + seed as usize % 3;
        let game = generated(family, 2 + seed as usize % 4, 2 + seed as usize / 4 % 3, agents, seed);
        let worlds = as_worlds(&game);
        let expected = solved_plain(&game, 0.0);
        let scale = 1e-6 * (1.0 + expected.full.abs());
        let place = format!("{seed} {family:?}");
        for found in [outcome(&certified(&worlds, &once(&worlds))), outcome(&certified(&worlds, &often(&worlds)))] {
            let (these, those) = (&found.intervals, &expected.equilibria.intervals);
            assert!(beyond(these, those) < scale && beyond(those, these) < scale, "{place}: {these:?}, {those:?}");
            let ends = [
                (found.worst, expected.equilibria.worst.user_value),
                (found.best, expected.equilibria.best.user_value),
            ];
            assert!(ends.iter().all(|(found, expected)| (found - expected).abs() < scale), "{place}");
            apart += usize::from(found.intervals.len() > 1 || found.worst < expected.full - scale);
        }
    }
    assert!(apart > 20, "only {apart} of these games have equilibria without full information");
}

/// Whether there is an equilibrium at a value, by programs over all action profiles: an outcome
/// there that gives every agent what it could get by outbidding.
#[test]
fn values_on_a_grid() {
    let (mut inside, mut outside) = (0, 0);
    for seed in 0..36 {
        let game = typed(sizes(seed), true, 300 + seed);
        let talk = once(&game);
        let found = certified(&game, &talk);
        let view = &game.typed_view(0, 0).unwrap();
        let agents = game.agents.len();
        let unit = |i: usize| {
            let (low, high) = game.agents[i].utility.range();
            1.0 / (high - low)
        };
        let units: Vec<f64> = (0..agents).map(unit).collect();
        let only = |i: usize| (0..agents).map(|j| if i == j { units[i] } else { 0.0 }).collect::<Vec<f64>>();
        let (low, high) = (view.no_information().1, view.full_information());
        if high - low < 1e-6 {
            continue;
        }
        for step in 1..24 {
            let v = low + (high - low) * f64::from(step) / 24.0;
            let deviations: f64 = (0..agents).map(|i| best_menus(view, &only(i), v, f64::INFINITY)).sum();
            let gap = deviations - best_menus(view, &units, v, v);
            let far = distance(v, &found.intervals) / (high - low);
            if far == 0.0 {
                inside += 1;
                assert!(gap < 1e-6, "{seed}: {gap} at {v} of {:?}", found.intervals);
            } else if far > 1e-3 {
                outside += 1;
                assert!(gap > 1e-7, "{seed}: {gap} at {v} beside {:?}", found.intervals);
            }
        }
    }
    assert!(inside > 20 && outside > 200, "{inside} and {outside}");
}

/// With a slack: for a single type, the equilibria of the kernel for one type; for several types,
/// those of programs over all action profiles.
#[test]
fn slack_is_given_alike() {
    for (seed, family) in (0..8).flat_map(|seed| FAMILIES.map(|family| (seed, family))) {
        let game =
            generated(family, 2 + seed as usize % 3, 2 + seed as usize / 3 % 2, 1 + seed as usize % 3, 40 + seed);
        let (low, high) = game.agents[0].utility.range();
        let (worlds, slack) = (as_worlds(&game), 0.03 * (high - low));
        let expected = solved_plain(&game, slack);
        let scale = 1e-6 * (1.0 + expected.full.abs());
        for found in [
            outcome(&certified_within(slack, &worlds, &once(&worlds))),
            outcome(&certified_within(slack, &worlds, &often(&worlds))),
        ] {
            let (these, those) = (&found.intervals, &expected.equilibria.intervals);
            let place = format!("{seed} {family:?}: {these:?}, {those:?}");
            assert!(beyond(these, those) < scale && beyond(those, these) < scale, "{place}");
            assert!((found.worst - expected.equilibria.worst.user_value).abs() < scale, "{place}");
        }
    }
}

#[test]
fn slack_on_a_grid() {
    let (mut inside, mut outside) = (0, 0);
    for seed in 0..24 {
        let game = typed(sizes(seed), true, 400 + seed);
        let talk = once(&game);
        let (view, agents) = (&talk.sender(0).view, game.agents.len());
        let units: Vec<f64> =
            game.agents.iter().map(|agent| agent.utility.range()).map(|(l, h)| 1.0 / (h - l)).collect();
        let (low, high) = (view.no_information().1, view.full_information());
        if high - low < 1e-6 {
            continue;
        }
        let slack = 0.02 / units[0];
        let found = certified_within(slack, &game, &talk);
        certified_within(slack, &game, &often(&game));
        for step in 1..16 {
            let v = low + (high - low) * f64::from(step) / 16.0;
            let only = |i: usize| (0..agents).map(|j| f64::from(u8::from(i == j))).collect::<Vec<f64>>();
            let targets: Vec<f64> = (0..agents).map(|i| best_menus(view, &only(i), v, f64::INFINITY) - slack).collect();
            let excess = least_excess(view, &units, &targets, v);
            let far = distance(v, &found.intervals) / (high - low);
            if far == 0.0 {
                inside += 1;
                assert!(excess < 1e-7, "{seed}: {excess} at {v} of {:?}", found.intervals);
            } else if far > 1e-3 {
                outside += 1;
                assert!(excess > 1e-8, "{seed}: {excess} at {v} beside {:?}", found.intervals);
            }
        }
    }
    assert!(inside > 100 && outside > 50, "{inside} and {outside}");
}

/// In the hull, every equilibrium gives her the full-information value (Theorem 3), for every way
/// to communicate. Near the hull, every equilibrium gives her what the theorem guarantees.
#[test]
fn the_hull_promises_all() {
    for seed in 0..24 {
        let game = in_the_hull(typed(sizes(seed), true, 500 + seed));
        let full = game.typed_view(0, 0).unwrap().full_information();
        let weights = vec![1.0 / game.agents.len() as f64; game.agents.len()];
        let promised = promised_value(full, 0.0, &weights, &vec![0.0; game.agents.len()]);
        for found in [outcome(&certified(&game, &once(&game))), outcome(&certified(&game, &often(&game)))] {
            assert!(found.worst >= promised - 1e-6, "{seed}: {found:?}");
        }
    }
}

/// Full information is an equilibrium of both games: with experiments and with mechanisms.
#[test]
fn full_information_is_one() {
    for seed in 0..24 {
        let game = typed(sizes(seed), true, 700 + seed);
        let full = game.typed_view(0, 0).unwrap().full_information();
        for found in [outcome(&certified(&game, &once(&game))), outcome(&certified(&game, &often(&game)))] {
            assert_eq!(found.intervals.last().unwrap().to, found.best);
            assert!((found.best - full).abs() < 1e-12);
        }
    }
}

/// A monopolist's equilibria are its optima, from the worst for the user to the best.
#[test]
fn a_lone_agent_is_a_monopolist() {
    let mut ties = 0;
    for seed in 0..30 {
        let mut game = typed(Size { agents: 1, actions: 3, ..sizes(seed) }, true, 900 + seed);
        if seed % 2 == 1 {
            // It is indifferent between two actions of hers.
            game.agents[0].utility = Matrix::from_fn(3, 3, |a, _| f64::from(u8::from(a > 0)));
        }
        let view = game.typed_view(0, 0).unwrap();
        let found = certified(&game, &once(&game));
        certified(&game, &often(&game));
        let most = best_menus(&view, &[1.0], f64::NEG_INFINITY, f64::INFINITY);
        let [ValueInterval { from, to }] = found.intervals[..] else { panic!("{found:?}") };
        let reached = |low: f64, high: f64| best_menus(&view, &[1.0], low, high);
        assert!((reached(from - 1e-9, from + 1e-9) - most).abs() < 1e-6);
        assert!((reached(to - 1e-9, f64::INFINITY) - most).abs() < 1e-6);
        assert!(
            reached(view.no_information().1, (from - 1e-3).max(view.no_information().1)) < most - 1e-7
                || from < view.no_information().1 + 1e-3
        );
        ties += usize::from(to > from + 1e-6);
    }
    assert!(ties > 2, "no agent is indifferent");
}

const ORDERS: [Order; 3] = [Order::RoundRobin, Order::Random, Order::Simultaneous];
const STARTS: [Start; 4] = [Start::Monopoly, Start::Uninformative, Start::Full, Start::Random];

fn simulated<S: Sender<Communication: Rational>>(game: &Instance, talk: &BestAgentGame<'_, S>) -> usize {
    let payoffs = talk.payoffs().unwrap();
    let mut converged = 0;
    for (order, start) in ORDERS.into_iter().flat_map(|order| STARTS.map(|start| (order, start))) {
        let dynamics = Dynamics { order, start, increment: 1e-2, rounds: 500, ..Dynamics::default() };
        let run = payoffs.run(&dynamics, 3);
        let (certificate, verdict) = payoffs.proof(&run).certify(game).unwrap();
        let Certificate { claims, .. } = &certificate;
        let place = format!("{} {order:?} {start:?}: {claims:?}, {run:?}", game.name);
        assert!(verdict.certified(), "{place}, {verdict:?}");
        assert!((claims.user_value - run.user_value).abs() < 1e-9, "{place}");
        for (claimed, said) in claims.agent_values.iter().zip(&run.agent_values) {
            assert!((claimed - said).abs() < 1e-9, "{place}");
        }
        for (claimed, said) in claims.regrets.iter().zip(&run.regrets) {
            assert!((claimed - said).abs() < 1e-6, "{place}");
        }
        if run.ended == Ended::Converged {
            converged += 1;
            // Nobody gains by a bid that exceeds the best of the other offers by the increment; a
            // smaller bid may gain.
            let steepest = |agent: usize| {
                let slopes = talk.frontier(agent).unwrap().vertices.into_iter().map(|vertex| vertex.slopes.0);
                slopes.fold(0.0, f64::max)
            };
            for (agent, regret) in run.regrets.iter().enumerate() {
                assert!(*regret <= 1e-2 * steepest(agent) + 1e-6, "{place}");
            }
        }
    }
    converged
}

#[test]
fn simulations_end_with_certified_regrets() {
    let mut converged = 0;
    for seed in 0..12 {
        for shared in [true, false] {
            let game = typed(sizes(seed), shared, 1100 + seed);
            converged += simulated(&game, &once(&game)) + simulated(&game, &often(&game));
        }
    }
    assert!(converged > 300, "{converged}");
}

/// Another agent could give her as much as the accepted offer does, up to rounding. It gains
/// nothing by that.
#[test]
fn a_rounding_outbids_nobody() {
    let size = Size { types: 2, signals: 3, actions: 3, agents: 2 };
    let game = typed(size, false, 20_688);
    let talk = often(&game);
    let payoffs = talk.payoffs().unwrap();
    let run = payoffs.run(&Dynamics::default(), 1);
    assert!((run.user_value - talk.sender(1).most()).abs() < 1e-12, "there is no tie");
    let (certificate, verdict) = payoffs.proof(&run).certify(&game).unwrap();
    assert!(verdict.certified(), "{certificate:?}");
}

/// If agents share their information and stop bidding, the end is nearly an equilibrium.
#[test]
fn simulations_end_near_equilibria() {
    for seed in 0..12 {
        let game = typed(sizes(seed), true, 1300 + seed);
        let talk = once(&game);
        let found = certified(&game, &talk);
        let (payoffs, full) = (talk.payoffs().unwrap(), talk.full_information());
        let run = payoffs.run(&Dynamics { increment: 1e-4, rounds: 100_000, ..Dynamics::default() }, 0);
        if run.ended == Ended::Converged && run.regrets.iter().all(|&regret| regret < 1e-9) {
            assert!(distance(run.user_value, &found.intervals) < 1e-6 || run.user_value > full - 1e-6, "{run:?}");
        }
    }
}

#[test]
fn what_is_refused() {
    let game = typed(sizes(0), false, 1500);
    assert_eq!(once(&game).equilibria(0.0).unwrap_err(), EquilibriumError::DifferentSignals);
    let game = typed(sizes(0), true, 1500);
    for slack in [-0.25, f64::NAN, f64::INFINITY] {
        assert!(once(&game).equilibria(slack).unwrap_err().to_string().starts_with("the slack: found"));
    }
    let settings = Settings::with_time_limit(Duration::ZERO);
    let stopped = BestAgentGame::experiments(&game, 0, &settings).err();
    assert_eq!(stopped, Some(EquilibriumError::Persuade(PersuadeError::Stopped(Stopped::TimeLimit))));
    let beyond = BestAgentGame::experiments(&game, 1, &Settings::default()).err();
    assert!(beyond.unwrap().to_string().contains("there is no prior 1"));
}

/// The result does not depend on the number of threads.
#[test]
fn threads_do_not_matter() {
    let game = typed(Size { types: 3, signals: 4, actions: 3, agents: 3 }, true, 1601);
    let solve = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let Equilibrium { user_value, proof } = once(&game).equilibria(0.0).unwrap().worst;
            (user_value.to_bits(), proof, often(&game).frontier(0).unwrap().vertices.len())
        })
    };
    assert_eq!(solve(1), solve(2));
    assert!(once(&game).sender(0).most() > 0.0);
}
