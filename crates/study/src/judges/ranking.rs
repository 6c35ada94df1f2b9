//! How well predictions rank items.

/// The area under the ROC curve: the share of pairs of a positive and a negative item in which the
/// positive item ranks higher, where ties count half (Hanley & McNeil 1982). `None` if all items
/// are positive or all negative.
#[must_use]
pub fn area(predicted: &[f64], positive: impl Fn(usize) -> bool) -> Option<f64> {
    let mut order: Vec<usize> = (0..predicted.len()).collect();
    order.sort_by(|&a, &b| predicted[a].total_cmp(&predicted[b]));
    let (mut below, mut pairs) = (0_u64, 0.0);
    let mut positives = 0_u64;
    // -0 and 0 are the same.
    for ties in order.chunk_by(|&a, &b| predicted[a] == predicted[b]) {
        let own = ties.iter().filter(|&&item| positive(item)).count() as u64;
        let others = ties.len() as u64 - own;
        pairs += own as f64 * (below as f64 + 0.5 * others as f64);
        below += others;
        positives += own;
    }
    (positives > 0 && below > 0).then(|| pairs / (positives as f64 * below as f64))
}

#[cfg(test)]
mod tests {
    use super::area;

    #[test]
    fn by_hand() {
        let of = |predicted: &[f64], human: &[f64]| area(predicted, |item| human[item] == 1.0);
        // Pairs: (0.35, 0.1), (0.35, 0.4), (0.8, 0.1), (0.8, 0.4). One of them is in the wrong
        // order.
        assert_eq!(of(&[0.1, 0.4, 0.35, 0.8], &[0.0, 0.0, 1.0, 1.0]), Some(0.75));
        assert_eq!(of(&[0.5; 5], &[0.0, 1.0, 1.0, 0.0, 1.0]), Some(0.5));
        assert_eq!(of(&[1.0, 0.0], &[0.0, 1.0]), Some(0.0));
        assert_eq!(of(&[-0.0, 0.0], &[0.0, 1.0]), Some(0.5));
        assert_eq!(of(&[0.3, 0.2, 0.3, 0.9], &[1.0, 0.0, 0.0, 1.0]), Some(3.5 / 4.0));
        assert_eq!(of(&[0.3, 0.2], &[1.0, 1.0]), None);
        assert_eq!(of(&[], &[]), None);
    }
}
