//! Programs for a user of several types, written out in full.

use suasion_lp::{Program, Sense};
use suasion_model::{Matrix, Objective, TypedView};

/// The direct program over all menus, in unscaled numbers: a share `q[f][x]` for each. Returns its
/// value, and the user's highest value among its optima.
pub fn all_menus(view: &TypedView, objective: &Objective, floor: Option<f64>) -> (f64, f64) {
    let (types, n, m) = (view.types(), view.observations(), view.actions());
    let worth = objective.typed_utility(view).unwrap();
    let menus: Vec<Vec<usize>> =
        (0..m.pow(types as u32)).map(|f| (0..types).map(|t| f / m.pow(t as u32) % m).collect()).collect();
    let value = |utility: &[Matrix], menu: &[usize], x: usize| -> f64 {
        menu.iter().enumerate().map(|(t, &a)| utility[t][(a, x)]).sum()
    };
    let mut program = Program::new("menus", Sense::Maximise);
    for menu in &menus {
        for x in 0..n {
            program.add_column(value(&worth, menu, x), 0.0, f64::INFINITY);
        }
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
    let users = |f: usize, x: usize| value(view.user(), &menus[f], x);
    let places = || (0..menus.len()).flat_map(|f| (0..n).map(move |x| (f, x)));
    if let Some(floor) = floor {
        program.add_row(floor, f64::INFINITY, places().map(|(f, x)| (f * n + x, users(f, x))));
    }
    let best = program.solve_direct().unwrap().optimal().unwrap().objective;
    let costs: Vec<(usize, f64)> = program.costs.iter().copied().enumerate().collect();
    program.add_row(best - 1e-9, f64::INFINITY, costs);
    program.costs = places().map(|(f, x)| users(f, x)).collect();
    (best, program.solve_direct().unwrap().optimal().unwrap().objective)
}

/// The direct program: `pi(a|x,t)`, and for every type, report and recommendation her highest
/// payoff there. Returns its value, and the user's highest value among its optima.
pub fn direct_mechanism(view: &TypedView, objective: &Objective, floor: Option<f64>) -> (f64, f64) {
    let (types, n, m) = (view.types(), view.observations(), view.actions());
    let worth = objective.typed_utility(view).unwrap();
    let mut program = Program::new("mechanism", Sense::Maximise);
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
