//! Items that agents judge alike.

use super::Scores;
use super::draws::{Kind, draws};
use rand::RngExt;

/// After so many rounds it is good enough.
const ROUNDS: usize = 100;

/// Groups of items, cut by the mean of their scores: equally many in each, but for one.
pub(super) fn quantiles(scores: &Scores, groups: usize) -> Vec<Vec<usize>> {
    let (n, k) = (scores.items.len(), scores.agents.len());
    let mean: Vec<f64> = (0..n).map(|i| (0..k).map(|j| scores.scores[(i, j)]).sum::<f64>() / k as f64).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| mean[a].total_cmp(&mean[b]));
    let groups = groups.clamp(1, n);
    (0..groups).map(|group| order[n * group / groups..n * (group + 1) / groups].to_vec()).collect()
}

/// Groups of items by k-means on the vectors of all scores (Lloyd 1982), from centres that are drawn far from each other (Arthur & Vassilvitskii
/// 2007, "k-means++"). There are fewer groups if fewer items differ.
pub(super) fn k_means(scores: &Scores, groups: usize, seed: u64) -> Vec<Vec<usize>> {
    let (n, k) = (scores.items.len(), scores.agents.len());
    // An item after the other.
    let points: Vec<Vec<f64>> = (0..n).map(|i| (0..k).map(|j| scores.scores[(i, j)]).collect()).collect();
    let mut centres = first_centres(&points, groups.clamp(1, n), seed);
    let mut of = vec![usize::MAX; n];
    for _ in 0..ROUNDS {
        let nearest: Vec<usize> = points.iter().map(|point| nearest(point, &centres).0).collect();
        if nearest == of {
            break;
        }
        of = nearest;
        for (group, centre) in centres.iter_mut().enumerate() {
            let own: Vec<&Vec<f64>> = (0..n).filter(|&i| of[i] == group).map(|i| &points[i]).collect();
            // A centre that nobody is near to stays where it is.
            if !own.is_empty() {
                *centre = (0..k).map(|j| own.iter().map(|point| point[j]).sum::<f64>() / own.len() as f64).collect();
            }
        }
    }
    let mut found = vec![vec![]; centres.len()];
    for (item, group) in of.into_iter().enumerate() {
        found[group].push(item);
    }
    found.retain(|group| !group.is_empty());
    found
}

/// Each is drawn with a chance that grows with the square of its distance from those before.
fn first_centres(points: &[Vec<f64>], groups: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut draws = draws(seed, Kind::Centres, 0);
    let mut centres = vec![points[draws.random_range(0..points.len())].clone()];
    let mut far: Vec<f64> = points.iter().map(|point| square(point, &centres[0])).collect();
    while centres.len() < groups {
        let total: f64 = far.iter().sum();
        if total <= 0.0 {
            break;
        }
        let mut left = draws.random::<f64>() * total;
        let drawn = far.iter().position(|&own| {
            left -= own;
            left < 0.0 && own > 0.0
        });
        // Rounding may leave a little; then it is the last that is not a centre.
        let Some(next) = drawn.or_else(|| far.iter().rposition(|&own| own > 0.0)) else { break };
        centres.push(points[next].clone());
        for (own, point) in far.iter_mut().zip(points) {
            *own = own.min(square(point, &points[next]));
        }
    }
    centres
}

fn nearest(point: &[f64], centres: &[Vec<f64>]) -> (usize, f64) {
    let each = centres.iter().enumerate().map(|(group, centre)| (group, square(point, centre)));
    each.fold((0, f64::INFINITY), |best, next| if next.1 < best.1 { next } else { best })
}

fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}
