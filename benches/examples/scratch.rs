//! Scratch.
use suasion_model::*;
use suasion_persuasion::*;
fn cpu() -> f64 { let s = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap(); s.split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-6 }
fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().unwrap();
    let args: Vec<String> = std::env::args().collect();
    let seeds: u64 = args.get(1).map_or(5, |s| s.parse().unwrap());
    let fams = [("uniform", Family::Uniform), ("integer", Family::Integer), ("opposed", Family::Opposed), ("quadratic", Family::Quadratic), ("mixed", Family::Uniform), ("quadmixed", Family::Quadratic), ("noisyint", Family::Integer)];
    let only: Option<&String> = args.get(2);
    let shapes: Vec<(usize, usize)> = if args.len() > 3 { args[3].split(',').map(|s| { let (n, m) = s.split_once('x').unwrap(); (n.parse().unwrap(), m.parse().unwrap()) }).collect() } else { vec![(10,10),(20,20),(30,30),(40,40),(20,40),(100,20),(60,60)] };
    pool.install(|| for (name, family) in fams {
        if only.is_some_and(|o| o != name && o != "all") { continue; }
        for &(n, m) in &shapes {
            let mut times = vec![]; let mut its = vec![];
            for seed in 1..=seeds {
                let mut game = family.generate(Shape { states: n, actions: m, agents: 1, priors: 1 }, PriorPath::Independent, seed).unwrap();
                if name.contains("mixed") { let c: f64 = std::env::var("MIX").unwrap().parse().unwrap(); let u = game.user.utility.clone(); let v = game.agents[0].utility.clone(); game.agents[0].utility = Matrix::from_fn(m, n, |a, y| -c * u[(a, y)] + (1.0 - c) * v[(a, y)]); }
                let view = game.view(0, 0).unwrap();
                let mut best = f64::INFINITY;
                let found = persuade(&view, &view.agents[0], None, &Settings::default()).unwrap();
                its.push((found.rounds, found.iterations));
                let t = cpu();
                let mut reps = 0;
                while cpu() - t < 60.0 { persuade(&view, &view.agents[0], None, &Settings::default()).unwrap(); reps += 1; }
                best = best.min((cpu() - t) / f64::from(reps));
                times.push(best);
            }
            let mut sorted = times.clone(); sorted.sort_by(f64::total_cmp);
            println!("{name} {n}x{m}: median {:.2} ms, max {:.2}; {:?} iterations {:?}", sorted[sorted.len() / 2], sorted[sorted.len() - 1], times.iter().map(|t| (t * 100.0).round() / 100.0).collect::<Vec<_>>(), its);
        }
    });
}
