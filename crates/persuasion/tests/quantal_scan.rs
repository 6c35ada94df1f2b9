mod common;
use common::{FAMILIES, generated, typed};
use suasion_model::Objective;
use suasion_persuasion::{Settings, quantal};

#[test]
fn scan() {
    let mut slow = vec![];
    let mut count = 0;
    for seed in 0..60u64 {
        for (k, family) in FAMILIES.into_iter().enumerate() {
            let n = 2 + (seed as usize + k) % 3;
            let m = [2, 4, 8][(seed as usize / 3) % 3];
            if let Ok(o) = std::env::var("ONLY") {
                if o != format!("{family:?},{seed}") {
                    continue;
                }
            }
            for eta in [0.0, 0.3, 3.0, 30.0, 300.0, 1e5, 1e9] {
                let types = seed as usize % 4;
                let game =
                    if types > 0 && k % 2 == 0 { typed(types, n, m, seed) } else { generated(family, n, m, 1, seed) };
                let view = game.typed_view(0, 0).unwrap();
                let objective = Objective { user: if seed % 5 == 0 { 0.5 } else { 0.0 }, agents: vec![(0, 1.0)] };
                let start = std::time::Instant::now();
                if let Ok(o) = std::env::var("ETA") {
                    if o != format!("{eta}") {
                        continue;
                    }
                    println!("{game:?}");
                }
                let found = quantal(&view, &objective, eta, &Settings::default()).unwrap();
                let solved = start.elapsed().as_secs_f64();
                let (rounds, gap) = (found.rounds, found.gap);
                let start = std::time::Instant::now();
                let (c, verdict) = found.proof(0, 0, objective, eta).certify(&game).unwrap();
                let certified = start.elapsed().as_secs_f64();
                count += 1;
                let line = format!(
                    "{:?} {family:?} seed {seed} types {} n {n} m {m} eta {eta}: {solved:.3} {rounds} {gap:.1e}; {certified:.3} gap {:.1e} {:?} value {:.6}",
                    verdict.certified(),
                    view.types(),
                    verdict.gap,
                    verdict.failures,
                    c.claims.objective_value.low
                );
                if !verdict.certified() {
                    println!("BAD {line}");
                }
                slow.push((solved.max(certified), line));
            }
        }
    }
    slow.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, line) in slow.iter().take(12) {
        println!("SLOW {line}");
    }
    println!("{count}");
}

#[test]
fn large() {
    for n in [10, 50] {
        for eta in [1.0, 10.0, 100.0] {
            let game = generated(suasion_model::Family::Uniform, n, n, 1, 1);
            let view = game.typed_view(0, 0).unwrap();
            let start = std::time::Instant::now();
            let found =
                quantal(&view, &Objective::agent(0), eta, &Settings { verbose: false, ..Settings::default() }).unwrap();
            println!(
                "n {n} eta {eta}: {:.3} s {} rounds gap {:.1e} {} messages, value {}",
                start.elapsed().as_secs_f64(),
                found.rounds,
                found.gap,
                found.scheme.signals.len(),
                found.objective_value
            );
        }
    }
}
