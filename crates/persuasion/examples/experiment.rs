//! x
#![allow(missing_docs, clippy::all, clippy::pedantic)]
use rand::{Rng, SeedableRng};
use suasion_model::Matrix;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let g = |i: usize, d: f64| a.get(i).map_or(d, |x| x.parse().unwrap());
    let n = g(1, 100.0) as usize;
    let m = g(2, 100.0) as usize;
    let mut r = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let u = Matrix::from_fn(m, n, |_, _| r.random::<f64>());
    let v = Matrix::from_fn(m, n, |_, _| r.random::<f64>());
    let mut p: Vec<f64> = (0..n).map(|_| -(r.random::<f64>()).ln()).collect();
    let s: f64 = p.iter().sum();
    for x in &mut p {
        *x /= s;
    }
    let t = suasion_persuasion::scale::Tuning {
        start_columns: g(3, 8.0) as usize,
        columns: g(4, 4.0) as usize,
        rows: g(5, 6.0) as usize,
        first_gap: g(6, 1e-2),
        shrink: g(7, 0.1),
        warm: g(8, 1.0) > 0.0,
        cap: g(9, 10.0),
    };
    let floor = a.get(10).map(|x| x.parse().unwrap());
    println!("{}", suasion_persuasion::scale::experiment(&p, &u, &v, t, floor));
}
