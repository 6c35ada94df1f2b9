//! Experiments with many observations: an interior-point method, and a vertex near its solution.

use crate::common::Valued;
use crate::common::written_out::all_menus;
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::time::Duration;
use suasion_certificate::{Experiment, Proof};
use suasion_model::{AgentSignals, Information, Instance, Labels, Matrix, Objective, Party, TypedView, World};
use suasion_persuasion::{ExperimentSender, Settings, Stopped, experiment};

#[derive(Clone, Copy, Debug)]
enum Utility {
    Uniform,
    /// With many ties.
    Integer,
    /// Types who prefer higher or lower actions, so that many menus are obeyed nowhere.
    Quadratic,
}

const ALL: [Utility; 3] = [Utility::Uniform, Utility::Integer, Utility::Quadratic];

/// A game in which every type and observation is a state.
fn game(types: usize, observations: usize, actions: usize, kind: Utility, seed: u64) -> Instance {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let pairs = (0..types).flat_map(|t| (0..observations).map(move |x| (t, x)));
    let of_pair = |(t, x): (usize, usize)| World {
        probability: rng.random_range(0.2..1.0),
        state: t * observations + x,
        user: t,
        agents: AgentSignals::PerAgent(vec![x]),
    };
    let mut worlds: Vec<World> = pairs.map(of_pair).collect();
    let total: f64 = worlds.iter().map(|world| world.probability).sum();
    worlds.iter_mut().for_each(|world| world.probability /= total);
    let bias = rng.random_range(0.1..0.3);
    let mut party = |name: &str, shift: &dyn Fn(usize) -> f64| Party {
        name: name.into(),
        utility: Matrix::from_fn(actions, types * observations, |a, state| match kind {
            Utility::Uniform => rng.random_range(0.0..1.0),
            Utility::Integer => f64::from(rng.random_range(0..5)),
            Utility::Quadratic => {
                let (t, x) = (state / observations, (state % observations) as f64);
                let best = (x + 0.5) / observations as f64 + shift(t);
                -(a as f64 / (actions - 1) as f64 - best).powi(2)
            }
        }),
    };
    let names = |count: usize| (0..count).map(|k| format!("{k}")).collect();
    Instance {
        name: format!("{types} types, {observations} observations, {actions} actions, {kind:?}, {seed}"),
        source: None,
        states: Labels::Count(types * observations),
        actions: Labels::Count(actions),
        user: party("user", &|t| 0.15 * t as f64 - 0.1),
        agents: vec![party("agent", &|_| bias)],
        information: Information::Worlds { types: names(types), signals: names(observations), worlds },
        protocol: None,
    }
}

fn solved(view: &TypedView, floor: Option<f64>) -> Valued<Experiment> {
    solved_within(view, floor, &Settings::default())
}

fn solved_within(view: &TypedView, floor: Option<f64>, settings: &Settings) -> Valued<Experiment> {
    let sender = ExperimentSender { view: view.clone() };
    Valued::new(&sender, experiment(view, &Objective::agent(0), floor, settings).unwrap())
}

/// The certificate, in exact arithmetic, does not depend on the method.
fn certified(game: &Instance, found: Valued<Experiment>) {
    let (_, verdict) = found.optimum.proof().certify(game).unwrap();
    assert!(verdict.certified() && verdict.violation == 0.0, "{}: {verdict:?}", game.name);
}

fn between(view: &TypedView, share: f64) -> f64 {
    share * view.no_information().1 + (1.0 - share) * view.full_information()
}

#[test]
fn certified_with_many_observations() {
    for (types, observations, actions) in [(1, 400, 5), (2, 300, 4), (3, 200, 3), (4, 50, 3)] {
        for (kind, seed) in ALL.into_iter().zip(0..) {
            let game = game(types, observations, actions, kind, seed);
            let view = game.typed_view(0, 0).unwrap();
            for floor in [None, Some(between(&view, 0.1)), Some(between(&view, 0.9))] {
                let found = solved(&view, floor);
                assert!(found.stopped.is_none() && found.effort.rounds == 1, "{}: the method failed", game.name);
                assert!(floor.is_none_or(|floor| found.user_value > floor - 1e-9), "{}: {floor:?}", game.name);
                certified(&game, found);
            }
        }
    }
}

/// Comparison with the direct program over all menus, written out in full.
#[test]
fn brute_force() {
    for (types, observations, actions) in [(1, 90, 4), (2, 60, 3), (3, 45, 2)] {
        for (kind, seed) in ALL.into_iter().zip(10..) {
            let game = game(types, observations, actions, kind, seed);
            let view = game.typed_view(0, 0).unwrap();
            for floor in [None, Some(between(&view, 0.3))] {
                let found = solved(&view, floor);
                let (value, user_value) = all_menus(&view, &Objective::agent(0), floor);
                let place = format!("{}, {floor:?}: {found:?}, {value} and {user_value}", game.name);
                assert!((found.objective_value - value).abs() < 1e-8, "{place}");
                // The tolerance of the written-out program is 1e-9 of the objective.
                assert!(found.user_value > user_value - 1e-4, "{place}");
                certified(&game, found);
            }
        }
    }
}

/// When a limit stops the computation, the scheme is obeyed and the bound holds.
#[test]
fn limits() {
    let game = game(3, 200, 4, Utility::Uniform, 20);
    let view = game.typed_view(0, 0).unwrap();
    let best = solved(&view, None);
    for limit in [0, 1, 10, 40] {
        let settings = Settings::with_time_limit(Duration::from_millis(limit));
        let found = solved_within(&view, None, &settings);
        assert!(limit > 0 || found.stopped == Some(Stopped::TimeLimit), "{:?}", found.stopped);
        assert!(found.scheme.violation(&view) <= 0.0 && found.objective_value <= best.upper_bound, "{limit}");
        assert!(found.upper_bound >= best.objective_value, "{limit}: {}", found.upper_bound);
    }
}
