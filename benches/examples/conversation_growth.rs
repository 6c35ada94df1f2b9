//! How an agent's best conversation rule grows: columns, time, nodes and gap, by the size of
//! instance and protocol; and the same for the heuristic and for `HiGHS` alone.
//!
//!     cargo run --release --example conversation_growth -- best 60    # seconds for each case
//!     cargo run --release --example conversation_growth -- search 60  # the heuristic
//!     cargo run --release --example conversation_growth -- highs 60   # `HiGHS` alone

use std::time::{Duration, Instant};
use suasion_benches::{many_agents, random_rules};
use suasion_certificate::{ReplyProgram, reply_upper_bound};
use suasion_equilibrium::ConversationGame;
use suasion_lp::{LpOptions, Model, Sense, Sparse, Stop};
use suasion_model::{ConversationRule, Family, Instance, Protocol};
use suasion_persuasion::Settings;

/// A case: states, actions, agents, rounds, and the alphabets of user and agents.
struct Case {
    states: usize,
    actions: usize,
    agents: usize,
    protocol: Protocol,
}

impl Case {
    const fn sizes(&self) -> [usize; 3] {
        [self.states, self.actions, self.agents]
    }

    fn new([states, actions, agents]: [usize; 3], [rounds, asked, answers]: [usize; 3]) -> Self {
        Self { states, actions, agents, protocol: Protocol::new(rounds, asked, answers) }
    }

    fn drawn(&self, seed: u64) -> (Instance, Vec<ConversationRule>) {
        let instance = many_agents(Family::Uniform, self.states, self.actions, self.agents, seed);
        let rules = random_rules(&instance, &self.protocol, seed);
        (instance, rules)
    }

    fn told(&self) -> String {
        let [states, actions, agents] = self.sizes();
        let (asked, answers) = (self.protocol.user_alphabet(0), self.protocol.agent_alphabet());
        let nodes = self.protocol.size(agents, 1).nodes;
        format!("| {agents} | {states} x {actions} | {} | {asked} x {answers} | {nodes} |", self.protocol.rounds)
    }
}

fn best(case: &Case, limit: Duration) {
    let (instance, rules) = case.drawn(1);
    let program = match ReplyProgram::new(&instance, 0, &case.protocol, 0, &rules) {
        Ok(program) => program,
        Err(refusal) => return println!("{} {refusal} |", case.told()),
    };
    let start = Instant::now();
    let settings = Settings::with_time_limit(limit);
    let game = ConversationGame::new(&instance, 0, &case.protocol, usize::MAX, &settings).expect("a game");
    match game.reply(0, &rules, &settings) {
        Ok(reply) => {
            let (low, high) = instance.agents[0].utility.range();
            let gap = (reply.bound - reply.value) / (high - low);
            let exact = if reply.exact { "" } else { ", a relaxation" };
            let seconds = start.elapsed().as_secs_f64();
            let start = Instant::now();
            // Without a single relaxation there is nothing to check.
            if !reply.tree.is_empty() {
                reply_upper_bound(&program, &reply.tree).expect("a proof");
            }
            let checked = start.elapsed().as_secs_f64();
            let (columns, nodes) = (program.columns.len(), reply.nodes);
            println!("{} {columns} | {seconds:.2} s | {checked:.2} s | {nodes} | {gap:.1e}{exact} |", case.told());
        }
        Err(error) => println!("{} {error} |", case.told()),
    }
}

fn search(case: &Case, limit: Duration) {
    let (instance, rules) = case.drawn(1);
    let start = Instant::now();
    let settings = Settings::with_time_limit(limit);
    let game = ConversationGame::new(&instance, 0, &case.protocol, usize::MAX, &settings).expect("a game");
    match game.reply_by_search(0, &rules) {
        Ok(reply) => println!("{} {:.2} s | {:.6} |", case.told(), start.elapsed().as_secs_f64(), reply.value),
        Err(error) => println!("{} {error} |", case.told()),
    }
}

/// Branch and bound beside the branch and cut of `HiGHS`, on the same programs: medians of three
/// seeds.
fn highs(case: &Case, limit: Duration) {
    let [first, second, third] = [1, 2, 3].map(|seed| both(case, seed, limit));
    let median = |of: fn(&(f64, f64, f64)) -> f64| {
        let mut numbers = [of(&first), of(&second), of(&third)];
        numbers.sort_by(f64::total_cmp);
        numbers
    };
    let ([_, ours, _], [_, theirs, _], differences) =
        (median(|timed| timed.0), median(|timed| timed.1), median(|timed| timed.2));
    let ratio = theirs / ours;
    println!("{} {ours:.3} s | {theirs:.3} s | {ratio:.1} | {:.1e} |", case.told(), differences[2]);
}

/// How long both took, in seconds, and by how much they differ.
fn both(case: &Case, seed: u64, limit: Duration) -> (f64, f64, f64) {
    let (instance, rules) = case.drawn(seed);
    let start = Instant::now();
    let settings = Settings::with_time_limit(limit);
    let game = ConversationGame::new(&instance, 0, &case.protocol, usize::MAX, &settings).expect("a game");
    let reply = game.reply(0, &rules, &settings).expect("a reply");
    let ours = start.elapsed().as_secs_f64();
    let program = ReplyProgram::new(&instance, 0, &case.protocol, 0, &rules).expect("a program");
    let columns = program.columns.len();
    let start = Instant::now();
    let mut model = Model::new("best conversation rule", Sense::Maximise, LpOptions::default()).expect("a model");
    let costs: Vec<f64> = (0..columns).map(|column| program.cost(column)).collect();
    let upper: Vec<f64> = (0..columns).map(|column| program.upper(column)).collect();
    model.add_columns(&costs, &vec![0.0; columns], &upper, &Sparse::empty(columns)).expect("columns");
    let (lower, above): (Vec<f64>, Vec<f64>) = (0..program.rows()).map(|row| program.row_bounds(row)).unzip();
    let mut entries = Sparse::new();
    for row in 0..program.rows() {
        entries.add(program.row(row));
    }
    model.add_rows(&lower, &above, &entries).expect("rows");
    let binary: Vec<usize> = (0..columns).filter(|&column| program.is_binary(column)).collect();
    model.set_integer(&binary).expect("integers");
    let outcome = model.solve_within(limit).expect("a solution");
    let theirs = start.elapsed().as_secs_f64();
    let within = outcome.stop == Stop::Optimal && reply.stopped.is_none();
    (ours, theirs, if within { (outcome.objective - reply.value).abs() } else { f64::INFINITY })
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seconds = arguments.get(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(60.0);
    let limit = Duration::from_secs_f64(seconds);
    let small = |states, actions| Case::new([states, actions, 2], [2, 2, 2]);
    match arguments.first().map_or("best", String::as_str) {
        "search" => {
            for (agents, [rounds, asked, answers]) in
                [(2, [2, 2, 2]), (3, [2, 2, 2]), (2, [3, 2, 2]), (2, [2, 3, 3]), (2, [2, 3, 6]), (2, [2, 4, 8])]
            {
                search(&Case::new([3, 3, agents], [rounds, asked, answers]), limit);
            }
        }
        "highs" => {
            for (states, actions) in [(2, 2), (2, 3), (3, 2), (3, 3), (4, 3)] {
                highs(&small(states, actions), limit);
            }
        }
        _ => {
            for (states, actions) in [(3, 3), (4, 3), (5, 3), (3, 4), (4, 4)] {
                best(&small(states, actions), limit);
            }
            for (agents, protocol) in [
                (2, [1, 2, 2]),
                (2, [1, 3, 3]),
                (3, [1, 2, 2]),
                (2, [2, 2, 3]),
                (2, [2, 3, 2]),
                (2, [3, 2, 2]),
                (3, [2, 2, 2]),
            ] {
                best(&Case::new([3, 3, agents], protocol), limit);
            }
        }
    }
}
