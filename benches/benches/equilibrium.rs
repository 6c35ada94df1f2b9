//! Criterion benchmarks of the best-agent game.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use suasion_benches::many_agents;
use suasion_equilibrium::{BestAgentGame, Dynamics};
use suasion_model::Family;
use suasion_persuasion::Settings;

fn best_agent(criterion: &mut Criterion) {
    let settings = Settings::default();
    let mut group = criterion.benchmark_group("best-agent game");
    group.sample_size(10);
    for (agents, size) in [(3, 10), (10, 20), (5, 50)] {
        let game = many_agents(Family::Uniform, size, size, agents, 1);
        let name = format!("{agents} agents, {size}x{size}");
        for slack in [0.0, 0.01] {
            let kind = if slack > 0.0 { "equilibria within a slack" } else { "equilibria" };
            group.bench_function(BenchmarkId::new(kind, &name), |b| {
                b.iter(|| BestAgentGame::new(black_box(&game), 0, &settings).and_then(|game| game.equilibria(slack)));
            });
        }
    }
    let game = many_agents(Family::Uniform, 20, 20, 20, 1);
    group.bench_function("frontiers for dynamics, 20 agents, 20x20", |b| {
        b.iter(|| BestAgentGame::new(black_box(&game), 0, &settings).map(|game| game.payoffs().is_ok()));
    });
    let game = BestAgentGame::new(&game, 0, &settings).expect("a game");
    let payoffs = game.payoffs().expect("frontiers");
    group.bench_function("dynamics, 20 agents, 20x20", |b| b.iter(|| payoffs.run(black_box(&Dynamics::default()), 0)));
    group.finish();
}

criterion_group!(benches, best_agent);
criterion_main!(benches);
