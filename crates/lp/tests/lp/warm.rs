//! Makes every kind of edit, one after another, on one model. Each warm solve finds what a cold
//! solve finds, and what `good_lp` finds.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_lp::{LpAnswer, LpOptions, Model, Program, Sense, Sparse, Stop};

const INF: f64 = f64::INFINITY;

/// A program whose numbers are small integers, so that ties, infeasibility and unboundedness occur.
fn program(rng: &mut ChaCha8Rng, rows: usize, columns: usize) -> Program {
    let mut program = Program::new("random", if rng.random() { Sense::Maximise } else { Sense::Minimise });
    let mut small = |low: i8, high: i8| f64::from(rng.random_range(low..=high));
    for _ in 0..columns {
        let cost = small(-3, 3);
        let upper = if small(0, 3) == 0.0 { INF } else { small(0, 4) };
        program.add_column(cost, 0.0, upper);
    }
    for _ in 0..rows {
        let entries: Vec<(usize, f64)> = (0..columns).map(|column| (column, small(-2, 2))).collect();
        let bound = small(-2, 4);
        let (lower, upper) = match small(0, 3) {
            0.0 => (bound, bound),
            1.0 => (bound, INF),
            _ => (-INF, bound),
        };
        program.add_row(lower, upper, entries);
    }
    program
}

/// The model, solved as it stands, agrees with the program, solved from scratch in two ways.
fn agree(model: &mut Model, program: &Program) {
    let warm = model.solve().unwrap();
    let cold = Model::from_program(program, LpOptions::default()).unwrap().solve().unwrap();
    // HiGHS may end imprecise from scratch where it is sure from a basis. Then the third way
    // decides.
    assert!(cold.stop == warm.stop || cold.stop == Stop::Imprecise, "{:?} and {:?}", warm.stop, cold.stop);
    match program.solve_direct().unwrap() {
        LpAnswer::Optimal(direct) => {
            assert_eq!(warm.stop, Stop::Optimal);
            assert!((warm.objective - direct.objective).abs() < 1e-6, "{} and {}", warm.objective, direct.objective);
            crate::common::assert_optimal(program, direct.objective, &model.primal().unwrap(), &model.duals().unwrap());
        }
        LpAnswer::Infeasible => assert_eq!(warm.stop, Stop::Infeasible),
        LpAnswer::Unbounded => assert_eq!(warm.stop, Stop::Unbounded),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn edits_and_warm_solves(seed in any::<u64>(), rows in 1_usize..6, columns in 1_usize..6) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let mut now = program(rng, rows, columns);
        let mut model = Model::from_program(&now, LpOptions::default()).unwrap();
        agree(&mut model, &now);

        // Costs.
        let costs: Vec<f64> = (0..columns).map(|_| f64::from(rng.random_range(-3..=3_i8))).collect();
        model.change_all_costs(&costs).unwrap();
        now.costs.clone_from(&costs);
        agree(&mut model, &now);

        // Bounds of a row and of a column.
        let (row, column) = (rng.random_range(0..rows), rng.random_range(0..columns));
        let bound = f64::from(rng.random_range(-1..=3_i8));
        model.change_row_bounds(&[row], &[-INF], &[bound]).unwrap();
        (now.row_lower[row], now.row_upper[row]) = (-INF, bound);
        model.change_column_bounds(&[column], &[0.0], &[2.0]).unwrap();
        (now.column_lower[column], now.column_upper[column]) = (0.0, 2.0);
        agree(&mut model, &now);

        // A row.
        let entries: Vec<(usize, f64)> = (0..columns).map(|c| (c, f64::from(rng.random_range(-2..=2_i8)))).collect();
        let mut added = Sparse::new();
        added.add(entries.iter().copied());
        model.add_rows(&[-INF], &[1.0], &added).unwrap();
        now.add_row(-INF, 1.0, entries);
        agree(&mut model, &now);

        // A basis can be read and set again.
        if let Some(basis) = model.basis() {
            model.set_basis(&basis).unwrap();
            agree(&mut model, &now);
        }

        // A column, written into a program with one more column.
        let entries: Vec<(usize, f64)> = (0..=rows).map(|r| (r, f64::from(rng.random_range(-2..=2_i8)))).collect();
        let mut added = Sparse::new();
        added.add(entries.iter().copied());
        model.add_columns(&[1.0], &[0.0], &[3.0], &added).unwrap();
        let mut wider = Program::new("wider", now.sense);
        for c in 0..columns {
            wider.add_column(now.costs[c], now.column_lower[c], now.column_upper[c]);
        }
        wider.add_column(1.0, 0.0, 3.0);
        for r in 0..=rows {
            let old: Vec<(usize, f64)> = now.entries.vector(r).collect();
            wider.add_row(now.row_lower[r], now.row_upper[r], old.into_iter().chain([(columns, entries[r].1)]));
        }
        agree(&mut model, &wider);

        // The last row is removed again.
        let mut doomed = vec![false; rows + 1];
        doomed[rows] = true;
        model.delete_rows(&doomed).unwrap();
        let mut shorter = Program::new("shorter", wider.sense);
        for c in 0..=columns {
            shorter.add_column(wider.costs[c], wider.column_lower[c], wider.column_upper[c]);
        }
        for r in 0..rows {
            shorter.add_row(wider.row_lower[r], wider.row_upper[r], wider.entries.vector(r).collect::<Vec<_>>());
        }
        agree(&mut model, &shorter);
    }
}

/// Many threads with their own models find what one thread finds.
#[test]
fn threads_do_not_matter() {
    let solve = |seed: u64| {
        let mut model = Model::from_program(&crate::common::packing(seed, 12, 15), LpOptions::default()).unwrap();
        let first = model.optimise().unwrap();
        model.change_all_costs(&[0.5; 15]).unwrap();
        (first.to_bits(), model.optimise().unwrap().to_bits())
    };
    let serial: Vec<_> = (0..64).map(solve).collect();
    let parallel: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..64).map(|seed| scope.spawn(move || solve(seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(serial, parallel);
}
