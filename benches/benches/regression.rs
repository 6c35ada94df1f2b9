//! Criterion benchmarks of least-squares fits.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use suasion_benches::{Scores, curve_options};
use suasion_regression::{Factor, Monitor, curve, fit};

fn hull(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hull");
    group.sample_size(10);
    for (rows, agents) in [(100_000, 10), (100_000, 100), (20_000, 500)] {
        let scores = Scores::new(rows, agents, 1);
        let size = format!("{rows}x{agents}");
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::new("reduce", &size), |b| b.iter(|| scores.factor(0..black_box(rows))));
        group.throughput(Throughput::Elements(1));
        let factor = scores.factor(0..rows);
        group.bench_function(BenchmarkId::new("fit", &size), |b| b.iter(|| fit(black_box(&factor), false)));
        group.bench_function(BenchmarkId::new("merge", &size), |b| {
            b.iter(|| Factor::sum([(black_box(&factor), 1.0), (&factor, 1.0)]));
        });
    }
    let mut twins = Scores::new(100_000, 100, 1);
    twins.agents.chunks_mut(100).for_each(|row| row[99] = row[0]);
    group.bench_function("reduce, 100000x100, two agents alike", |b| b.iter(|| twins.factor(0..black_box(100_000))));
    let blocks = Scores::new(100_000, 100, 1).blocks(50);
    group.bench_function("curve, 100 sizes, 50 subsets, 5 folds", |b| {
        b.iter(|| curve(black_box(&blocks), &curve_options(100), &Monitor::default()));
    });
    group.finish();
}

criterion_group!(benches, hull);
criterion_main!(benches);
