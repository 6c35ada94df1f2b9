//! Mixed-integer programs against published answers and dynamic programming.

use proptest::prelude::*;
use suasion_lp::{Error, LpOptions, Model, Program, Sense, Stop};

fn knapsack(profits: &[u32], weights: &[u32], capacity: u32) -> Program {
    let mut program = Program::new("knapsack", Sense::Maximise);
    for &profit in profits {
        program.add_column(f64::from(profit), 0.0, 1.0);
    }
    let entries = weights.iter().map(|&weight| f64::from(weight)).enumerate();
    program.add_row(f64::NEG_INFINITY, f64::from(capacity), entries);
    program
}

fn binary(program: &Program) -> Model {
    let mut model = Model::from_program(program, LpOptions::default()).unwrap();
    model.set_integer(&(0..program.columns()).collect::<Vec<_>>()).unwrap();
    model
}

/// Kreher & Stinson, *Combinatorial Algorithms* (1999): the instance with ten items, optimum 309.
#[test]
fn kreher_stinson() {
    let profits = [92, 57, 49, 68, 60, 43, 67, 84, 87, 72];
    let weights = [23, 31, 29, 44, 53, 38, 63, 85, 89, 82];
    let program = knapsack(&profits, &weights, 165);
    let mut model = binary(&program);
    let outcome = model.solve().unwrap();
    assert_eq!((outcome.stop, outcome.objective), (Stop::Optimal, 309.0));
    assert_eq!(model.primal().unwrap(), [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert!((model.integer_bound().unwrap() - 309.0).abs() < 1e-6);
    assert!(matches!(model.duals(), Err(Error::NothingHeld { .. })));
    // The relaxation is Dantzig's greedy solution: items by ratio, and a part of the first item
    // that does not fit.
    model.clear_integer().unwrap();
    let greedy = 92.0 + 57.0 + 49.0 + 68.0 + 60.0 * (165.0 - 127.0) / 53.0;
    assert!((model.optimise().unwrap() - greedy).abs() < 1e-9);
    assert!(model.integer_bound().is_none());
}

#[test]
fn infeasible_in_integers() {
    let mut program = Program::new("parity", Sense::Minimise);
    program.add_column(1.0, 0.0, 10.0);
    program.add_row(5.0, 5.0, [(0, 2.0)]);
    assert_eq!(binary(&program).solve().unwrap().stop, Stop::Infeasible);
}

fn dynamic(profits: &[u32], weights: &[u32], capacity: u32) -> u32 {
    let mut best = vec![0; capacity as usize + 1];
    for (&profit, &weight) in profits.iter().zip(weights) {
        for room in (weight as usize..best.len()).rev() {
            best[room] = best[room].max(best[room - weight as usize] + profit);
        }
    }
    best[capacity as usize]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_dynamic_programming(
        items in prop::collection::vec((1..60u32, 1..40u32), 1..14),
        capacity in 1..150u32,
    ) {
        let (profits, weights): (Vec<_>, Vec<_>) = items.into_iter().unzip();
        let best = f64::from(dynamic(&profits, &weights, capacity));
        let mut model = binary(&knapsack(&profits, &weights, capacity));
        prop_assert!((model.optimise().unwrap() - best).abs() < 1e-6);
        // The same object again, with half the capacity.
        model.change_all_row_bounds(&[f64::NEG_INFINITY], &[f64::from(capacity / 2)]).unwrap();
        let best = f64::from(dynamic(&profits, &weights, capacity / 2));
        prop_assert!((model.optimise().unwrap() - best).abs() < 1e-6);
    }
}
