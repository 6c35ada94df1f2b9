//! Conversations: the direct program, schemes of menus, and the kernel for one type.

mod common;

use common::typed;
use suasion_lp::{Program, Sense};
use suasion_model::{Objective, TypedView};
use suasion_persuasion::{ConversationOptimum, Settings, converse, menu, persuade};

fn solved(view: &TypedView, objective: &Objective, floor: Option<f64>) -> ConversationOptimum {
    converse(view, objective, floor, &Settings::default()).unwrap()
}

/// The direct program: `pi(a|x,t)`, and for every type, report and recommendation the most that she gets there. Its value, and the most that
/// the user gets among its optima.
fn written_out(view: &TypedView, objective: &Objective, floor: Option<f64>) -> (f64, f64) {
    let (types, n, m) = (view.types(), view.observations(), view.actions());
    let worth = objective.typed_utility(view).unwrap();
    let mut program = Program::new("conversation", Sense::Maximise);
    let pi = |t: usize, x: usize, a: usize| (t * n + x) * m + a;
    let most = |t: usize, r: usize, a: usize| types * n * m + (t * types + r) * m + a;
    for t in 0..types {
        for x in 0..n {
            for a in 0..m {
                program.add_column(worth[t][(a, x)], 0.0, 1.0);
            }
        }
    }
    for _ in 0..types * types * m {
        program.add_column(0.0, f64::NEG_INFINITY, f64::INFINITY);
    }
    let places = || (0..n).flat_map(|x| (0..m).map(move |a| (x, a)));
    for t in 0..types {
        for x in 0..n {
            program.add_row(1.0, 1.0, (0..m).map(|a| (pi(t, x, a), 1.0)));
        }
        for r in 0..types {
            let truth = places().map(|(x, a)| (pi(t, x, a), view.user()[t][(a, x)]));
            program.add_row(0.0, f64::INFINITY, truth.chain((0..m).map(|a| (most(t, r, a), -1.0))));
            for a in 0..m {
                for b in 0..m {
                    let taken = (0..n).map(|x| (pi(r, x, a), -view.user()[t][(b, x)]));
                    program.add_row(0.0, f64::INFINITY, taken.chain([(most(t, r, a), 1.0)]));
                }
            }
        }
    }
    let users: Vec<(usize, f64)> = (0..types)
        .flat_map(|t| places().map(move |(x, a)| (t, x, a)))
        .map(|(t, x, a)| (pi(t, x, a), view.user()[t][(a, x)]))
        .collect();
    if let Some(floor) = floor {
        program.add_row(floor, f64::INFINITY, users.iter().copied());
    }
    let best = program.solve_direct().unwrap().optimal().unwrap().objective;
    let costs: Vec<(usize, f64)> = program.costs.iter().copied().enumerate().collect();
    program.add_row(best - 1e-9, f64::INFINITY, costs);
    program.costs.fill(0.0);
    for (column, value) in users {
        program.costs[column] = value;
    }
    (best, program.solve_direct().unwrap().optimal().unwrap().objective)
}

/// Five hundred games of up to three types, with and without floors, against the direct program; never below the best scheme of menus.
#[test]
fn direct_program_and_menus() {
    for seed in 0..500 {
        let (types, actions, signals) = (1 + seed as usize % 3, 2 + seed as usize / 3 % 2, 2 + seed as usize / 6 % 3);
        let game = typed(types, signals, actions, seed);
        let view = game.typed_view(0, 0).unwrap();
        let objective = Objective { user: f64::from(u8::from(seed.is_multiple_of(5))) * 0.3, agents: vec![(0, 1.0)] };
        let floor = seed.is_multiple_of(4).then(|| 0.4 * view.no_information().1 + 0.6 * view.full_information());
        let found = solved(&view, &objective, floor);
        let (value, user_value) = written_out(&view, &objective, floor);
        let place = format!("{seed}: {found:?}, {value} and {user_value} written out");
        assert!((found.objective_value - value).abs() < 1e-8, "{place}");
        assert!(found.upper_bound >= value - 1e-9 && found.upper_bound <= value + 1e-8, "{place}");
        assert!(found.violation < 1e-8, "{place}");
        assert!(found.user_value > user_value - 1e-6, "{place}");
        assert!(floor.is_none_or(|floor| found.user_value > floor - 1e-8), "{place}");
        let once = menu(&view, &objective, floor, &Settings::default()).unwrap();
        assert!(found.objective_value >= once.objective_value - 1e-9, "{place}, {once:?}");
        if types == 1 {
            assert!((found.objective_value - once.objective_value).abs() < 1e-9, "{place}, {once:?}");
            let plain = game.view(0, 0).unwrap();
            let one = persuade(&plain, &objective.utility(&plain), floor, &Settings::default()).unwrap();
            let (value, user) = (one.scheme.value(&plain.prior, &objective.utility(&plain)), &plain.user);
            let user_value = one.scheme.value(&plain.prior, user);
            assert!((found.objective_value - value).abs() < 1e-8, "{place}, {one:?}");
            assert!((found.user_value - user_value).abs() < 1e-6, "{place}, {one:?}");
            assert!((once.user_value - user_value).abs() < 1e-6, "{place}, {one:?}");
        }
    }
}
