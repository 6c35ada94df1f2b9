//! Times what `scripts/compare-peers.sh` compares, in process and certificates included, and prints one JSON object a line.
//! `--quick` leaves out what takes long, `--alignment` everything but alignment.

use serde_json::json;
use std::time::Instant;
use suasion_benches::{FAMILIES, align_agents, game, many_agents, priors, solve};
use suasion_certificate::Verdict;
use suasion_hull::{AlignOptions, Offset};
use suasion_lp::{Model, Options, Program, Sense};
use suasion_model::{Family, Objective, View};
use suasion_persuasion::{Settings, frontier, persuade, solve_direct, sweep};

/// The median of some runs, in seconds.
fn median(runs: usize, mut run: impl FnMut(usize)) -> f64 {
    let mut times: Vec<f64> = (0..runs)
        .map(|i| {
            let start = Instant::now();
            run(i);
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[runs / 2]
}

/// The direct program as `HiGHS` gets it, without `good_lp`.
fn direct(view: &View<'_>) -> f64 {
    let (n, m) = (view.observations(), view.actions());
    let mut program = Program::new("direct", Sense::Maximise);
    for a in 0..m {
        for y in 0..n {
            program.add_column(view.agents[0][(a, y)], 0.0, f64::INFINITY);
        }
    }
    for y in 0..n {
        program.add_row(view.prior[y], view.prior[y], (0..m).map(|a| (a * n + y, 1.0)));
    }
    for a in 0..m {
        for b in (0..m).filter(|&b| b != a) {
            program.add_row(0.0, f64::INFINITY, (0..n).map(|y| (a * n + y, view.user[(a, y)] - view.user[(b, y)])));
        }
    }
    let mut model = Model::from_program(&program, Options::default()).expect("a program");
    model.optimise().expect("an optimum")
}

/// Alignment, and its certificate, for every kind of offset and of weights.
fn alignment(family: Family, states: usize, actions: usize, agents: usize) {
    let game = many_agents(family, states, actions, agents, 1);
    for offset in [Offset::PerState, Offset::Constant, Offset::None] {
        for simplex in [false, true] {
            let options = AlignOptions { simplex, offset, slack: 0.0 };
            let mut found = None;
            let seconds = median(3, |_| found = Some(align_agents(&game, &options)));
            let found = found.expect("an alignment");
            let (rounds, iterations, proof) = (found.rounds, found.iterations, found.proof());
            let mut verdict = None;
            let proving = median(1, |_| verdict = Some(proof.clone().certify(&game).expect("a proof").1));
            let gap = verdict.filter(Verdict::certified).map(|verdict| verdict.gap);
            println!(
                "{}",
                json!({"work": "alignment", "family": family.name(), "agents": agents, "states": states, "actions": actions, "offset": offset, "simplex": simplex, "rounds": rounds, "iterations": iterations, "seconds": seconds, "certificate_seconds": proving, "gap": gap})
            );
        }
    }
}

fn main() {
    let has = |name: &str| std::env::args().any(|argument| argument == name);
    let quick = has("--quick");
    alignment(Family::Uniform, 200, 200, 30);
    if !quick {
        alignment(Family::Uniform, 1000, 1000, 100);
        alignment(Family::Hull { eps: 0.01 }, 1000, 1000, 100);
    }
    if has("--alignment") {
        return;
    }
    let sizes: &[(usize, usize, usize)] =
        &[(100, 100, 7), (200, 200, 5), (1000, 100, 5), (400, 400, 3), (1000, 1000, 3)];
    for &(states, actions, runs) in sizes.iter().take(if quick { 4 } else { 5 }) {
        let mut gaps = vec![];
        let seconds = median(runs, |seed| gaps.push(solve(&game(Family::Uniform, states, actions, 1, seed as u64))));
        let gap = gaps.iter().copied().collect::<Option<Vec<f64>>>().map(|gaps| gaps.into_iter().fold(0.0, f64::max));
        println!(
            "{}",
            json!({"work": "kernel", "family": "uniform", "states": states, "actions": actions, "runs": runs, "seconds": seconds, "largest_gap": gap})
        );
    }
    for family in FAMILIES.into_iter().skip(1).take(if quick { 0 } else { 6 }) {
        let mut gap = None;
        let seconds = median(1, |_| gap = solve(&game(family, 500, 500, 1, 3)));
        println!(
            "{}",
            json!({"work": "kernel", "family": family.name(), "states": 500, "actions": 500, "runs": 1, "seconds": seconds, "largest_gap": gap})
        );
    }

    let count = if quick { 1000 } else { 10_000 };
    let many = game(Family::Uniform, 20, 20, count, 1);
    let view = many.view(0, 0).expect("a user of one type");
    let swept = median(3, |_| {
        let all = sweep(&view, &view.agents[0], priors(&many), None, &Settings::default(), &|_| {});
        for (prior, optimum) in all.into_iter().enumerate() {
            let proof = optimum.expect("an optimum").proof(prior, 0, Objective::agent(0));
            assert!(proof.certify(&many).expect("a proof").1.certified());
        }
    });
    let cold = median(21, |i| {
        let view = many.view(i * count / 21, 0).expect("a user of one type");
        solve_direct(&view, &view.agents[0], None).expect("an optimum");
    });
    println!(
        "{}",
        json!({"work": "sweep", "states": 20, "actions": 20, "priors": count, "seconds": swept, "cold_good_lp_each": cold, "ratio": cold * count as f64 / swept})
    );

    let count = if quick { 300 } else { 3000 };
    let small: Vec<_> = (0..count).map(|seed| game(Family::Uniform, 10, 10, 1, seed as u64)).collect();
    let own = median(3, |_| {
        for game in &small {
            assert!(solve(game).is_some());
        }
    });
    let highs = median(3, |_| {
        for game in &small {
            direct(&game.view(0, 0).expect("a user of one type"));
        }
    });
    println!(
        "{}",
        json!({"work": "small", "states": 10, "actions": 10, "instances": count, "seconds": own, "direct_highs_seconds": highs, "ratio": highs / own})
    );

    let game = game(Family::Uniform, 50, 50, 1, 1);
    let view = game.view(0, 0).expect("a user of one type");
    let settings = Settings::default();
    let mut vertices = 0;
    let whole =
        median(5, |_| vertices = frontier(&view, &view.agents[0], &settings).expect("a frontier").vertices.len());
    let one = median(11, |_| {
        persuade(&view, &view.agents[0], None, &settings).expect("an optimum");
    });
    println!(
        "{}",
        json!({"work": "frontier", "states": 50, "actions": 50, "vertices": vertices, "seconds": whole, "cold_solve": one, "cold_solves_per_ten_vertices": whole / one / (vertices as f64 / 10.0)})
    );
}
