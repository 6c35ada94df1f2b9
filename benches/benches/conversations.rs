//! Criterion benches of conversations: large trees evaluated and answered, and an agent's best rule
//! against the others', by search and by branch and bound.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use suasion_benches::{many_agents, random_rules};
use suasion_equilibrium::{ConversationGame, Ties};
use suasion_model::{Family, Protocol};
use suasion_persuasion::Settings;

/// Two agents and rounds: alphabets for trees of about 10^5 and 10^6 nodes.
const LARGE: [(usize, usize); 2] = [(3, 6), (4, 8)];

fn trees(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("conversations");
    group.sample_size(10);
    let instance = many_agents(Family::Uniform, 3, 3, 2, 1);
    for (asked, answers) in LARGE {
        let protocol = Protocol::new(2, asked, answers);
        let game = ConversationGame::new(&instance, 0, &protocol, usize::MAX, &Settings::default()).unwrap();
        let rules = random_rules(&instance, &protocol, 1);
        let nodes = protocol.size(2, 1).nodes;
        group.bench_function(BenchmarkId::new("best response", nodes), |b| {
            b.iter(|| game.respond(black_box(&rules), Ties::First));
        });
        let (plan, _) = game.respond(&rules, Ties::First);
        group.bench_function(BenchmarkId::new("evaluation", nodes), |b| {
            b.iter(|| game.worth(black_box(&rules), &plan).unwrap());
        });
    }
    group.finish();
}

fn replies(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("replies in conversation");
    group.sample_size(10);
    let instance = many_agents(Family::Uniform, 3, 3, 2, 1);
    let settings = Settings::default();
    let protocol = Protocol::new(2, 2, 2);
    let game = ConversationGame::new(&instance, 0, &protocol, usize::MAX, &settings).unwrap();
    for (others, rules) in [("random", random_rules(&instance, &protocol, 1)), ("revealing", game.revelation())] {
        group.bench_function(BenchmarkId::new("best rule, others", others), |b| {
            b.iter(|| game.reply(0, black_box(&rules), &settings).unwrap());
        });
        group.bench_function(BenchmarkId::new("rule by search, others", others), |b| {
            b.iter(|| game.reply_by_search(0, black_box(&rules)).unwrap());
        });
    }
    let (asked, answers) = LARGE[0];
    let protocol = Protocol::new(2, asked, answers);
    let game = ConversationGame::new(&instance, 0, &protocol, usize::MAX, &settings).unwrap();
    let rules = random_rules(&instance, &protocol, 1);
    group.bench_function(BenchmarkId::new("rule by search", protocol.size(2, 1).nodes), |b| {
        b.iter(|| game.reply_by_search(0, black_box(&rules)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, trees, replies);
criterion_main!(benches);
