//! Times what `scripts/compare-peers.sh` compares, in process and certificates included, and prints
//! one JSON object a line.
//!
//! `--quick` leaves out what takes long; the names of works (kernel, families, sweep, small,
//! frontier, equilibria, dynamics, starts, hull, alignment, quantal, all-agents) leave out all
//! others.

use rayon::prelude::*;
use serde_json::json;
use std::time::Instant;
use suasion_alignment::{AlignOptions, Offset};
use suasion_benches::{Scores, Tastes, align_agents, curve_options, game, many_agents, priors, solve, typed_game};
use suasion_certificate::{Proof, Verdict};
use suasion_equilibrium::{AllAgentsGame, AllAgentsSearch, BestAgentGame, Dynamics, Start};
use suasion_lp::{LpOptions, Model, Program, Sense};
use suasion_model::{Family, Information, Objective, View};
use suasion_persuasion::{Settings, frontier, persuade, quantal, solve_direct, sweep};
use suasion_regression::{Monitor, curve, fit};
use suasion_table::{Table, TableError};

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

/// Runs something on so many threads.
fn on_threads<R: Send>(threads: usize, run: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(run)
}

/// The direct program as `HiGHS` gets it, without `good_lp`, built and solved from nothing.
fn direct(view: &View<'_>, agent: usize, floor: Option<f64>) -> f64 {
    let (n, m) = (view.observations(), view.actions());
    let mut program = Program::new("direct", Sense::Maximise);
    for a in 0..m {
        for y in 0..n {
            program.add_column(view.agents[agent][(a, y)], 0.0, f64::INFINITY);
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
    if let Some(floor) = floor {
        let cells = (0..m).flat_map(|a| (0..n).map(move |y| (a, y)));
        program.add_row(floor, f64::INFINITY, cells.map(|(a, y)| (a * n + y, view.user[(a, y)])));
    }
    let mut model = Model::from_program(&program, LpOptions::default()).expect("a program");
    model.optimise().expect("an optimum")
}

fn kernel(quick: bool) {
    let sizes: &[(usize, usize, usize)] =
        &[(100, 100, 7), (200, 200, 5), (1000, 100, 5), (400, 400, 5), (1000, 1000, 3)];
    for &(states, actions, runs) in sizes.iter().take(if quick { 4 } else { 5 }) {
        for threads in [1, 2] {
            let mut gaps = vec![];
            let run = |seed| gaps.push(solve(&game(Family::Uniform, states, actions, 1, seed as u64)));
            let seconds = on_threads(threads, || median(runs, run));
            let gaps = gaps.iter().copied().collect::<Option<Vec<f64>>>();
            let gap = gaps.map(|gaps| gaps.into_iter().fold(0.0, f64::max));
            println!(
                "{}",
                json!({"work": "kernel", "family": "uniform", "states": states, "actions": actions, "threads": threads, "runs": runs,
                    "seconds": seconds, "largest_gap": gap})
            );
        }
    }
}

fn families() {
    for family in Family::ALL {
        let mut gap = None;
        let seconds = median(1, |_| gap = solve(&game(family, 500, 500, 1, 3)));
        println!(
            "{}",
            json!({"work": "families", "family": family.name(), "states": 500, "actions": 500, "runs": 1, "seconds": seconds, "largest_gap": gap})
        );
    }
}

fn swept(quick: bool) {
    let count = if quick { 1000 } else { 10_000 };
    let many = game(Family::Uniform, 20, 20, count, 1);
    let view = many.view(0, 0).expect("a user of one type");
    let swept = median(3, |_| {
        let all = sweep(&view, &Objective::agent(0), priors(&many), None, &Settings::default(), &|_| {});
        for optimum in all {
            let proof = optimum.expect("an optimum").proof();
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
}

fn small(quick: bool) {
    let count = if quick { 300 } else { 3000 };
    let small: Vec<_> = (0..count).map(|seed| game(Family::Uniform, 10, 10, 1, seed as u64)).collect();
    let own = median(3, |_| {
        for game in &small {
            assert!(solve(game).is_some());
        }
    });
    let highs = median(3, |_| {
        for game in &small {
            direct(&game.view(0, 0).expect("a user of one type"), 0, None);
        }
    });
    println!(
        "{}",
        json!({"work": "small", "states": 10, "actions": 10, "instances": count, "seconds": own, "direct_highs_seconds": highs, "ratio": highs / own})
    );
}

fn frontiers() {
    for size in [10, 20, 50] {
        let game = game(Family::Uniform, size, size, 1, 1);
        let view = game.view(0, 0).expect("a user of one type");
        let (agent, settings) = (Objective::agent(0), Settings::default());
        let mut vertices = 0;
        let whole = median(5, |_| vertices = frontier(&view, &agent, &settings).expect("a frontier").vertices.len());
        let one = median(11, |_| {
            persuade(&view, &agent, None, &settings).expect("an optimum");
        });
        println!(
            "{}",
            json!({"work": "frontier", "states": size, "actions": size, "vertices": vertices, "seconds": whole, "cold_solve": one,
                "cold_solves_per_ten_vertices": whole / one / (vertices as f64 / 10.0)})
        );
    }
}

/// All equilibria of the best-agent game, certified.
fn equilibria(quick: bool) {
    let sizes = [(2, 20, 20), (5, 20, 20), (10, 20, 20), (10, 50, 50), (5, 50, 50), (5, 100, 100), (5, 200, 200)];
    for &(agents, states, actions) in &sizes[..if quick { 4 } else { 7 }] {
        let game = many_agents(Family::Uniform, states, actions, agents, 1);
        let start = Instant::now();
        let best_agent = BestAgentGame::new(&game, 0, &Settings::default()).expect("a game");
        let found = best_agent.equilibria(0.0).expect("equilibria");
        let (worst, verdict) = found.worst.proof.certify(&game).expect("a proof");
        let (below, _) = found.exclusion.certify(&game).expect("a proof");
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{}",
            json!({"work": "equilibria", "agents": agents, "states": states, "actions": actions, "seconds": seconds,
                "worst": worst.claims.user_value, "lower_bound": below.claims.lower_bound, "certified": verdict.certified()})
        );
    }
}

/// Dynamics to convergence, frontiers included, against one direct program per best response: every
/// agent's in every round, whether it then moves or not.
fn dynamics() {
    let game = many_agents(Family::Uniform, 20, 20, 20, 1);
    let (mut moves, mut responses) = (0, 0);
    let mut floors = vec![];
    let seconds = median(5, |_| {
        let best_agent = BestAgentGame::new(&game, 0, &Settings::default()).expect("a game");
        let payoffs = best_agent.payoffs().expect("frontiers");
        let run = payoffs.run(&Dynamics { trace: true, ..Dynamics::default() }, 0);
        (moves, responses) = (run.moves, run.rounds * game.agents.len());
        floors = run.trace.iter().map(|step| (step.agent, step.bid)).collect();
    });
    let view = game.view(0, 0).expect("a user of one type");
    let sample: Vec<_> = floors.iter().step_by((moves / 20).max(1)).copied().collect();
    let mut at = sample.iter();
    let each = median(sample.len(), |_| {
        let &(agent, bid) = at.next().expect("a move");
        direct(&view, agent, Some(bid - 1e-9));
    });
    println!(
        "{}",
        json!({"work": "dynamics", "agents": 20, "states": 20, "actions": 20, "increment": 1e-3, "moves": moves, "best_responses": responses,
            "seconds": seconds, "direct_highs_each": each, "ratio": each * responses as f64 / seconds, "ratio_per_move": each * moves as f64 / seconds})
    );
}

/// Starts times priors, on one thread and on two.
fn starts() {
    let game = Family::Uniform;
    let shape = suasion_model::Shape { states: 10, actions: 10, agents: 5, priors: 50 };
    let game = game.generate(shape, suasion_model::PriorPath::Independent, 1).expect("sizes above zero");
    let Information::Priors(priors) = &game.information else { return };
    let run = || {
        (0..priors.rows()).into_par_iter().for_each(|prior| {
            let best_agent = BestAgentGame::new(&game, prior, &Settings::default()).expect("a game");
            let payoffs = best_agent.payoffs().expect("frontiers");
            let dynamics = Dynamics { start: Start::Random, ..Dynamics::default() };
            (0..20_u64).into_par_iter().for_each(|stream| {
                let _ = payoffs.run(&dynamics, stream);
            });
        });
    };
    let times: Vec<f64> = [1, 2].map(|threads| on_threads(threads, || median(3, |_| run()))).to_vec();
    println!(
        "{}",
        json!({"work": "starts", "priors": 50, "starts": 20, "agents": 5, "states": 10, "actions": 10, "one_thread": times[0],
            "two_threads": times[1], "ratio": times[0] / times[1]})
    );
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

/// Tables in memory: reduced and fitted, and their curves. `twins` have two agents alike, which the
/// fast road has to leave.
fn hull(quick: bool) {
    let sizes: &[(usize, usize, bool)] =
        &[(1_000_000, 100, false), (1_000_000, 100, true), (100_000, 1000, false), (1_000_000, 1000, false)];
    for &(rows, agents, twins) in &sizes[..if quick { 2 } else { 4 }] {
        let mut scores = Scores::new(rows, agents, 1);
        if twins {
            scores.agents.chunks_mut(agents).for_each(|row| row[agents - 1] = row[0]);
        }
        let mut fits = 0.0;
        let times = [1, 2].map(|threads| {
            on_threads(threads, || {
                median(if agents == 100 { 5 } else { 1 }, |_| {
                    let factor = scores.factor(0..rows);
                    let start = Instant::now();
                    let _ = fit(&factor, false).expect("a fit");
                    fits = start.elapsed().as_secs_f64();
                })
            })
        });
        println!(
            "{}",
            json!({"work": "hull", "rows": rows, "agents": agents, "twins": twins, "one_thread": times[0], "two_threads": times[1],
                "ratio": times[0] / times[1], "of_which_fits": fits})
        );
    }
    let scores = Scores::new(100_000, 100, 1);
    let times = [1, 2].map(|threads| {
        on_threads(threads, || {
            median(5, |_| {
                curve(&scores.blocks(50), &curve_options(100), &Monitor::default()).expect("a curve");
            })
        })
    });
    println!(
        "{}",
        json!({"work": "hull curve", "rows": 100_000, "agents": 100, "sizes": 100, "subsets": 50, "folds": 5, "one_thread": times[0],
            "two_threads": times[1], "ratio": times[0] / times[1]})
    );
}

/// A quantal user, and the certificate: how time grows with observations, types and sensitivity.
fn quantally(quick: bool) {
    let sizes = [(1, 2, 4), (1, 3, 4), (1, 4, 4), (4, 4, 4), (16, 4, 4), (1, 10, 10), (1, 50, 50)];
    for &(types, observations, actions) in &sizes[..if quick { 6 } else { 7 }] {
        for eta in [1.0, 10.0, 100.0] {
            let (mut solving, mut proving, mut certified, mut rounds) = (vec![], vec![], true, 0);
            for seed in 0..if observations > 10 { 1 } else { 5 } {
                let game = typed_game(types, observations, actions, Tastes::Common, seed);
                let view = game.typed_view(0, 0).expect("an agent");
                let agent = Objective::agent(0);
                let start = Instant::now();
                let found = quantal(&view, &agent, eta, &Settings::default()).expect("an optimum");
                solving.push(start.elapsed().as_secs_f64());
                rounds = rounds.max(found.effort.rounds);
                let start = Instant::now();
                let (_, verdict) = found.proof().certify(&game).expect("a proof");
                proving.push(start.elapsed().as_secs_f64());
                certified &= verdict.certified();
            }
            let longest = |times: &[f64]| times.iter().copied().fold(0.0, f64::max);
            println!(
                "{}",
                json!({"work": "quantal", "types": types, "observations": observations, "actions": actions, "eta": eta, "instances": solving.len(),
                    "rounds": rounds, "longest_seconds": longest(&solving), "longest_certificate_seconds": longest(&proving), "certified": certified})
            );
        }
    }
}

/// The numbers of a file, read in parts and left alone: `read FILE`.
fn read(file: &str) {
    let run = || {
        let table = Table::open(&[file.into()]).expect("a table");
        let names: Vec<String> = table.columns().iter().map(|column| column.name.clone()).collect();
        let reader = table.select(&names, &[]).expect("columns of numbers");
        reader.parts(1 << 16).par_iter().for_each(|part| {
            reader.read::<TableError>(part, |_| Ok(())).expect("a part");
        });
    };
    let times = [1, 2].map(|threads| on_threads(threads, || median(1, |_| run())));
    println!(
        "{}",
        json!({"work": "read", "one_thread": times[0], "two_threads": times[1], "ratio": times[0] / times[1]})
    );
}

/// Searches for equilibria of the all-agents game: how they grow with everything.
fn hearing_all(quick: bool) {
    let families = [(Family::Uniform, 4), (Family::Hull { eps: 0.0 }, 4), (Family::Opposed, 4), (Family::Threshold, 2)];
    let whole: Vec<(Family, usize, usize, usize, Option<f64>)> =
        families.into_iter().map(|(family, actions)| (family, 3, 4, actions, None)).collect();
    let sizes = [(2, 4, 4), (4, 4, 4), (3, 2, 4), (3, 3, 4), (3, 5, 4), (3, 4, 6)];
    let grown = sizes.into_iter().map(|(agents, states, actions)| (Family::Uniform, agents, states, actions, None));
    let quantal = [1.0, 10.0, 100.0].map(|eta| (Family::Uniform, 3, 4, 4, Some(eta)));
    let all = whole.into_iter().chain(grown).chain(quantal);
    for (family, agents, states, actions, eta) in all.take(if quick { 2 } else { usize::MAX }) {
        let (mut found, mut settled) = (0, 0);
        let starts = 200;
        let run = |seed: usize| {
            let instance = many_agents(family, states, actions, agents, seed as u64);
            let game = AllAgentsGame::new(&instance, 0, &Settings::default()).expect("a game");
            let game = match eta {
                Some(eta) => game.quantal(eta).expect("a sensitivity"),
                None => game,
            };
            let search = AllAgentsSearch { starts, ..AllAgentsSearch::default() };
            let result = game.search(&search, &|| {}).expect("a search");
            found += result.equilibria().count();
            settled += result.starts - result.unsettled;
        };
        let runs = 5;
        let seconds = on_threads(2, || median(runs, run));
        println!(
            "{}",
            json!({"work": "all-agents", "family": family.name(), "agents": agents, "states": states, "actions": actions, "eta": eta,
                "starts": starts, "instances": runs, "seconds": seconds, "equilibria": found, "starts_that_end_in_one": settled})
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [work, file] = &arguments[..]
        && work == "read"
    {
        return read(file);
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let named = arguments.iter().any(|argument| !argument.starts_with("--"));
    let wanted = |work: &str| !named || arguments.iter().any(|argument| argument == work);
    if wanted("kernel") {
        kernel(quick);
    }
    if wanted("families") && (named || !quick) {
        families();
    }
    if wanted("sweep") {
        swept(quick);
    }
    if wanted("small") {
        small(quick);
    }
    if wanted("frontier") {
        frontiers();
    }
    if wanted("dynamics") {
        dynamics();
    }
    if wanted("starts") {
        starts();
    }
    if wanted("equilibria") {
        equilibria(quick);
    }
    if wanted("hull") {
        hull(quick);
    }
    if wanted("quantal") {
        quantally(quick);
    }
    if wanted("all-agents") {
        hearing_all(quick);
    }
    if wanted("alignment") {
        alignment(Family::Uniform, 200, 200, 30);
        if !quick {
            alignment(Family::Uniform, 1000, 1000, 100);
            alignment(Family::Hull { eps: 0.01 }, 1000, 1000, 100);
        }
    }
}
