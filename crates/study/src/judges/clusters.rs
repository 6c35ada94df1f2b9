//! Groups of items that agents judge alike.

use super::Scores;
use super::draws::{Kind, draws};
use rand::RngExt;

/// The most rounds of k-means.
const ROUNDS: usize = 100;

/// Groups of items, ordered by their mean scores. The sizes of the groups differ by at most one.
pub(super) fn quantiles(scores: &Scores, groups: usize) -> Vec<Vec<usize>> {
    let (n, k) = (scores.items.len(), scores.agents.len());
    let mean: Vec<f64> = (0..n).map(|i| (0..k).map(|j| scores.scores[(i, j)]).sum::<f64>() / k as f64).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| mean[a].total_cmp(&mean[b]));
    let groups = groups.clamp(1, n);
    (0..groups).map(|group| order[n * group / groups..n * (group + 1) / groups].to_vec()).collect()
}

/// Groups of items by k-means on the vectors of all scores (Lloyd 1982), starting from centers that
/// are drawn far from each other (Arthur & Vassilvitskii 2007, "k-means++"). There are fewer groups
/// if too few items differ.
pub(super) fn k_means(scores: &Scores, groups: usize, seed: u64) -> Vec<Vec<usize>> {
    let (n, k) = (scores.items.len(), scores.agents.len());
    // The points, one per item.
    let points: Vec<Vec<f64>> = (0..n).map(|i| (0..k).map(|j| scores.scores[(i, j)]).collect()).collect();
    let mut centers = first_centers(&points, groups.clamp(1, n), seed);
    let mut of = vec![usize::MAX; n];
    for _ in 0..ROUNDS {
        let nearest: Vec<usize> = points.iter().map(|point| nearest(point, &centers).0).collect();
        if nearest == of {
            break;
        }
        of = nearest;
        for (group, center) in centers.iter_mut().enumerate() {
            let own: Vec<&Vec<f64>> = (0..n).filter(|&i| of[i] == group).map(|i| &points[i]).collect();
            // A center with no items stays where it is.
            if !own.is_empty() {
                *center = (0..k).map(|j| own.iter().map(|point| point[j]).sum::<f64>() / own.len() as f64).collect();
            }
        }
    }
    let mut found = vec![vec![]; centers.len()];
    for (item, group) in of.into_iter().enumerate() {
        found[group].push(item);
    }
    found.retain(|group| !group.is_empty());
    found
}

/// Draws each center with a probability that grows with the square of its distance from the centers
/// before.
fn first_centers(points: &[Vec<f64>], groups: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut draws = draws(seed, Kind::Centers, 0);
    let mut centers = vec![points[draws.random_range(0..points.len())].clone()];
    let mut far: Vec<f64> = points.iter().map(|point| square(point, &centers[0])).collect();
    while centers.len() < groups {
        let total: f64 = far.iter().sum();
        if total <= 0.0 {
            break;
        }
        let mut left = draws.random::<f64>() * total;
        let drawn = far.iter().position(|&own| {
            left -= own;
            left < 0.0 && own > 0.0
        });
        // Rounding may leave a remainder. Then the last item that is not a center is taken.
        let Some(next) = drawn.or_else(|| far.iter().rposition(|&own| own > 0.0)) else { break };
        centers.push(points[next].clone());
        for (own, point) in far.iter_mut().zip(points) {
            *own = own.min(square(point, &points[next]));
        }
    }
    centers
}

fn nearest(point: &[f64], centers: &[Vec<f64>]) -> (usize, f64) {
    let each = centers.iter().enumerate().map(|(group, center)| (group, square(point, center)));
    each.fold((0, f64::INFINITY), |best, next| if next.1 < best.1 { next } else { best })
}

fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}
