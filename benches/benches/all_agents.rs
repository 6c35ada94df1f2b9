//! Criterion benchmarks of the all-agents game: one play, a proof, and a whole search.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use suasion_benches::many_agents;
use suasion_equilibrium::{AllAgentsGame, AllAgentsSearch, StartKind};
use suasion_model::{Family, SignalScheme};
use suasion_persuasion::Settings;

fn all_agents(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("all agents");
    group.sample_size(10);
    for (agents, states, actions) in [(2, 3, 3), (3, 4, 4), (3, 6, 6)] {
        let instance = many_agents(Family::Uniform, states, actions, agents, 1);
        let size = format!("{agents}x{states}x{actions}");
        let search = AllAgentsSearch { starts: 8, ..AllAgentsSearch::default() };
        let rational = AllAgentsGame::new(&instance, 0, &Settings::default()).unwrap();
        group.bench_function(BenchmarkId::new("one play", &size), |b| {
            b.iter(|| black_box(&rational).play(StartKind::Monopoly, &search).unwrap());
        });
        group.bench_function(BenchmarkId::new("proof of full information", &size), |b| {
            let schemes = vec![SignalScheme::full_information(states); agents];
            b.iter(|| black_box(&rational).certify(schemes.clone(), 0.0).unwrap());
        });
        group.bench_function(BenchmarkId::new("eight starts", &size), |b| {
            b.iter(|| black_box(&rational).search(&search, &|| {}).unwrap());
        });
        let quantal = AllAgentsGame::new(&instance, 0, &Settings::default()).unwrap().quantal(10.0).unwrap();
        group.bench_function(BenchmarkId::new("one play, quantal", &size), |b| {
            b.iter(|| black_box(&quantal).play(StartKind::Monopoly, &search).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, all_agents);
criterion_main!(benches);
