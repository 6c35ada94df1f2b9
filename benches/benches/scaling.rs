//! Criterion benches of what `suasion bench scaling` measures, on the same instances: one size
//! after another, on one thread.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use suasion_persuasion::Settings;
use suasion_study::Scaling;
use suasion_study::scaling::Work;

fn scaling(criterion: &mut Criterion) {
    let settings = Settings::default();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    for work in Work::ALL {
        let grid = Scaling {
            works: vec![work],
            states: Some(vec![10, 20, 40, 80, 160]),
            agents: Some(if work == Work::Hull { vec![10, 30, 100, 300] } else { vec![2, 4, 8, 16] }),
            priors: Some(vec![1, 10, 100]),
            rows: Some(vec![10_000, 100_000, 1_000_000]),
            threads: Some(vec![1]),
            ..Scaling::default()
        };
        let mut group = criterion.benchmark_group(work.name());
        group.sample_size(10);
        for series in grid.series() {
            for point in &series.points {
                let id = BenchmarkId::new(series.along.name(), series.along.of(point));
                let prepared = point.prepare(0).expect("a game");
                group.bench_function(id, |b| b.iter(|| one.install(|| black_box(&prepared).run(&settings))));
            }
        }
        group.finish();
    }
}

criterion_group!(benches, scaling);
criterion_main!(benches);
