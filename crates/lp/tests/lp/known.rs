//! Programs with published answers, and answers other than an optimum, by both ways of solving and
//! all methods.

use crate::common::assert_optimal;
use suasion_lp::{Error, Held, LpAnswer, LpMethod, LpOptions, Model, Program, Sense, Stop};

const INF: f64 = f64::INFINITY;

const METHODS: [LpMethod; 4] = [
    LpMethod::DualSimplex,
    LpMethod::PrimalSimplex,
    LpMethod::InteriorPoint { crossover: true },
    LpMethod::InteriorPoint { crossover: false },
];

fn program(sense: Sense, columns: &[(f64, f64, f64)], rows: &[(f64, f64, &[f64])]) -> Program {
    let mut program = Program::new("textbook", sense);
    for &(cost, lower, upper) in columns {
        program.add_column(cost, lower, upper);
    }
    for &(lower, upper, entries) in rows {
        program.add_row(lower, upper, entries.iter().copied().enumerate());
    }
    program
}

/// All methods, with and without presolve, and `good_lp` find the objective, the primal and (if
/// unique) the duals.
fn check(program: &Program, objective: f64, primal: &[f64], duals: Option<&[f64]>) {
    let close = |a: &[f64], b: &[f64]| {
        assert_eq!(a.len(), b.len());
        let scale = b.iter().fold(1.0_f64, |largest, b| largest.max(b.abs()));
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 5e-5 * scale), "{a:?} and {b:?}");
    };
    for method in METHODS {
        // An interior solution is accurate to so many digits of its largest numbers, which says
        // little about the small ones.
        if method == (LpMethod::InteriorPoint { crossover: false }) && objective.abs() > 1e4 {
            continue;
        }
        for presolve in [false, true] {
            let options = LpOptions { method, presolve, ..LpOptions::default() };
            let mut model = Model::from_program(program, options).unwrap();
            let found = model.optimise().unwrap();
            assert!((found - objective).abs() < 1e-6 * (1.0 + objective.abs()), "{method:?}: {found}");
            close(&model.primal().unwrap(), primal);
            close(&model.activities().unwrap(), &program.activities(primal));
            close(&model.reduced_costs().unwrap(), &program.reduced_costs(&model.duals().unwrap()));
            assert_optimal(program, objective, primal, &model.duals().unwrap());
            if let Some(duals) = duals {
                close(&model.duals().unwrap(), duals);
            }
        }
    }
    let direct = program.solve_direct().unwrap().optimal().unwrap();
    assert!((direct.objective - objective).abs() < 1e-6);
    close(&direct.primal, primal);
    assert_optimal(program, objective, &direct.primal, &direct.duals);
    if let Some(duals) = duals {
        close(&direct.duals, duals);
    }
}

/// Chvátal, *Linear Programming* (1983), chapter 2, the first example.
#[test]
fn chvatal() {
    let rows: [(f64, f64, &[f64]); 3] =
        [(-INF, 5.0, &[2.0, 3.0, 1.0]), (-INF, 11.0, &[4.0, 1.0, 2.0]), (-INF, 8.0, &[3.0, 4.0, 2.0])];
    let program = program(Sense::Maximise, &[(5.0, 0.0, INF), (4.0, 0.0, INF), (3.0, 0.0, INF)], &rows);
    check(&program, 13.0, &[2.0, 0.0, 1.0], Some(&[1.0, 0.0, 1.0]));
}

/// Hillier & Lieberman, *Introduction to Operations Research*, the Wyndor Glass Co.: optimum 36,
/// shadow prices 0, 3/2 and 1.
#[test]
fn wyndor_glass() {
    let rows: [(f64, f64, &[f64]); 3] =
        [(-INF, 4.0, &[1.0, 0.0]), (-INF, 12.0, &[0.0, 2.0]), (-INF, 18.0, &[3.0, 2.0])];
    let program = program(Sense::Maximise, &[(3.0, 0.0, INF), (5.0, 0.0, INF)], &rows);
    check(&program, 36.0, &[2.0, 6.0], Some(&[0.0, 1.5, 1.0]));
    // The duals of these columns are feasible, so they give a bound as they stand. Worse duals give
    // a worse bound.
    assert_eq!(program.bound(&[0.0, 1.5, 1.0]), 36.0);
    assert_eq!(program.bound(&[0.0, 2.0, 1.0]), 42.0);
    assert_eq!(program.bound(&[0.0, 0.0, 1.0]), INF);
}

/// The same program reversed: minimize minus the objective, with rows `>=`. The duals change sign
/// with the objective, and again with the rows.
#[test]
fn wyndor_glass_minimized() {
    let rows: [(f64, f64, &[f64]); 3] =
        [(-4.0, INF, &[-1.0, 0.0]), (-12.0, INF, &[0.0, -2.0]), (-18.0, INF, &[-3.0, -2.0])];
    let program = program(Sense::Minimise, &[(-3.0, 0.0, INF), (-5.0, 0.0, INF)], &rows);
    check(&program, -36.0, &[2.0, 6.0], Some(&[0.0, 1.5, 1.0]));
    assert_eq!(program.bound(&[0.0, 1.5, 1.0]), -36.0);
}

/// The program of Beale (1955) on which the simplex with the textbook's rule cycles: optimum -5/4
/// at (1, 0, 1, 0).
#[test]
fn beale() {
    let columns = [(-0.75, 0.0, INF), (20.0, 0.0, INF), (-0.5, 0.0, INF), (6.0, 0.0, INF)];
    let rows: [(f64, f64, &[f64]); 3] = [
        (-INF, 0.0, &[0.25, -8.0, -1.0, 9.0]),
        (-INF, 0.0, &[0.5, -12.0, -0.5, 3.0]),
        (-INF, 1.0, &[0.0, 0.0, 1.0, 0.0]),
    ];
    check(&program(Sense::Minimise, &columns, &rows), -1.25, &[1.0, 0.0, 1.0, 0.0], None);
}

/// Klee & Minty (1972), in Chvátal's form: optimum `100^(n-1)` at the last axis.
#[test]
fn klee_minty() {
    const N: i32 = 4;
    let mut cube = Program::new("cube", Sense::Maximise);
    for j in 1..=N {
        cube.add_column(10f64.powi(N - j), 0.0, INF);
    }
    for i in 1..=N {
        let entries = (1..i).map(|j| (j as usize - 1, 2.0 * 10f64.powi(i - j)));
        cube.add_row(-INF, 100f64.powi(i - 1), entries.chain([(i as usize - 1, 1.0)]));
    }
    check(&cube, 1e6, &[0.0, 0.0, 0.0, 1e6], Some(&[0.0, 0.0, 0.0, 1.0]));
}

/// Kamenica & Gentzkow (2011), introduction: the prosecutor convicts with probability 0.6. The
/// judge's obedience has the price one (a unit of slack in utility buys that much conviction), the
/// mass of the guilty two, and the mass of the innocent zero.
#[test]
fn prosecutor() {
    let columns = [(1.0, 0.0, INF), (1.0, 0.0, INF), (0.0, 0.0, INF), (0.0, 0.0, INF)];
    let rows: [(f64, f64, &[f64]); 3] =
        [(0.7, 0.7, &[1.0, 0.0, 1.0, 0.0]), (0.3, 0.3, &[0.0, 1.0, 0.0, 1.0]), (0.0, INF, &[-1.0, 1.0, 0.0, 0.0])];
    check(&program(Sense::Maximise, &columns, &rows), 0.6, &[0.3, 0.3, 0.4, 0.0], Some(&[0.0, 2.0, -1.0]));
}

/// Rows bounded on both sides, free columns, fixed columns, and a row of two equal bounds.
#[test]
fn bounds_of_all_kinds() {
    let columns = [(1.0, -INF, INF), (2.0, -3.0, -3.0), (-1.0, 0.0, 10.0)];
    let rows: [(f64, f64, &[f64]); 3] =
        [(-5.0, 7.0, &[1.0, 0.0, 0.0]), (2.0, 2.0, &[1.0, 0.0, -1.0]), (-INF, INF, &[1.0, 1.0, 1.0])];
    // x = z + 2 makes the objective 2 - 6 whatever z is. The weight on z is then changed to make z
    // unique.
    let mut program = program(Sense::Minimise, &columns, &rows);
    program.costs[2] = -0.5;
    check(&program, 2.0 - 6.0, &[2.0, -3.0, 0.0], Some(&[0.0, 1.0, 0.0]));
    program.sense = Sense::Maximise;
    check(&program, 7.0 - 6.0 - 2.5, &[7.0, -3.0, 5.0], Some(&[0.5, 0.5, 0.0]));
}

#[test]
fn infeasible() {
    let rows: [(f64, f64, &[f64]); 2] = [(3.0, INF, &[1.0, 1.0]), (-INF, 1.0, &[2.0, 1.0])];
    let program = program(Sense::Maximise, &[(1.0, 0.0, 1.0), (1.0, 0.0, 1.0)], &rows);
    for method in METHODS {
        for presolve in [false, true] {
            let mut model =
                Model::from_program(&program, LpOptions { method, presolve, ..LpOptions::default() }).unwrap();
            let outcome = model.solve().unwrap();
            assert_eq!(outcome.stop, Stop::Infeasible, "{method:?}");
            assert_ne!(outcome.primal, Held::FeasiblePoint);
            assert!(matches!(model.optimise(), Err(Error::NotOptimal { stop: Stop::Infeasible, .. })));
        }
    }
    assert_eq!(program.solve_direct().unwrap(), LpAnswer::Infeasible);
    // Farkas: the ray's combination of rows cannot reach what the bounds of the rows require.
    let mut model = Model::from_program(&program, LpOptions::default()).unwrap();
    model.solve().unwrap();
    let ray = model.dual_ray().unwrap();
    let sums: Vec<f64> = program.reduced_costs(&ray).iter().zip(&program.costs).map(|(d, c)| c - d).collect();
    let most: f64 = sums.iter().map(|sum| sum.max(0.0)).sum();
    let least: f64 = sums.iter().map(|sum| sum.min(0.0)).sum();
    let bound = |price: f64, lower: f64, upper: f64| if price > 0.0 { price * lower } else { price * upper };
    let needed: f64 =
        (0..2).filter(|&i| ray[i] != 0.0).map(|i| bound(ray[i], program.row_lower[i], program.row_upper[i])).sum();
    let allowed: f64 =
        (0..2).filter(|&i| ray[i] != 0.0).map(|i| -bound(-ray[i], program.row_lower[i], program.row_upper[i])).sum();
    assert!(needed > most || allowed < least, "{ray:?}");
}

#[test]
fn unbounded() {
    let rows: [(f64, f64, &[f64]); 1] = [(-INF, 1.0, &[1.0, -1.0])];
    let program = program(Sense::Maximise, &[(1.0, 0.0, INF), (0.0, 0.0, INF)], &rows);
    for method in METHODS {
        let mut model = Model::from_program(&program, LpOptions { method, ..LpOptions::default() }).unwrap();
        assert_eq!(model.solve().unwrap().stop, Stop::Unbounded, "{method:?}");
    }
    assert_eq!(program.solve_direct().unwrap(), LpAnswer::Unbounded);
    let mut model =
        Model::from_program(&program, LpOptions { method: LpMethod::PrimalSimplex, ..LpOptions::default() }).unwrap();
    model.solve().unwrap();
    let ray = model.primal_ray().unwrap();
    assert!(program.objective(&ray) > 0.0 && program.activities(&ray)[0] <= 1e-12 && ray.iter().all(|&x| x >= 0.0));
}

#[test]
fn infeasible_or_unbounded() {
    // The program is dual infeasible by inspection, and primal infeasible. Presolve sees the first
    // and cannot decide.
    let rows: [(f64, f64, &[f64]); 2] = [(2.0, INF, &[0.0, 1.0, 1.0]), (-INF, 1.0, &[0.0, 1.0, 1.0])];
    let program = program(Sense::Maximise, &[(1.0, 0.0, INF), (0.0, 0.0, INF), (0.0, 0.0, INF)], &rows);
    let solve = |allow| {
        let options = LpOptions { presolve: true, allow_infeasible_or_unbounded: allow, ..LpOptions::default() };
        Model::from_program(&program, options).unwrap().solve().unwrap().stop
    };
    assert_eq!(solve(false), Stop::Infeasible);
    assert!(matches!(solve(true), Stop::InfeasibleOrUnbounded | Stop::Infeasible));
}

/// Rows without columns, columns without rows, and neither.
#[test]
fn empty() {
    let mut nothing = Program::new("nothing", Sense::Maximise);
    let stop = |program: &Program| Model::from_program(program, LpOptions::default()).unwrap().solve().unwrap().stop;
    check(&nothing, 0.0, &[], Some(&[]));
    nothing.add_row(-1.0, 1.0, []);
    check(&nothing, 0.0, &[], Some(&[0.0]));
    nothing.add_row(1.0, 2.0, []);
    assert_eq!(nothing.solve_direct().unwrap(), LpAnswer::Infeasible);
    assert_eq!(stop(&nothing), Stop::Infeasible);
    check(&program(Sense::Maximise, &[(1.0, -1.0, 3.0), (-1.0, -1.0, 3.0)], &[]), 4.0, &[3.0, -1.0], Some(&[]));
    assert_eq!(stop(&program(Sense::Minimise, &[(1.0, -INF, 3.0)], &[])), Stop::Unbounded);
}

/// An invalid change is refused, the error names the place, and the model stays as it was.
#[test]
fn refusals() {
    use suasion_lp::Sparse;
    let mut model = Model::new("refusing", Sense::Maximise, LpOptions::default()).unwrap();
    model.add_columns(&[1.0, 1.0], &[0.0; 2], &[1.0; 2], &Sparse::empty(2)).unwrap();
    let mut row = Sparse::new();
    row.add([(0, 1.0), (2, 1.0)]);
    assert!(matches!(model.add_rows(&[0.0], &[1.0], &row), Err(Error::Index { index: 2, what: "column", .. })));
    row.clear();
    row.add([(1, 1.0), (1, 1.0)]);
    assert!(matches!(model.add_rows(&[0.0], &[1.0], &row), Err(Error::Refused { .. })));
    row.clear();
    row.add([(0, f64::NAN)]);
    assert!(matches!(model.add_rows(&[0.0], &[1.0], &row), Err(Error::Number { what: "entry", .. })));
    assert!(matches!(model.add_rows(&[0.0], &[1.0, 1.0], &row), Err(Error::Shape { given: 2, needed: 1, .. })));
    assert!(matches!(model.change_costs(&[0, 0], &[1.0, 2.0]), Err(Error::Index { why: "named twice", .. })));
    assert!(matches!(model.change_costs(&[5], &[1.0]), Err(Error::Index { index: 5, .. })));
    assert!(matches!(model.change_all_costs(&[1.0, INF]), Err(Error::Number { index: 1, .. })));
    assert!(matches!(model.change_column_bounds(&[1], &[INF], &[INF]), Err(Error::Number { .. })));
    assert!(matches!(model.primal(), Err(Error::NothingHeld { .. })));
    assert_eq!(model.optimise().unwrap(), 2.0);
    model.change_costs(&[1, 0], &[5.0, 7.0]).unwrap();
    assert!(matches!(model.duals(), Err(Error::NothingHeld { .. })), "nothing is read after a change");
    model.optimise().unwrap();
    assert_eq!(model.reduced_costs().unwrap(), [7.0, 5.0], "an unsorted set keeps its order");
    let bad = LpOptions { primal_tolerance: -1.0, ..LpOptions::default() };
    assert!(matches!(model.set_options(bad), Err(Error::Setting { option: "primal_feasibility_tolerance", .. })));
    let mut program = Program::new("twice", Sense::Maximise);
    program.add_column(1.0, 0.0, 1.0);
    program.add_row(0.0, 1.0, [(0, 1.0), (0, 1.0)]);
    let error = program.solve_direct().unwrap_err();
    assert_eq!(error.to_string(), "twice: column 0 is named twice, in the request to check the program");
}
