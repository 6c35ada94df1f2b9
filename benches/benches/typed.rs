//! Criterion benches of persuading a user who knows something by herself: in an experiment, and in
//! a mechanism. Certificates are timed apart.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use suasion_benches::{Tastes, typed_game};
use suasion_certificate::Proof;
use suasion_model::Objective;
use suasion_persuasion::{Settings, experiment, mechanism};

fn typed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("typed");
    group.sample_size(10);
    let seller = Objective::agent(0);
    for tastes in [Tastes::Common, Tastes::Private] {
        for (types, observations, actions) in [(2, 3, 3), (2, 20, 10), (3, 20, 10), (4, 20, 10)] {
            let game = typed_game(types, observations, actions, tastes, 1);
            let view = game.typed_view(0, 0).unwrap();
            let size = format!("{types}x{observations}x{actions}");
            group.bench_function(BenchmarkId::new(format!("experiment, {tastes:?}"), &size), |b| {
                b.iter(|| experiment(black_box(&view), &seller, None, &Settings::default()).unwrap());
            });
            let proof = experiment(&view, &seller, None, &Settings::default()).unwrap().proof();
            group.bench_function(BenchmarkId::new(format!("certificate of an experiment, {tastes:?}"), &size), |b| {
                b.iter(|| proof.clone().certify(black_box(&game)).unwrap());
            });
        }
        for (types, observations, actions) in [(2, 3, 3), (4, 20, 10), (5, 50, 20)] {
            let game = typed_game(types, observations, actions, tastes, 1);
            let view = game.typed_view(0, 0).unwrap();
            let size = format!("{types}x{observations}x{actions}");
            group.bench_function(BenchmarkId::new(format!("mechanism, {tastes:?}"), &size), |b| {
                b.iter(|| mechanism(black_box(&view), &seller, None, &Settings::default()).unwrap());
            });
            let proof = mechanism(&view, &seller, None, &Settings::default()).unwrap().proof();
            group.bench_function(BenchmarkId::new(format!("certificate of a mechanism, {tastes:?}"), &size), |b| {
                b.iter(|| proof.clone().certify(black_box(&game)).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, typed);
criterion_main!(benches);
