//! Row and column generation by interior points.
use crate::interior::{Block, Floor, Master};
use crate::kernel::Kernel;
use crate::pricing::{price, separate};
use faer::Mat;
use rayon::prelude::*;
use std::time::Instant;

/// Tuning.
#[derive(Clone, Copy)]
pub struct Tuning {
    pub start_columns: usize,
    pub columns: usize,
    pub rows: usize,
    pub first_gap: f64,
    pub shrink: f64,
    pub warm: bool,
    pub cap: f64,
}

/// Experiment.
pub fn experiment(
    prior: &[f64],
    user: &suasion_model::Matrix,
    objective: &suasion_model::Matrix,
    t: Tuning,
    floor: Option<f64>,
) -> f64 {
    let start = Instant::now();
    let k = Kernel::new(prior, user, objective);
    let (m, n) = (k.actions(), k.states());
    println!("kernel {:.3}s", start.elapsed().as_secs_f64());
    let mut has_column = vec![false; m * n];
    let mut has_row = vec![false; m * m];
    let mut cols: Vec<Vec<usize>> = vec![vec![]; m];
    let mut rows: Vec<Vec<usize>> = vec![vec![]; m];
    for y in 0..n {
        let mut order: Vec<usize> = (0..m).collect();
        order.sort_by(|&a, &b| k.objective[(b, y)].total_cmp(&k.objective[(a, y)]));
        for &a in order.iter().take(t.start_columns).chain([&k.best_action[y]]) {
            if !has_column[a * n + y] {
                has_column[a * n + y] = true;
                cols[a].push(y);
            }
        }
    }
    let mut gap = t.first_gap;
    let mut master = Master {
        mass: k.mass.clone(),
        blocks: vec![],
        floor: floor.map(|level| Floor { level: level * n as f64, t: 0.1 * n as f64, sigma: 0.1 }),
        lambda: vec![0.0; n],
        cap: t.cap,
    };
    // initial rows
    for a in 0..m {
        let found = separate(&k, a, cols[a].iter().map(|&y| (y, k.mass[y])), 0.0, t.rows, |_| true);
        for (b, _) in found {
            has_row[a * m + b] = true;
            rows[a].push(b);
        }
    }
    let mut old: Vec<Option<Block>> = (0..m).map(|_| None).collect();
    let mut total_iterations = 0;
    for round in 0..100 {
        let t0 = Instant::now();
        // (re)build
        let sigma = master.floor.map_or(0.0, |f| f.sigma);
        let fresh = round == 0 || !t.warm;
        let mu = gap * 10.0;
        master.blocks = (0..m)
            .into_par_iter()
            .zip(old.par_iter_mut())
            .filter_map(|(a, old)| {
                if cols[a].is_empty() {
                    return None;
                }
                let mut states = cols[a].clone();
                states.sort_unstable();
                let alternatives = rows[a].clone();
                let gain = Mat::from_fn(alternatives.len(), states.len(), |i, j| {
                    k.user[(a, states[j])] - k.user[(alternatives[i], states[j])]
                });
                let cost: Vec<f64> = states.iter().map(|&y| k.objective[(a, y)]).collect();
                let user: Vec<f64> = states.iter().map(|&y| k.user[(a, y)]).collect();
                let mut block = Block::new(states, alternatives, gain, cost, user);

                match old.take() {
                    Some(o) if !fresh => {
                        block.x =
                            block.states.iter().map(|y| o.states.binary_search(y).map_or(-1.0, |j| o.x[j])).collect();
                        block.z =
                            block.states.iter().map(|y| o.states.binary_search(y).map_or(-1.0, |j| o.z[j])).collect();
                        block.rho = o.rho.clone();
                        block.s = o.s.clone();
                        block.w = o.w.clone();
                        block.w.resize(block.alternatives.len(), -1.0);
                        block.rho.resize(block.alternatives.len(), -1.0);
                        block.s.resize(block.alternatives.len(), -1.0);
                    }
                    _ => {}
                }
                Some(block)
            })
            .collect();
        let blocks = &mut master.blocks;
        let mut count = vec![0usize; n];
        for b in blocks.iter() {
            for &y in &b.states {
                count[y] += 1;
            }
        }
        // actions in block order
        let actions: Vec<usize> = (0..m).filter(|&a| !cols[a].is_empty()).collect();
        let mut lam = vec![f64::NEG_INFINITY; n];
        if fresh {
            for (b, &a) in blocks.iter_mut().zip(&actions) {
                b.x = b
                    .states
                    .iter()
                    .map(|&y| {
                        let base = 0.3 * k.mass[y] / count[y] as f64;
                        if k.best_action[y] == a { base + 0.7 * k.mass[y] } else { base }
                    })
                    .collect();
                b.rho = vec![0.1; b.alternatives.len()];
                b.s = vec![0.0; b.alternatives.len()];
                b.w = vec![0.0; b.alternatives.len()];
            }
            if let Some(f) = &mut master.floor {
                f.sigma = 0.1;
                f.t = 0.05 * n as f64;
            }
        }
        let sigma = if fresh { master.floor.map_or(0.0, |f| f.sigma) } else { sigma };
        let mu_now = if fresh { 0.1 } else { gap };
        let mut buffer = vec![];
        for b in blocks.iter_mut() {
            for i in 0..b.alternatives.len() {
                let act: f64 = (0..b.states.len()).map(|j| b.gain[(i, j)] * b.x[j].max(0.0)).sum();
                if b.s[i] <= 0.0 {
                    b.s[i] = act.max(if fresh { 0.1 } else { mu_now.sqrt() });
                }
                if b.rho[i] <= 0.0 {
                    b.rho[i] = (mu_now / b.s[i]).min(t.cap * 0.5);
                }
                if b.w[i] <= 0.0 {
                    b.w[i] = mu_now / (t.cap - b.rho[i]) + (-act).max(0.0);
                }
            }
            b.priced(sigma, &mut buffer);
            for (j, &y) in b.states.iter().enumerate() {
                lam[y] = lam[y].max(buffer[j]);
            }
        }
        if fresh {
            master.lambda = lam.iter().map(|l| l + 0.1).collect();
        } else {
            for y in 0..n {
                let need = lam[y] + mu_now.min(1e-2);
                if need > master.lambda[y] {
                    master.lambda[y] = need;
                }
            }
        }
        let lambda = master.lambda.clone();
        for b in blocks.iter_mut() {
            b.priced(sigma, &mut buffer);
            for j in 0..b.states.len() {
                let zz = lambda[b.states[j]] - buffer[j];
                if fresh {
                    if b.z.len() <= j {
                        b.z.push(zz)
                    }
                } else {
                    b.z[j] = zz;
                    if b.x[j] < 0.0 {
                        b.x[j] = (mu_now / zz).min(0.05);
                    }
                }
            }
        }
        let tb = t0.elapsed().as_secs_f64();
        let t1 = Instant::now();
        let ended = master.solve(gap, 100);
        total_iterations += ended.iterations;
        let ti = t1.elapsed().as_secs_f64();
        let t2 = Instant::now();
        // pricing
        let mut rho: Vec<Vec<(usize, f64)>> = vec![vec![]; m];
        for (b, &a) in master.blocks.iter().zip(&actions) {
            rho[a] = b.alternatives.iter().zip(&b.rho).filter(|(_, r)| **r > 1e-11).map(|(&b, &r)| (b, r)).collect();
        }
        let sigma = master.floor.map_or(0.0, |f| f.sigma);
        let eps_col = gap.max(1e-10);
        let threshold: Vec<f64> = master.lambda.iter().map(|l| l + eps_col).collect();
        let priced =
            price(&k, crate::simplex::Weights { objective: 1.0, user: sigma }, &rho, &threshold, t.columns, |a, y| {
                !has_column[a * n + y]
            });
        let upper: f64 = priced.lambda.iter().zip(&k.mass).map(|(l, w)| l * w).sum::<f64>()
            - master.floor.map_or(0.0, |f| f.sigma * f.level);
        let mut added_columns = 0;
        for (y, list) in priced.candidates.iter().enumerate() {
            for &(a, _) in list {
                has_column[a * n + y] = true;
                cols[a].push(y);
                added_columns += 1;
            }
        }
        let tp = t2.elapsed().as_secs_f64();
        let t3 = Instant::now();
        let found: Vec<Vec<(usize, f64)>> = master
            .blocks
            .par_iter()
            .zip(&actions)
            .map(|(b, &a)| {
                let mass: f64 = b.x.iter().sum();
                separate(
                    &k,
                    a,
                    b.states.iter().copied().zip(b.x.iter().copied()),
                    (gap * mass).max(1e-10),
                    t.rows,
                    |b| !has_row[a * m + b],
                )
            })
            .collect();
        let mut added_rows = 0;
        let mut violation = 0.0;
        for (list, &a) in found.iter().zip(&actions) {
            for &(b, g) in list {
                has_row[a * m + b] = true;
                rows[a].push(b);
                added_rows += 1;
                violation += g;
            }
        }
        let ts = t3.elapsed().as_secs_f64();
        let broken: f64 = master.blocks.iter().flat_map(|b| &b.w).sum();
        let top = master.blocks.iter().flat_map(|b| &b.rho).copied().fold(0.0, f64::max);
        println!(
            "broken {:.1e} rho {top:.2} round {round} gap {gap:.1e} it {} p {:.9} d {:.9} UB {:.9} viol {:.2e} inf {:.1e} rows {} (+{}) cols {} (+{}) [build {tb:.2} ipm {ti:.2} price {tp:.2} sep {ts:.2}] t={:.2}",
            broken / n as f64,
            ended.iterations,
            ended.primal / n as f64,
            ended.dual / n as f64,
            upper / n as f64,
            violation / n as f64,
            ended.infeasibility,
            master.blocks.iter().map(|b| b.alternatives.len()).sum::<usize>(),
            added_rows,
            master.blocks.iter().map(|b| b.states.len()).sum::<usize>(),
            added_columns,
            start.elapsed().as_secs_f64()
        );
        for (block, &a) in master.blocks.drain(..).zip(&actions) {
            old[a] = Some(block);
        }
        let err = ((upper - ended.dual).max(0.0) + violation) / n as f64;
        if added_rows + added_columns == 0 {
            if gap <= 1e-9 {
                return ended.primal / n as f64;
            }
            gap = (gap * 1e-3).max(1e-9);
        } else {
            gap = gap.min((err * t.shrink).max(1e-9));
        }
    }
    0.0
}
