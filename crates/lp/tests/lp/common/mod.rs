//! Programs for the tests, and the conditions that make a solution optimal.
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_lp::{Program, Sense};

/// Checks primal feasibility, the signs of the duals (hence complementary slackness) and strong
/// duality within `1e-6`. Together they prove optimality, whatever solver found the solution.
pub fn assert_optimal(program: &Program, objective: f64, primal: &[f64], duals: &[f64]) {
    const TOLERANCE: f64 = 1e-6;
    assert!(program.violation(primal) < TOLERANCE, "violated by {}", program.violation(primal));
    assert!((program.objective(primal) - objective).abs() < TOLERANCE * (1.0 + objective.abs()));
    let (activities, reduced) = (program.activities(primal), program.reduced_costs(duals));
    let rows = duals.iter().zip(&activities).zip(program.row_lower.iter().zip(&program.row_upper));
    let columns = reduced.iter().zip(primal).zip(program.column_lower.iter().zip(&program.column_upper));
    let mut dual_objective = 0.0;
    for ((&price, &x), (&lower, &upper)) in rows.chain(columns) {
        if price.abs() < TOLERANCE {
            continue;
        }
        // The table at the top of the crate, read the other way: the bound that a price of this
        // sign comes from.
        let bound = if (price > 0.0) == (program.sense == Sense::Maximise) { upper } else { lower };
        assert!((x - bound).abs() < 1e-5 * (1.0 + bound.abs()), "price {price} at {x} within [{lower}, {upper}]");
        dual_objective += price * bound;
    }
    assert!((dual_objective - objective).abs() < 1e-5 * (1.0 + objective.abs()), "{dual_objective} and {objective}");
}

/// `max c.x, A x <= b, 0 <= x`, with all numbers between 0 and 1, except `b` between 1 and 2. The
/// program is feasible and bounded, with dense and nondegenerate vertices.
pub fn packing(seed: u64, rows: usize, columns: usize) -> Program {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut program = Program::new("packing", Sense::Maximise);
    for _ in 0..columns {
        program.add_column(rng.random(), 0.0, f64::INFINITY);
    }
    for _ in 0..rows {
        let upper = 1.0 + rng.random::<f64>();
        let entries: Vec<_> = (0..columns).map(|column| (column, rng.random())).collect();
        program.add_row(f64::NEG_INFINITY, upper, entries);
    }
    program
}

/// The direct program of persuasion with random utilities and a uniform prior, with `size` states
/// and as many actions. It has `size^2` columns, about as many rows, and is very degenerate. At 60
/// it keeps the simplex busy for seconds.
pub fn persuasion(seed: u64, size: usize) -> Program {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut program = Program::new("persuasion", Sense::Maximise);
    for _ in 0..size * size {
        program.add_column(rng.random(), 0.0, 1.0);
    }
    let utility: Vec<f64> = (0..size * size).map(|_| rng.random()).collect();
    for state in 0..size {
        program.add_row(1.0, 1.0, (0..size).map(|action| (action * size + state, 1.0)));
    }
    for action in 0..size {
        for other in (0..size).filter(|&other| other != action) {
            let gain = |state| utility[action * size + state] - utility[other * size + state];
            program.add_row(0.0, f64::INFINITY, (0..size).map(|state| (action * size + state, gain(state))));
        }
    }
    program
}
