//! Scratch.
use faer::{ColRef, MatRef};
use rayon::prelude::*;
use std::time::Instant;
use suasion_hull::{Factor, fit};
fn main() {
    let args: Vec<usize> = std::env::args().skip(1).map(|x| x.parse().unwrap()).collect();
    let (rows, k) = (args[0], args[1]);
    let rnd = |i: usize| {
        let mut x = (i as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        x ^= x >> 32;
        x = x.wrapping_mul(0xD6E8_FEB8_6659_FD93);
        x ^= x >> 32;
        (x >> 11) as f64 / (1u64 << 53) as f64
    };
    let a: Vec<f64> = (0..rows * k).into_par_iter().map(rnd).collect();
    let h: Vec<f64> = (0..rows)
        .map(|i| {
            let s: f64 = (0..k).filter(|j| j % 3 != 1).map(|j| a[i * k + j] * (j as f64 / k as f64 - 0.2)).sum();
            s / k as f64 + 0.1 * rnd(i + 77_777_777_777)
        })
        .collect();
    for threads in [1, 2] {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            for _ in 0..3 {
                let t = Instant::now();
                let f = Factor::of(MatRef::from_row_major_slice(&a, rows, k), ColRef::from_slice(&h), None).unwrap();
                let t1 = t.elapsed().as_secs_f64();
                let fit = fit(&f, false).unwrap();
                println!(
                    "{threads} threads: factor {t1:.3}, with fit {:.4}; {} {} {:?} {:?}",
                    t.elapsed().as_secs_f64(),
                    fit.nnls.mse,
                    fit.simplex.mse,
                    fit.nnls.kkt,
                    fit.simplex.kkt
                );
            }
            let b = rows / 50;
            let blocks: Vec<Factor> = (0..50)
                .map(|i| {
                    Factor::of(
                        MatRef::from_row_major_slice(&a[i * b * k..(i + 1) * b * k], b, k),
                        ColRef::from_slice(&h[i * b..(i + 1) * b]),
                        None,
                    )
                    .unwrap()
                })
                .collect();
            let t = Instant::now();
            let o = suasion_hull::CurveOptions {
                sizes: (1..=k).collect(),
                subsets: 50,
                folds: 5,
                bootstrap: 0,
                confidence: 0.9,
                with_intercept: false,
                seed: 1,
            };
            let c = suasion_hull::curve(&blocks, &o, &suasion_lp::Settings::default(), &|_| ()).unwrap();
            println!("curve {:.3} s; {:?}", t.elapsed().as_secs_f64(), c.points.last());
            if std::env::var("WEIGHTED").is_ok() {
                let t = Instant::now();
                let w = vec![1.0; rows];
                let f =
                    Factor::of(MatRef::from_row_major_slice(&a, rows, k), ColRef::from_slice(&h), Some(&w)).unwrap();
                println!("weighted {:.3} {}", t.elapsed().as_secs_f64(), fit(&f, false).unwrap().nnls.mse);
            }
        });
    }
}
