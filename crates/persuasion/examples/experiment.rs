//! x
use rand::{Rng, SeedableRng};
use suasion_model::*;
use suasion_persuasion::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let g = |i: usize, d: f64| a.get(i).map_or(d, |x| x.parse().unwrap());
    let (n, m) = (g(1, 100.0) as usize, g(2, 100.0) as usize);
    let fam = a.get(3).map_or("uniform", |s| s.as_str()).to_string();
    let mut r = rand_chacha::ChaCha8Rng::seed_from_u64(g(4, 1.0) as u64);
    let mut e =
        |_: usize, _: usize| if fam == "integer" { f64::from(r.random_range(0..=3_u8)) } else { r.random::<f64>() };
    let (mut u, mut v) = (Matrix::from_fn(m, n, &mut e), Matrix::from_fn(m, n, &mut e));
    let b = 0.1;
    if fam == "quadratic" {
        u = Matrix::from_fn(m, n, |a, y| -(a as f64 / (m - 1) as f64 - y as f64 / (n - 1) as f64).powi(2));
        v = Matrix::from_fn(m, n, |a, y| -(a as f64 / (m - 1) as f64 - y as f64 / (n - 1) as f64 - b).powi(2));
    }
    if fam == "opposed" {
        v = Matrix::from_fn(m, n, |a, y| 1.0 - u[(a, y)]);
    }
    let mut p: Vec<f64> = (0..n).map(|_| -(r.random::<f64>()).ln()).collect();
    let s: f64 = p.iter().sum();
    p.iter_mut().for_each(|x| *x /= s);
    let game = Instance {
        name: "x".into(),
        source: None,
        states: Labels::Count(n),
        actions: Labels::Count(m),
        information: Information::Priors(Matrix::new(1, n, p)),
        user: Party { name: "user".into(), utility: u },
        agents: vec![Party { name: "agent".into(), utility: v }],
    };
    let view = game.view(0, 0).unwrap();
    let floor = a
        .get(5)
        .map(|x| x.parse::<f64>().unwrap())
        .filter(|f| *f >= 0.0)
        .map(|f| (1.0 - f) * view.no_information().1 + f * view.full_information());
    let settings = Settings { verbose: std::env::var("V").is_ok(), ..Settings::default() };
    if std::env::var("F").is_ok() {
        let t = std::time::Instant::now();
        let f = frontier(&view, &view.agents[0], &settings).unwrap();
        let t1 = t.elapsed().as_secs_f64();
        let bad = f
            .vertices
            .iter()
            .filter(|v| !v.proof(0, 0, Objective::agent(0)).certify(&game).unwrap().1.certified())
            .count();
        println!("frontier {} vertices {} solves {t1:.3}s uncertified {bad}", f.vertices.len(), f.solves);
        return;
    }
    if let Ok(r) = std::env::var("S") {
        let r: usize = r.parse().unwrap();
        let shape = Shape { states: n, actions: m, agents: 1, priors: r };
        let game = Family::Uniform.generate(shape, PriorPath::Walk { step: 0.05 }, 1).unwrap();
        let Information::Priors(priors) = &game.information else { return };
        let view = game.view(0, 0).unwrap();
        let t = std::time::Instant::now();
        let all = sweep(&view, &view.agents[0], priors, None, &settings, &|_| {});
        let t1 = t.elapsed().as_secs_f64();
        let it: u64 = all.iter().map(|o| o.as_ref().unwrap().iterations).sum();
        let ok = all
            .into_iter()
            .enumerate()
            .filter(|(_, o)| o.is_ok())
            .filter(|(i, o)| {
                o.as_ref().unwrap().clone().proof(*i, 0, Objective::agent(0)).certify(&game).unwrap().1.certified()
            })
            .count();
        let t2 = t.elapsed().as_secs_f64() - t1;
        let t = std::time::Instant::now();
        for i in 0..20 {
            let v = game.view(i * r / 20, 0).unwrap();
            solve_direct(&v, &v.agents[0], None).unwrap();
        }
        let cold = t.elapsed().as_secs_f64() / 20.0;
        println!(
            "sweep {r} priors {t1:.3}s, {it} iterations, certified {ok} in {t2:.3}s; cold good_lp {cold:.5}s each, ratio {:.1}",
            cold * r as f64 / t1
        );
        return;
    }
    let t = std::time::Instant::now();
    let o = persuade(&view, &view.agents[0], floor, &settings).unwrap();
    let t1 = t.elapsed().as_secs_f64();
    let (rounds, it) = (o.rounds, o.iterations);
    let (c, verdict) = o.proof(0, 0, Objective::agent(0)).certify(&game).unwrap();
    println!(
        "{fam} {n}x{m} {t1:.3}s cert {:.3}s rounds {rounds} it {it} value {:.9} user {:.9} gap {:.1e} viol {:.1e} certified {}",
        t.elapsed().as_secs_f64() - t1,
        c.claims.objective_value,
        c.claims.user_value,
        verdict.gap,
        verdict.violation,
        verdict.certified()
    );
}
