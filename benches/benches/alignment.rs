//! Criterion benches of alignment.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use suasion_alignment::{AlignOptions, Offset};
use suasion_benches::{align_agents, many_agents};
use suasion_certificate::Proof;
use suasion_model::Family;

fn alignment(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("alignment");
    group.sample_size(10);
    for (states, actions, agents) in [(20, 20, 5), (100, 100, 20), (300, 300, 100)] {
        let game = many_agents(Family::Uniform, states, actions, agents, 1);
        let size = format!("{states}x{actions}, {agents} agents");
        for offset in [Offset::None, Offset::Constant, Offset::PerState] {
            for simplex in [false, true] {
                let kind = format!("{offset:?}{}", if simplex { ", simplex" } else { "" });
                let options = AlignOptions { simplex, offset, slack: 0.0 };
                group.bench_function(BenchmarkId::new(kind, &size), |b| {
                    b.iter(|| align_agents(black_box(&game), &options));
                });
            }
        }
    }
    let game = many_agents(Family::Hull { eps: 0.01 }, 300, 300, 50, 1);
    group.bench_function("hull, 300x300, 50 agents", |b| {
        b.iter(|| align_agents(black_box(&game), &AlignOptions::default()));
    });
    group.bench_function("certificate, 300x300, 50 agents", |b| {
        let proof = align_agents(&game, &AlignOptions::default()).proof();
        b.iter(|| proof.clone().certify(black_box(&game)));
    });
    group.finish();
}

criterion_group!(benches, alignment);
criterion_main!(benches);
