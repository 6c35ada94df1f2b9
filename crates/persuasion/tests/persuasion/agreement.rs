//! Comparisons of independent formulations: the direct program, brute force over posteriors, the
//! program with a floor against the frontier, single priors against sweeps, and interior-point
//! methods against the simplex method.

use crate::common::{FAMILIES, generated, solved};
use proptest::prelude::*;
use suasion_certificate::{Direct, Proof};
use suasion_model::{Family, Information, Instance, Matrix, Objective, PriorPath, Shape};
use suasion_persuasion::{Settings, frontier, persuade, solve_direct, sweep};

/// Row and column generation and the direct program agree to 1e-9 of the objective on 500 instances
/// of every family, with and without a floor. The certificate's bound is never below the direct
/// program's value, and ties are broken for the user.
#[test]
fn direct_program() {
    for family in FAMILIES {
        for seed in 0..500 {
            let (states, actions) = (1 + seed as usize % 7, 2 + seed as usize / 7 % 6);
            let game = generated(family, states, actions, 1, seed);
            let view = game.view(0, 0).unwrap();
            let floor = (seed % 3 == 0).then(|| 0.5 * (view.no_information().1 + view.full_information()));
            let direct = solve_direct(&view, &view.agents[0], floor).unwrap().unwrap();
            let (certificate, verdict) = solved(&game, floor);
            let claims = &certificate.claims;
            let place = format!("{} {seed}: {claims:?}, direct {direct:?}", family.name());
            assert!(verdict.certified(), "{place}");
            assert!((claims.objective_value - direct.objective_value).abs() < 1e-9, "{place}");
            // The direct program's own value is accurate to the solver's tolerance.
            assert!(claims.upper_bound >= direct.objective_value - 1e-9, "{place}");
            assert!(claims.user_value >= direct.user_value - 1e-7, "{place}");
        }
    }
}

/// The highest value of a split of the prior into posteriors on a grid, by a program over the
/// grid's points. It never exceeds the certified optimum, and falls below it at most by the
/// resolution of the grid.
fn grid_value(game: &Instance, points: &[Vec<f64>]) -> f64 {
    use suasion_lp::{Program, Sense};
    let view = game.view(0, 0).unwrap();
    let mut program = Program::new("grid of posteriors", Sense::Maximise);
    for q in points {
        let value = |utility: &Matrix, a: usize| utility.row(a).iter().zip(q).map(|(u, p)| u * p).sum::<f64>();
        let best = (0..view.actions()).map(|a| value(&view.user, a)).fold(f64::NEG_INFINITY, f64::max);
        let obeyed = (0..view.actions()).filter(|&a| value(&view.user, a) >= best - 1e-9);
        let worth = obeyed.map(|a| value(&view.agents[0], a)).fold(f64::NEG_INFINITY, f64::max);
        program.add_column(worth, 0.0, f64::INFINITY);
    }
    for y in 0..view.observations() {
        program.add_row(view.prior[y], view.prior[y], points.iter().map(|q| q[y]).enumerate());
    }
    program.solve_direct().unwrap().optimal().unwrap().objective
}

#[test]
fn brute_force_over_posteriors() {
    let segment: Vec<Vec<f64>> = (0..=2000).map(|i| f64::from(i) / 2000.0).map(|q| vec![1.0 - q, q]).collect();
    let steps = 60;
    let triangle: Vec<Vec<f64>> = (0..=steps)
        .flat_map(|i| (0..=steps - i).map(move |j| (i, j)))
        .map(|(i, j)| [i, j, steps - i - j].map(|k| f64::from(k) / f64::from(steps)).into())
        .collect();
    for (states, points, coarse) in [(2, &segment, 2e-3), (3, &triangle, 0.12)] {
        for family in [Family::Uniform, Family::Integer, Family::Opposed] {
            let range = if family == Family::Integer { 3.0 } else { 1.0 };
            for seed in 0..12 {
                let game = generated(family, states, 4, 1, 1000 + seed);
                let optimum = solved(&game, None).0.claims.objective_value;
                let grid = grid_value(&game, points);
                assert!(grid <= optimum + 1e-6, "{} {seed}: grid {grid}, optimum {optimum}", family.name());
                assert!(grid >= optimum - coarse * range, "{} {seed}: grid {grid}, optimum {optimum}", family.name());
            }
        }
    }
}

/// Fifty points of each frontier against the program with that floor. Every vertex is certified.
#[test]
fn frontier_and_floor() {
    for family in FAMILIES {
        for seed in 0..3 {
            let game = generated(family, 8, 7, 1, seed);
            let view = game.view(0, 0).unwrap();
            let found = frontier(&view, &Objective::agent(0), &Settings::default()).unwrap();
            let vertices = &found.vertices;
            for vertex in vertices {
                let (_, verdict) = vertex.proof(Direct, view.seat, Objective::agent(0)).certify(&game).unwrap();
                assert!(verdict.certified(), "{} {seed}: {verdict:?}", family.name());
            }
            assert!((vertices[vertices.len() - 1].user_value - view.full_information()).abs() < 1e-9);
            let (low, high) = (vertices[0].user_value, vertices[vertices.len() - 1].user_value);
            for i in 0..50 {
                let floor = low + (high - low) * f64::from(i) / 49.0;
                let right = vertices.partition_point(|v| v.user_value < floor).min(vertices.len() - 1);
                let (l, r) = (&vertices[right.saturating_sub(1)], &vertices[right]);
                let share = if r.user_value > l.user_value {
                    (floor - l.user_value) / (r.user_value - l.user_value)
                } else {
                    1.0
                };
                let expected = l.objective_value + share * (r.objective_value - l.objective_value);
                let value = solved(&game, Some(floor)).0.claims.objective_value;
                assert!((value - expected).abs() < 2e-8, "{} {seed} floor {floor}: {value}, {expected}", family.name());
            }
        }
    }
}

/// A sweep gives the same result at every prior as a separate solve, in the order of the priors.
#[test]
fn sweeps() {
    for family in FAMILIES {
        let game = generated(family, 6, 5, 300, 5);
        let Information::Priors(priors) = &game.information else { unreachable!() };
        let view = game.view(0, 0).unwrap();
        for floor in [None, Some(view.full_information() - 0.3)] {
            let swept = sweep(&view, &Objective::agent(0), priors, floor, &Settings::default(), &|_| {});
            assert_eq!(swept.len(), 300);
            for (prior, optimum) in swept.into_iter().enumerate() {
                let here = game.view(prior, 0).unwrap();
                let alone = persuade(&here, &Objective::agent(0), floor, &Settings::default());
                let (optimum, alone) = match (optimum, alone) {
                    (Ok(optimum), Ok(alone)) => (optimum, alone),
                    (Err(_), Err(_)) => continue,
                    (swept, alone) => panic!("{} {prior}: {swept:?} and {alone:?}", family.name()),
                };
                let value = |optimum: suasion_persuasion::Optimum<Direct>| {
                    let (certificate, verdict) = optimum.proof().certify(&game).unwrap();
                    assert!(verdict.certified());
                    (certificate.claims.objective_value, certificate.claims.user_value)
                };
                let (swept, alone) = (value(optimum), value(alone));
                assert!((swept.0 - alone.0).abs() < 1e-8 && (swept.1 - alone.1).abs() < 1e-6, "{swept:?} {alone:?}");
            }
        }
    }
}

/// Programs large enough for interior-point methods, of every family, are certified. Where ties
/// matter, they are no worse for the user than the direct program's solution.
#[test]
fn large_programs_are_certified() {
    for family in FAMILIES {
        let game = generated(family, 60, 60, 1, 11);
        let view = game.view(0, 0).unwrap();
        for share in [None, Some(0.5), Some(0.99)] {
            let floor = share.map(|s| (1.0 - s) * view.no_information().1 + s * view.full_information());
            let (certificate, verdict) = solved(&game, floor);
            assert!(verdict.certified(), "{} {share:?}: {verdict:?}", family.name());
            assert!(certificate.claims.user_value >= floor.unwrap_or(f64::NEG_INFINITY) - 1e-9);
        }
    }
}

/// After interior-point generation, rows of actions that come into use may leave no scheme in the
/// columns of the model (for example, seed 100, agent 0).
#[test]
fn woken_actions() {
    for seed in [99, 100, 101] {
        let shape = Shape { states: 80, actions: 80, agents: 4, priors: 1 };
        let game = Family::Uniform.generate(shape, PriorPath::Independent, seed).unwrap();
        for agent in 0..4 {
            let view = game.view(0, agent).unwrap();
            let optimum = persuade(&view, &Objective::agent(agent), None, &Settings::default()).unwrap();
            let (_, verdict) = optimum.proof().certify(&game).unwrap();
            assert!(verdict.certified(), "seed {seed}, agent {agent}: {verdict:?}");
        }
    }
}

/// Results do not depend on the number of threads.
#[test]
fn threads_do_not_matter() {
    let game = generated(Family::Uniform, 60, 50, 1, 3);
    let many = generated(Family::Uniform, 8, 8, 400, 4);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let view = many.view(0, 0).unwrap();
            let Information::Priors(priors) = &many.information else { unreachable!() };
            let swept = sweep(&view, &Objective::agent(0), priors, None, &Settings::default(), &|_| {});
            let swept: Vec<_> = swept.into_iter().map(|optimum| optimum.unwrap().scheme).collect();
            (solved(&game, None).0, swept)
        })
    };
    assert_eq!(run(1), run(3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Renaming states and actions changes no value. Scaling and shifting utilities scales and
    /// shifts the values.
    #[test]
    fn symmetry(seed in any::<u64>(), states in 2_usize..6, actions in 2_usize..6, family in 0_usize..6) {
        let game = generated(FAMILIES[family], states, actions, 1, seed);
        let actions = game.actions.len();
        let (base, _) = solved(&game, None);
        let mut turned = game.clone();
        let turn = |utility: &Matrix, scale: f64, shift: f64| {
            Matrix::from_fn(actions, states, |a, y| shift + scale * utility[((a + 1) % actions, (y + 1) % states)])
        };
        turned.user.utility = turn(&game.user.utility, 4.0, 3.0);
        turned.agents[0].utility = turn(&game.agents[0].utility, 0.5, -1.0);
        let Information::Priors(prior) = &game.information else { unreachable!() };
        turned.information = Information::Priors(Matrix::from_fn(1, states, |_, y| prior[(0, (y + 1) % states)]));
        let (found, verdict) = solved(&turned, None);
        prop_assert!(verdict.certified());
        prop_assert!((found.claims.objective_value - (0.5 * base.claims.objective_value - 1.0)).abs() < 1e-8);
        prop_assert!((found.claims.user_value - (4.0 * base.claims.user_value + 3.0)).abs() < 1e-6);
    }

    /// Values lie between known bounds. The agent's monopoly value is at least its value under no
    /// and under full information. The user's value is at least her value under no information and
    /// at most that under full information.
    #[test]
    fn bounds(seed in any::<u64>(), states in 1_usize..7, actions in 2_usize..7, family in 0_usize..6) {
        let game = generated(FAMILIES[family], states, actions, 1, seed);
        let view = game.view(0, 0).unwrap();
        let (certificate, verdict) = solved(&game, None);
        let claims = certificate.claims;
        prop_assert!(verdict.certified() && claims.violation <= 1e-9);
        prop_assert!(claims.user_value >= view.no_information().1 - 1e-9);
        prop_assert!(claims.user_value <= view.full_information() + 1e-9);
        let uninformed = view.agents[0].row(view.no_information().0).iter().zip(&*view.prior).map(|(u, p)| u * p).sum::<f64>();
        prop_assert!(claims.objective_value >= uninformed - 1e-9);
    }
}
