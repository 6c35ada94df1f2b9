//! Criterion benchmarks of the kernel and of the methods that use it.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;
use suasion_benches::{game, priors, solve};
use suasion_certificate::Proof;
use suasion_model::{Family, Objective, StackelbergGame};
use suasion_persuasion::{Settings, commit, frontier, persuade, solve_direct, sweep};

fn kernel(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kernel");
    group.sample_size(10);
    for (states, actions) in [(10, 10), (20, 20), (50, 50), (100, 100), (200, 200), (1000, 100)] {
        let game = game(Family::Uniform, states, actions, 1, 1);
        group.bench_function(BenchmarkId::new("uniform", format!("{states}x{actions}")), |b| {
            b.iter(|| solve(black_box(&game)));
        });
    }
    for family in Family::ALL {
        let game = game(family, 100, 100, 1, 1);
        group
            .bench_function(BenchmarkId::new("family, 100x100", family.name()), |b| b.iter(|| solve(black_box(&game))));
    }
    for size in [10, 20] {
        let game = game(Family::Uniform, size, size, 1, 1);
        let view = game.view(0, 0).expect("a user of one type");
        group.bench_function(BenchmarkId::new("direct program, good_lp", size), |b| {
            b.iter(|| solve_direct(&view, &view.agents[0], None));
        });
    }
    group.finish();
}

fn built_on_it(criterion: &mut Criterion) {
    let settings = Settings::default();
    let agent = Objective::agent(0);
    let mut group = criterion.benchmark_group("built on it");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    let many = game(Family::Uniform, 20, 20, 1000, 1);
    let view = many.view(0, 0).expect("a user of one type");
    group.bench_function("sweep, 1000 priors of 20x20", |b| {
        b.iter(|| sweep(&view, &agent, priors(&many), None, &settings, &|_| {}));
    });
    let game = game(Family::Uniform, 50, 50, 1, 1);
    let view = game.view(0, 0).expect("a user of one type");
    group.bench_function("frontier, 50x50", |b| b.iter(|| frontier(&view, &agent, &settings)));
    let optimum = persuade(&view, &agent, None, &settings).expect("an optimum");
    group.bench_function("certificate, 50x50", |b| {
        b.iter(|| optimum.clone().proof().certify(&game));
    });
    let leader = StackelbergGame::generate(20, 20, 3, 0).expect("sizes above zero");
    group.bench_function("commitment, 20x20 of 3 types", |b| b.iter(|| commit(&leader, &settings)));
    group.finish();
}

criterion_group!(benches, kernel, built_on_it);
criterion_main!(benches);
