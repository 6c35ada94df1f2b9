//! Games of every shape: many states and few actions, few states and many actions.

mod common;

use common::{FAMILIES, generated};
use std::time::Instant;
use suasion_model::{Family, Objective};
use suasion_persuasion::{Settings, persuade};

/// `SHAPES="1000x10,10000x3" FAMILY=0 cargo test --test shapes -- --ignored --nocapture`
#[test]
#[ignore = "prints times"]
fn times() {
    let shapes = std::env::var("SHAPES").unwrap_or_default();
    let family: usize = std::env::var("FAMILY").map_or(0, |family| family.parse().unwrap());
    let verbose = std::env::var("VERBOSE").is_ok();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for shape in shapes.split(',').filter(|shape| !shape.is_empty()) {
        let (n, m) = shape.split_once('x').unwrap();
        let game = generated(FAMILIES[family], n.parse().unwrap(), m.parse().unwrap(), 1, 1);
        let view = game.view(0, 0).unwrap();
        let start = Instant::now();
        let settings = Settings { verbose, ..Settings::default() };
        let optimum = pool.install(|| persuade(&view, &view.agents[0], None, &settings)).unwrap();
        let solved = start.elapsed().as_secs_f64();
        let (rounds, iterations, unique) = (optimum.rounds, optimum.iterations, optimum.unique);
        let start = Instant::now();
        let (certificate, verdict) = optimum.proof(0, 0, Objective::agent(0)).certify(&game).unwrap();
        println!(
            "{shape} {}: {solved:.3} s, proof {:.3} s, {rounds} rounds, {iterations} iterations, unique {unique}; value {}, gap {:.1e}, certified {}, {:?}, entries {}",
            FAMILIES[family].name(),
            start.elapsed().as_secs_f64(),
            certificate.claims.objective_value,
            verdict.gap,
            verdict.certified(),
            verdict.failures,
            certificate.proof.scheme.entries.len(),
        );
    }
    let _ = Family::Uniform;
}
