//! Compares the generated program with the complete program, and checks invariances.

use crate::common::{FAMILIES, aligned, all_options, claims, game, generated};
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_alignment::{AlignOptions, Offset};
use suasion_lp::{Program, Sense};
use suasion_model::{Instance, Matrix};

/// The objective of the complete program, with both signs of every entry.
fn direct(game: &Instance, options: AlignOptions) -> f64 {
    let (m, n, k) = (game.actions.len(), game.states.len(), game.agents.len());
    let mut program = Program::new("alignment", Sense::Minimise);
    for _ in 0..k {
        program.add_column(0.5 * options.slack, 0.0, f64::INFINITY);
    }
    let error = program.add_column(1.0, 0.0, f64::INFINITY);
    for _ in 0..options.offset.len(n) {
        program.add_column(0.0, f64::NEG_INFINITY, f64::INFINITY);
    }
    if options.simplex {
        program.add_row(1.0, 1.0, (0..k).map(|i| (i, 1.0)));
    }
    for a in 0..m {
        for y in 0..n {
            for sign in [1.0, -1.0] {
                let mut row: Vec<(usize, f64)> =
                    game.agents.iter().enumerate().map(|(i, agent)| (i, -sign * agent.utility[(a, y)])).collect();
                row.push((error, 1.0));
                match options.offset {
                    Offset::None => {}
                    Offset::Constant => row.push((error + 1, -sign)),
                    Offset::PerState => row.push((error + 1 + y, -sign)),
                }
                program.add_row(-sign * game.user.utility[(a, y)], f64::INFINITY, row);
            }
        }
    }
    program.solve_direct().unwrap().optimal().unwrap().objective
}

fn agrees(game: &Instance, options: AlignOptions) {
    let claims = claims(game, options);
    let direct = direct(game, options);
    let (low, high) = game.user.utility.range();
    let place = format!("{options:?}, {}: {claims:?}, direct {direct}", game.name);
    assert!((claims.objective - direct).abs() < 1e-8 * (high - low).max(1.0), "{place}");
}

/// 7 families, 6 seeds, and 6 kinds of options, with and without slack: 504 programs.
#[test]
fn whole_program() {
    for family in FAMILIES {
        for seed in 0..6 {
            let size = |step: u64| 1 + (seed * step + step) as usize % 6;
            let game = generated(family, size(1), size(5), size(2), seed);
            for slack in [0.0, 0.2] {
                all_options(slack).for_each(|options| agrees(&game, options));
            }
        }
    }
}

/// More cuts than one round adds.
#[test]
fn many_rounds() {
    for family in FAMILIES {
        let game = generated(family, 30, 12, 8, 11);
        all_options(0.0).for_each(|options| agrees(&game, options));
    }
}

/// Too large for the complete program: here the certificate is the only check.
#[test]
fn larger() {
    for family in FAMILIES {
        let game = generated(family, 90, 60, 40, 2);
        for slack in [0.0, 0.01] {
            for options in all_options(slack) {
                claims(&game, options);
            }
        }
    }
}

/// Degenerate utilities.
#[test]
fn degenerate() {
    let base = generated(FAMILIES[0], 4, 3, 3, 5);
    let utility = |i: usize| base.agents[i].utility.clone();
    let user = base.user.utility.clone();
    let constant = |value: f64| Matrix::from_fn(3, 4, |_, _| value);
    let against = |of: &Matrix| Matrix::from_fn(3, 4, |a, y| 1.0 - of[(a, y)]);
    let scaled = |of: &Matrix, by: f64| Matrix::from_fn(3, 4, |a, y| by * of[(a, y)]);
    let cases = [
        ("duplicates", game(user.clone(), vec![utility(0), utility(0), utility(1), utility(1)])),
        ("the user herself, twice", game(user.clone(), vec![user.clone(), user.clone()])),
        ("opposed", game(user.clone(), vec![utility(0), against(&utility(0)), against(&user)])),
        ("constant agents", game(user.clone(), vec![constant(0.5), constant(0.0), utility(0)])),
        ("only constant agents", game(user.clone(), vec![constant(1.0), constant(0.0)])),
        ("a constant user", game(constant(0.7), vec![utility(0), utility(1)])),
        ("a user of zeros", game(constant(0.0), vec![utility(0), utility(1)])),
        ("all constant", game(constant(0.7), vec![constant(0.2), constant(0.9)])),
        ("all zero", game(constant(0.0), vec![constant(0.0)])),
        ("negative", game(scaled(&user, -1.0), vec![scaled(&utility(0), -2.0), utility(1)])),
        ("units apart", game(scaled(&user, 100.0), vec![scaled(&utility(0), 1e-3), scaled(&utility(1), 1e3)])),
    ];
    for (name, mut game) in cases {
        name.clone_into(&mut game.name);
        all_options(0.0).for_each(|options| agrees(&game, options));
    }
    for (states, actions) in [(1, 1), (1, 9), (9, 1)] {
        for family in [FAMILIES[0], FAMILIES[6]] {
            let game = generated(family, states, actions, 3, 8);
            all_options(0.0).for_each(|options| agrees(&game, options));
        }
    }
}

/// Tiny, huge, and shifted utilities are certified like others.
#[test]
fn scales() {
    let base = generated(FAMILIES[0], 12, 10, 4, 3);
    let map = |of: &Matrix, by: f64, shift: f64| {
        Matrix::new(of.rows(), of.columns(), of.as_slice().iter().map(|x| by * x + shift).collect())
    };
    for options in all_options(0.0) {
        let plain = claims(&base, options).error;
        for by in [1e-12, 1e-6, 1e6, 1e100] {
            let utilities = base.agents.iter().map(|agent| map(&agent.utility, by, 0.0)).collect();
            let error = claims(&game(map(&base.user.utility, by, 0.0), utilities), options).error;
            assert!((error / by - plain).abs() < 1e-8, "{options:?} {by}: {error} and {plain}");
        }
        if options.offset != Offset::None {
            let utilities = base.agents.iter().map(|agent| map(&agent.utility, 1.0, 1e5)).collect();
            let error = claims(&game(map(&base.user.utility, 1.0, -1e5), utilities), options).error;
            assert!((error - plain).abs() < 1e-8, "{options:?} shifted: {error} and {plain}");
        }
    }
}

fn options() -> impl Strategy<Value = AlignOptions> {
    (any::<bool>(), 0..3_usize, prop_oneof![Just(0.0), 0.0..0.5]).prop_map(|(simplex, offset, slack)| AlignOptions {
        simplex,
        offset: crate::common::OFFSETS[offset],
        slack,
    })
}

fn any_game() -> impl Strategy<Value = Instance> {
    (0..7_usize, 1..12_usize, 1..12_usize, 1..7_usize, any::<u64>())
        .prop_map(|(family, states, actions, agents, seed)| generated(FAMILIES[family], states, actions, agents, seed))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// The order of agents, actions and states does not matter.
    #[test]
    fn order(base in any_game(), options in options(), seed in any::<u64>()) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let mut order = |size: usize| {
            let mut order: Vec<usize> = (0..size).collect();
            order.shuffle(rng);
            order
        };
        let (m, n) = (base.actions.len(), base.states.len());
        let (agents, actions, states) = (order(base.agents.len()), order(m), order(n));
        let shuffle = |of: &Matrix| Matrix::from_fn(m, n, |a, y| of[(actions[a], states[y])]);
        let shuffled = game(shuffle(&base.user.utility), agents.iter().map(|&i| shuffle(&base.agents[i].utility)).collect());
        let (before, after) = (claims(&base, options), claims(&shuffled, options));
        prop_assert!((before.objective - after.objective).abs() < 1e-8);
    }

    /// If all utilities are scaled, so is the error. If one agent is scaled, its weight changes
    /// inversely if weights are free. Shifts that the offset absorbs have no effect.
    #[test]
    fn affine(base in any_game(), options in options(), by in 0.01..100.0, own in 0.1..10.0, shift in -3.0..3.0) {
        let map = |of: &Matrix, by: f64, shift: f64| Matrix::from_fn(of.rows(), of.columns(), |a, y| by * of[(a, y)] + shift);
        let plain = claims(&base, options);
        let shift = if options.offset == Offset::None { 0.0 } else { shift };
        let free = !options.simplex && options.slack == 0.0;
        let agents = base.agents.iter().map(|agent| map(&agent.utility, if free { own } else { by }, shift)).collect();
        let mapped = game(map(&base.user.utility, by, 2.0 * shift), agents);
        // The slack is in the unit of the agents' utilities.
        let mapped = claims(&mapped, AlignOptions { slack: by * options.slack, ..options });
        prop_assert!((mapped.objective / by - plain.objective).abs() < 1e-8 * (1.0 + 1.0 / by), "{} {}", mapped.objective / by, plain.objective);
    }

    /// More offsets, freer weights, or more agents never increase the error.
    #[test]
    fn more_is_no_worse(base in any_game(), simplex in any::<bool>()) {
        let at = |game: &Instance, simplex, offset| claims(game, AlignOptions { simplex, offset, slack: 0.0 }).error;
        let none = at(&base, simplex, Offset::None);
        let constant = at(&base, simplex, Offset::Constant);
        let per_state = at(&base, simplex, Offset::PerState);
        prop_assert!(none >= constant - 1e-8 && constant >= per_state - 1e-8);
        prop_assert!(at(&base, true, Offset::PerState) >= at(&base, false, Offset::PerState) - 1e-8);
        let mut fewer = base.clone();
        if fewer.agents.len() > 1 {
            fewer.agents.pop();
            prop_assert!(at(&fewer, simplex, Offset::PerState) >= per_state - 1e-8);
        }
    }
}

/// The result is bitwise the same on any number of threads.
#[test]
fn threads() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for family in FAMILIES {
        let game = generated(family, 300, 40, 12, rng.random());
        for options in all_options(0.0) {
            let with = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| aligned(&game, options))
            };
            assert_eq!(with(1), with(5));
        }
    }
}
