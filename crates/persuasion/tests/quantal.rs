//! A quantal user.

mod common;

use common::{generated, typed};
use suasion_model::{Family, Objective};
use suasion_persuasion::{Settings, quantal};

#[test]
fn measure() {
    let mut runs = vec![];
    for n in [2, 3, 4] {
        for eta in [1.0, 10.0, 100.0, 1e4, 1e6] {
            runs.push((1, n, 4, eta));
        }
    }
    for t in [2, 4, 16] {
        for eta in [1.0, 10.0, 100.0] {
            runs.push((t, 4, 4, eta));
        }
    }
    for (types, n, m, eta) in runs {
        for seed in 0..3 {
            if let Ok(only) = std::env::var("ONLY") {
                if only != format!("{types},{n},{m},{eta},{seed}") {
                    continue;
                }
            }
            let game = if types == 1 { generated(Family::Uniform, n, m, 1, seed) } else { typed(types, n, m, seed) };
            let view = game.typed_view(0, 0).unwrap();
            let start = std::time::Instant::now();
            let found = quantal(&view, &Objective::agent(0), eta, &Settings::default()).unwrap();
            let solved = start.elapsed().as_secs_f64();
            let (rounds, gap, messages) = (found.rounds, found.gap, found.scheme.signals.len());
            let start = std::time::Instant::now();
            let (certificate, verdict) = found.proof(0, 0, Objective::agent(0), eta).certify(&game).unwrap();
            let certified = start.elapsed().as_secs_f64();
            let claims = &certificate.claims;
            println!(
                "T {types} n {n} m {m} eta {eta}: {solved:.3} s, {rounds} rounds, gap {gap:.1e}, {messages} messages; certificate {certified:.3} s, gap {:.1e} {:?} value {:.6} width {:.1e}",
                verdict.gap,
                verdict.failures,
                claims.objective_value.low,
                claims.objective_value.high - claims.objective_value.low
            );
        }
    }
}
