//! Comparisons of frontiers with programs written out for floors on a grid, and with the frontier
//! of a user of one type.

use crate::common::written_out::{all_menus, direct_mechanism};
use crate::common::{FAMILIES, generated, typed};
use proptest::prelude::*;
use std::time::Duration;
use suasion_certificate::{Direct, Proof};
use suasion_model::{Instance, Objective};
use suasion_persuasion::{
    ExperimentSender, Frontier, MechanismSender, SchemeOf, Sender, Settings, Stopped, frontier, frontier_within,
    scheme_at,
};

fn solved<S: Sender>(sender: &S, objective: &Objective) -> Frontier<S::Communication> {
    let found = frontier(sender, objective, &Settings::default()).unwrap();
    assert_eq!(found.stopped, None);
    shaped(sender, objective, &found);
    found
}

/// The properties of every frontier: it is concave, its vertices have the stated values, and every
/// proved line is above all vertices and passes through two.
fn shaped<S: Sender>(sender: &S, objective: &Objective, found: &Frontier<S::Communication>) {
    let (user_unit, unit) = sender.ranges(objective);
    let full = sender.values(&sender.full_information(objective));
    let last = found.vertices.last().unwrap();
    assert!((last.user_value - full.user).abs() <= 1e-9 * user_unit, "{found:?}");
    for (i, vertex) in found.vertices.iter().enumerate() {
        let values = sender.values(&vertex.scheme);
        assert_eq!((values.user, values.of(objective)), (vertex.user_value, vertex.objective_value));
        let (slope, bound) = &vertex.bound;
        let slope = *slope;
        let height = sender.bounded(objective, slope, bound);
        let close = 1e-7 * (unit + slope * user_unit) + 1e-12;
        let above = |i: usize| height - slope * found.vertices[i].user_value - found.vertices[i].objective_value;
        assert!(above(i).abs() < close, "{i}: {found:?}");
        assert!((0..found.vertices.len()).all(|j| above(j) > -close), "{i}: {found:?}");
        match i.checked_sub(1) {
            None => assert_eq!((slope, vertex.slopes.0), (0.0, 0.0)),
            Some(before) => {
                let left = &found.vertices[before];
                assert!(left.user_value < vertex.user_value && left.objective_value > vertex.objective_value);
                assert!(above(before).abs() < close, "{i}: {found:?}");
                assert!(left.slopes.0 <= left.slopes.1 && left.slopes.1 == vertex.slopes.0, "{i}: {found:?}");
            }
        }
    }
}

/// `V` at floors on a grid, from no information to full information, and the scheme there.
fn on_a_grid<S: Sender>(
    sender: &S,
    objective: &Objective,
    found: &Frontier<S::Communication>,
    (low, high): (f64, f64),
    reference: impl Fn(f64) -> f64,
    violation: impl Fn(&SchemeOf<S>) -> f64,
) {
    for step in 0..=6 {
        let floor = low + f64::from(step) / 6.0 * (high - low);
        // At full information, a program has no interior; a little below it, it does.
        let floor = floor.min(high - 1e-9 * (high - low));
        let (value, expected) = (found.value(floor), reference(floor));
        assert!((value - expected).abs() < 2e-7, "at {floor}: {value}, {expected} written out: {found:?}");
        let scheme = scheme_at(sender, found, floor);
        let values = sender.values(&scheme);
        assert!(values.user > floor - 1e-9 && (values.of(objective) - value).abs() < 1e-9, "at {floor}: {values:?}");
        assert!(violation(&scheme) < 1e-8, "at {floor}: {scheme:?}");
    }
}

fn experiments(game: &Instance, agent: usize) -> ExperimentSender {
    ExperimentSender { view: game.typed_view(0, agent).unwrap() }
}

fn mechanisms(game: &Instance, agent: usize) -> MechanismSender {
    MechanismSender { view: game.typed_view(0, agent).unwrap() }
}

#[test]
fn floors_on_a_grid() {
    let mut vertices = [0, 0];
    for seed in 0..60 {
        let (types, actions, signals) = (1 + seed as usize % 3, 2 + seed as usize / 3 % 2, 3 + seed as usize / 6 % 3);
        let game = typed(types, signals, actions, 7000 + seed);
        let (once, often) = (experiments(&game, 0), mechanisms(&game, 0));
        let view = &once.view;
        let ends = (view.no_information().1, view.full_information());
        for objective in [Objective::agent(0), Objective { user: 0.0, agents: vec![(0, 1.0), (1, 0.5)] }] {
            let found = solved(&once, &objective);
            vertices[0] += found.vertices.len();
            let reference = |floor| all_menus(view, &objective, Some(floor)).0;
            on_a_grid(&once, &objective, &found, ends, reference, |scheme| scheme.violation(view));
            let found_often = solved(&often, &objective);
            vertices[1] += found_often.vertices.len();
            let reference = |floor| direct_mechanism(view, &objective, Some(floor)).0;
            on_a_grid(&often, &objective, &found_often, ends, reference, |scheme| scheme.violation(view));
            // A mechanism does no worse than an experiment, at any user value.
            for vertex in &found.vertices {
                let more = found_often.value(vertex.user_value);
                assert!(more > vertex.objective_value - 1e-8, "{seed}: {vertex:?}, {more} in a mechanism");
            }
        }
    }
    assert!(vertices.iter().all(|&count| count > 220), "too few vertices: {vertices:?}");
}

/// Games with too many menus for one program.
#[test]
fn many_menus_bend_alike() {
    for seed in 0..4 {
        let game = typed(3, 6, 6, 7100 + seed);
        let (once, objective) = (experiments(&game, 0), Objective::agent(0));
        let found = solved(&once, &objective);
        let ends = (once.view.no_information().1, once.view.full_information());
        let reference = |floor| all_menus(&once.view, &objective, Some(floor)).0;
        on_a_grid(&once, &objective, &found, ends, reference, |scheme| scheme.violation(&once.view));
    }
}

/// If the user has no private type, all forms of communication coincide.
#[test]
fn one_type_bends_alike() {
    for (seed, family) in (0..30).flat_map(|seed| FAMILIES.map(|family| (seed, family))) {
        let game = generated(family, 2 + seed as usize % 4, 2 + seed as usize % 3, 1, seed);
        let view = game.view(0, 0).unwrap();
        let expected = frontier(&view, &Objective::agent(0), &Settings::default()).unwrap();
        let objective = Objective::agent(0);
        let again: Frontier<Direct> = solved(&view, &objective);
        let (once, often) = (solved(&experiments(&game, 0), &objective), solved(&mechanisms(&game, 0), &objective));
        let range = 1.0 + view.agents[0].range().1.abs();
        for vertex in &expected.vertices {
            for value in [again.value(vertex.user_value), once.value(vertex.user_value), often.value(vertex.user_value)]
            {
                assert!(
                    (value - vertex.objective_value).abs() < 1e-6 * range,
                    "{seed} {family:?}: {vertex:?}, {value}"
                );
            }
        }
        let first = expected.vertices[0].user_value;
        for other in [again.vertices[0].user_value, once.vertices[0].user_value, often.vertices[0].user_value] {
            assert!((first - other).abs() < 1e-6 * range, "{seed} {family:?}: {first} and {other}");
        }
    }
}

/// The bound of every vertex proves it in exact arithmetic, with its slope as the multiplier of the
/// floor.
#[test]
fn vertices_are_certified() {
    for seed in 0..30 {
        let game = typed(2 + seed as usize % 2, 3, 3, 7200 + seed);
        for agent in 0..2 {
            let objective = Objective::agent(agent);
            let (once, often) = (experiments(&game, agent), mechanisms(&game, agent));
            for vertex in solved(&once, &objective).vertices {
                let proof = vertex.proof(once.communication(), once.seat(), objective.clone());
                let (_, verdict) = proof.certify(&game).unwrap();
                assert!(verdict.certified(), "{seed}: {verdict:?}");
            }
            for vertex in solved(&often, &objective).vertices {
                let proof = vertex.proof(often.communication(), often.seat(), objective.clone());
                let (_, verdict) = proof.certify(&game).unwrap();
                assert!(verdict.certified(), "{seed}: {verdict:?}");
            }
        }
    }
}

#[test]
fn a_limit_ends_it() {
    let game = typed(3, 6, 6, 7300);
    let settings = Settings::with_time_limit(Duration::ZERO);
    let found = frontier(&experiments(&game, 0), &Objective::agent(0), &settings).unwrap();
    assert_eq!(found.stopped, Some(Stopped::TimeLimit));
    assert!(found.vertices.is_empty());
    let unknown = frontier(&experiments(&game, 0), &Objective::agent(7), &Settings::default());
    assert!(unknown.unwrap_err().to_string().contains("there is no agent 7"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The parties' values from a mixture are mixed in the same way, and the user follows mixtures.
    #[test]
    fn mixtures_are_followed(seed in 0_u64..1000, share in 0.0..1.0_f64) {
        let game = typed(2, 3, 3, seed);
        let (once, often) = (experiments(&game, 0), mechanisms(&game, 0));
        let view = &once.view;
        let agree = |mixed: f64, left: f64, right: f64| (mixed - share * left - (1.0 - share) * right).abs() < 1e-12;
        let found = solved(&once, &Objective::agent(0));
        let (left, right) = (&found.vertices[0].scheme, once.no_information());
        let mixed = once.mix(&[(share, left), (1.0 - share, &right)]);
        prop_assert!(mixed.violation(view) < 1e-8);
        prop_assert!(agree(once.values(&mixed).user, once.values(left).user, once.values(&right).user));
        let found = solved(&often, &Objective::agent(0));
        let (left, right) = (&found.vertices[0].scheme, often.no_information());
        let mixed = often.mix(&[(share, left), (1.0 - share, &right)]);
        prop_assert!(mixed.violation(view) < 1e-8);
        let (values, (l, r)) = (often.values(&mixed), (often.values(left), often.values(&right)));
        prop_assert!(agree(values.user, l.user, r.user) && agree(values.agents[1], l.agents[1], r.agents[1]));
    }
}

/// With an error, all vertices are proved, including the last one, and the frontier is no further
/// above the lines that join them.
#[test]
fn within_an_error() {
    let game = typed(3, 9, 4, 5);
    let sender = mechanisms(&game, 0);
    let objective = Objective::agent(0);
    let exact = solved(&sender, &objective);
    let stake = exact.vertices[0].objective_value - exact.vertices.last().unwrap().objective_value;
    for share in [0.1, 1e-2, 1e-3] {
        let error = share * stake;
        let found = frontier_within(&sender, &objective, error, &Settings::default()).unwrap();
        assert!(found.vertices.len() <= exact.vertices.len() + 1);
        for vertex in &found.vertices {
            let (slope, bound) = &vertex.bound;
            let gap = sender.bounded(&objective, *slope, bound) - slope * vertex.user_value - vertex.objective_value;
            assert!(gap.abs() < 1e-7 * stake, "{gap:e}: {vertex:?}");
        }
        for vertex in &exact.vertices {
            let below = vertex.objective_value - found.value(vertex.user_value);
            assert!((-1e-9..=error + 1e-9).contains(&below), "{below:e} of {error:e}");
        }
    }
}
