//! Criterion benchmarks of persuading a user with private information, by experiments and by
//! mechanisms. Certificates are timed separately.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use suasion_benches::{Tastes, typed_game};
use suasion_model::Objective;
use suasion_persuasion::{Settings, converse, menu};

fn typed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("typed");
    group.sample_size(10);
    let seller = Objective::agent(0);
    for tastes in [Tastes::Common, Tastes::Private] {
        for (types, observations, actions) in [(2, 3, 3), (2, 20, 10), (3, 20, 10), (4, 20, 10)] {
            let game = typed_game(types, observations, actions, tastes, 1);
            let view = game.typed_view(0, 0).unwrap();
            let size = format!("{types}x{observations}x{actions}");
            group.bench_function(BenchmarkId::new(format!("menu, {tastes:?}"), &size), |b| {
                b.iter(|| menu(black_box(&view), &seller, None, &Settings::default()).unwrap());
            });
            let proof = menu(&view, &seller, None, &Settings::default()).unwrap().proof(0, 0, seller.clone());
            group.bench_function(BenchmarkId::new(format!("certificate of a menu, {tastes:?}"), &size), |b| {
                b.iter(|| proof.clone().certify(black_box(&game)).unwrap());
            });
        }
        for (types, observations, actions) in [(2, 3, 3), (4, 20, 10), (5, 50, 20)] {
            let game = typed_game(types, observations, actions, tastes, 1);
            let view = game.typed_view(0, 0).unwrap();
            let size = format!("{types}x{observations}x{actions}");
            group.bench_function(BenchmarkId::new(format!("conversation, {tastes:?}"), &size), |b| {
                b.iter(|| converse(black_box(&view), &seller, None, &Settings::default()).unwrap());
            });
            let proof = converse(&view, &seller, None, &Settings::default()).unwrap().proof(0, 0, seller.clone());
            group.bench_function(BenchmarkId::new(format!("certificate of a conversation, {tastes:?}"), &size), |b| {
                b.iter(|| proof.clone().certify(black_box(&game)).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, typed);
criterion_main!(benches);
