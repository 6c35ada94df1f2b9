//! Solves that are cut short, and many solves at a time.

use crate::common::{packing, persuasion};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use suasion_lp::{Interrupt, LpMethod, LpOptions, Model, Program, Sense, Stop};

/// Longer than any solve here needs to notice that it must stop, and far shorter than it needs to
/// finish.
const PROMPT: Duration = Duration::from_secs(2);

#[test]
fn time_limit() {
    let program = persuasion(1, 80);
    let mut model = Model::from_program(&program, LpOptions::default()).unwrap();
    for _ in 0..2 {
        // The second time shows that the clock starts anew.
        model.forget_basis().unwrap();
        let start = Instant::now();
        // Long enough for a busy machine to reach the simplex.
        let outcome = model.solve_within(Duration::from_millis(600)).unwrap();
        assert_eq!(outcome.stop, Stop::TimeLimit);
        assert!((Duration::from_millis(300)..2 * PROMPT).contains(&start.elapsed()), "{:?}", start.elapsed());
        assert!(model.effort().simplex > 0);
    }
    let mut small = Model::from_program(&packing(1, 10, 10), LpOptions::default()).unwrap();
    assert_eq!(small.solve_within(Duration::ZERO).unwrap().stop, Stop::TimeLimit);
    assert_eq!(small.solve().unwrap().stop, Stop::Optimal, "the limit is lifted");
}

#[test]
fn iteration_limit() {
    let program = packing(4, 60, 60);
    let mut options = LpOptions { iteration_limit: Some(5), ..LpOptions::default() };
    let mut model = Model::from_program(&program, options.clone()).unwrap();
    let mut solves = 1;
    // A stopped solve leaves a basis, from which the next solve continues.
    while model.solve().unwrap().stop == Stop::IterationLimit {
        assert_eq!(model.effort().simplex, 5);
        solves += 1;
        assert!(solves < 1000);
    }
    assert!(solves > 2);
    let optimum = model.outcome().unwrap();
    options.iteration_limit = None;
    let cold = Model::from_program(&program, options).unwrap().solve().unwrap();
    assert!(optimum.is_optimal() && (optimum.objective - cold.objective).abs() < 1e-9);
}

/// Raises the flag while a solve is running, and expects the solve to end.
fn interrupt(program: &Program, method: LpMethod, integer: bool) {
    let flag = Interrupt::new();
    let options = LpOptions { method, interrupt: Some(flag.clone()), ..LpOptions::default() };
    let mut model = Model::from_program(program, options).unwrap();
    if integer {
        model.set_integer(&(0..program.columns()).collect::<Vec<_>>()).unwrap();
    }
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(150));
            flag.raise();
        });
        let start = Instant::now();
        let outcome = model.solve().unwrap();
        assert_eq!(outcome.stop, Stop::Interrupted, "{method:?}");
        assert!((Duration::from_millis(100)..PROMPT).contains(&start.elapsed()), "{:?}", start.elapsed());
    });
    assert_eq!(model.solve().unwrap().stop, Stop::Interrupted, "it stays raised");
    flag.lower();
    model.load(&packing(5, 5, 5)).unwrap();
    assert_eq!(model.solve().unwrap().stop, Stop::Optimal);
}

#[test]
fn interrupt_simplex() {
    interrupt(&persuasion(2, 60), LpMethod::DualSimplex, false);
    interrupt(&persuasion(2, 60), LpMethod::PrimalSimplex, false);
}

#[test]
fn interrupt_interior_point() {
    interrupt(&persuasion(2, 60), LpMethod::InteriorPoint { crossover: true }, false);
}

/// Cornuéjols & Dawande (1998): market split programs are tiny, but out of reach for branch and
/// cut.
#[test]
fn interrupt_branch_and_cut() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut program = Program::new("market split", Sense::Minimise);
    for _ in 0..40 {
        program.add_column(0.0, 0.0, 1.0);
    }
    for _ in 0..5 {
        let weights: Vec<u32> = (0..40).map(|_| rng.random_range(0..100)).collect();
        let (surplus, deficit) = (program.add_column(1.0, 0.0, 1e4), program.add_column(1.0, 0.0, 1e4));
        let entries = weights.iter().map(|&weight| f64::from(weight)).enumerate();
        let half = f64::from(weights.iter().sum::<u32>() / 2);
        program.add_row(half, half, entries.chain([(surplus, 1.0), (deficit, -1.0)]));
    }
    interrupt(&program, LpMethod::DualSimplex, true);
}

/// Eight threads create, solve, change, pass on and drop models at once, on fewer cores. All get
/// the answers that one thread gets.
#[test]
fn many_threads() {
    const PROGRAMS: usize = 24;
    const THREADS: usize = 8;
    let programs: Vec<Program> = (0..PROGRAMS).map(|seed| packing(seed as u64, 5 + seed, 30 - seed)).collect();
    let expected: Vec<f64> = programs
        .iter()
        .map(|program| Model::from_program(program, LpOptions::default()).unwrap().optimise().unwrap())
        .collect();
    thread::scope(|scope| {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| mpsc::channel::<(usize, Model)>()).unzip();
        for (worker, receiver) in receivers.into_iter().enumerate() {
            let next = senders[(worker + 1) % THREADS].clone();
            let (programs, expected) = (&programs, &expected);
            scope.spawn(move || {
                for round in 0..120 {
                    let which = (worker * 31 + round * 7) % PROGRAMS;
                    let method = if round % 5 == 0 {
                        LpMethod::InteriorPoint { crossover: true }
                    } else {
                        LpMethod::DualSimplex
                    };
                    let options = LpOptions { presolve: round % 3 == 0, method, ..LpOptions::default() };
                    let mut model = Model::from_program(&programs[which], options).unwrap();
                    assert!((model.optimise().unwrap() - expected[which]).abs() < 1e-7);
                    if round % 10 == 0 {
                        let direct = programs[which].solve_direct().unwrap().optimal().unwrap();
                        assert!((direct.objective - expected[which]).abs() < 1e-7);
                    }
                    if round % 4 == 0 {
                        next.send((which, model)).unwrap();
                        // This thread continues a model that another thread created, and drops it.
                        let (which, mut model) = receiver.recv().unwrap();
                        model.change_all_costs(&vec![1.0; programs[which].columns()]).unwrap();
                        model.optimise().unwrap();
                        model.change_all_costs(&programs[which].costs).unwrap();
                        assert!((model.optimise().unwrap() - expected[which]).abs() < 1e-7);
                    }
                }
            });
        }
    });
}

/// Short-lived threads, each with its first solve.
#[test]
fn short_threads() {
    let program = packing(9, 20, 20);
    let expected = Model::from_program(&program, LpOptions::default()).unwrap().optimise().unwrap();
    for _ in 0..30 {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let objective = Model::from_program(&program, LpOptions::default()).unwrap().optimise().unwrap();
                    assert!((objective - expected).abs() < 1e-9);
                });
            }
        });
    }
}

/// Other code may have used `HiGHS` on this thread, with any number of threads.
#[test]
fn a_scheduler_that_others_left() {
    use good_lp::{SolverModel, variable, variables};
    for threads in [0, 3] {
        thread::spawn(move || {
            let mut unknowns = variables!();
            let x = unknowns.add(variable().min(0).max(1));
            unknowns.maximise(x).using(good_lp::highs).set_threads(threads).solve().unwrap();
            assert!((Model::from_program(&packing(1, 9, 9), LpOptions::default()).unwrap().optimise().unwrap()) > 0.0);
        })
        .join()
        .unwrap();
    }
}

#[test]
fn models_may_move() {
    fn send<T: Send>() {}
    send::<Model>();
}
