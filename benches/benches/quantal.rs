//! Criterion benchmarks of persuading a quantal user. Certificates are timed separately.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use suasion_benches::{Tastes, typed_game};
use suasion_certificate::Proof;
use suasion_model::Objective;
use suasion_persuasion::{Settings, quantal};

fn quantal_user(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("quantal");
    group.sample_size(10);
    let agent = Objective::agent(0);
    for (types, observations, actions) in [(1, 2, 4), (1, 4, 4), (4, 4, 4), (1, 10, 10)] {
        let game = typed_game(types, observations, actions, Tastes::Common, 1);
        let view = game.typed_view(0, 0).unwrap();
        for eta in [1.0, 10.0, 100.0] {
            let size = format!("{types}x{observations}x{actions}, eta {eta}");
            group.bench_function(BenchmarkId::new("scheme", &size), |b| {
                b.iter(|| quantal(black_box(&view), &agent, eta, &Settings::default()).unwrap());
            });
            let proof = quantal(&view, &agent, eta, &Settings::default()).unwrap().proof();
            group.bench_function(BenchmarkId::new("certificate", &size), |b| {
                b.iter(|| proof.clone().certify(black_box(&game)).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, quantal_user);
criterion_main!(benches);
