//! Whether a quadratic form is nonnegative on all nonnegative vectors.

use super::CORNERS;
use suasion_exact::Interval;

/// A symmetric matrix of order up to [`CORNERS`].
pub(super) type Form = [[f64; CORNERS]; CORNERS];

/// Whether it is proved that `c' form c >= 0` for all `c >= 0` in the first `order` coordinates.
/// "No" may be wrong, "yes" never is.
///
/// A row without negative off-diagonal entries can be left out if its diagonal entry is not
/// negative, because its contribution is not negative. A positive semidefinite form is copositive.
/// Otherwise a variable `i` with `form_ii > 0` is eliminated. Lowering the positive entries of its
/// row to zero only lowers the form, and the rest is a square plus `sum_jl (form_jl - form_ij
/// form_il / form_ii) c_j c_l`. (Any copositive form of order up to four is a semidefinite form
/// plus a nonnegative form: Diananda, Proceedings of the Cambridge Philosophical Society 1962.)
pub(super) fn is_copositive(form: &Form, order: usize) -> bool {
    let mut form = *form;
    let mut left: Vec<usize> = (0..order).collect();
    loop {
        // NaN fails this test.
        let possible = left.iter().all(|&i| form[i][i] >= 0.0);
        if !possible {
            return false;
        }
        let harmless = |&i: &usize| left.iter().all(|&j| j == i || form[i][j] >= 0.0);
        if let Some(place) = left.iter().position(harmless) {
            left.remove(place);
            continue;
        }
        if left.is_empty() || is_semidefinite(&form, &left) {
            return true;
        }
        // The largest diagonal entry causes the smallest corrections.
        let Some(place) = (0..left.len()).max_by(|&k, &l| form[left[k]][left[k]].total_cmp(&form[left[l]][left[l]]))
        else {
            return true;
        };
        let pivot = left.remove(place);
        let diagonal = form[pivot][pivot];
        if diagonal <= 0.0 {
            return false;
        }
        for &j in &left {
            for &l in &left {
                let (a, b) = (form[pivot][j].min(0.0), form[pivot][l].min(0.0));
                if a < 0.0 && b < 0.0 {
                    form[j][l] = (form[j][l] - ((a * b).next_up() / diagonal).next_up()).next_down();
                }
            }
        }
    }
}

/// Whether elimination with accumulated rounding errors finds only positive pivots.
fn is_semidefinite(form: &Form, left: &[usize]) -> bool {
    let mut entries = form.map(|row| row.map(Interval::point));
    for (k, &pivot) in left.iter().enumerate() {
        let diagonal = entries[pivot][pivot];
        let positive = diagonal.low > 0.0;
        if !positive {
            return false;
        }
        for (j, &row) in left.iter().enumerate().skip(k + 1) {
            for &column in &left[j..] {
                let product = entries[pivot][row].mul(entries[pivot][column]).over(diagonal);
                entries[row][column] = entries[row][column].sub(product);
                entries[column][row] = entries[row][column];
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(upper: &[f64]) -> Form {
        let mut form = [[0.0; CORNERS]; CORNERS];
        let mut entries = upper.iter();
        for i in 0..CORNERS {
            for j in i..CORNERS {
                form[i][j] = *entries.next().unwrap();
                form[j][i] = form[i][j];
            }
        }
        form
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// A form that is reported as copositive is nonnegative on a grid.
        #[test]
        fn never_a_wrong_yes(upper in prop::collection::vec(-1.0..1.5f64, 10), order in 1..=CORNERS) {
            let form = form(&upper);
            if is_copositive(&form, order) {
                for code in 0..7_usize.pow(order as u32) {
                    let c: Vec<f64> = (0..order).map(|i| (code / 7_usize.pow(i as u32) % 7) as f64).collect();
                    let value: f64 = (0..order).map(|i| (0..order).map(|j| c[i] * form[i][j] * c[j]).sum::<f64>()).sum();
                    prop_assert!(value >= -1e-12, "{form:?} at {c:?}: {value}");
                }
            }
        }

        /// The function recognizes the square of a linear form plus a small form.
        #[test]
        fn squares(a in prop::collection::vec(-1.0..1.0f64, CORNERS)) {
            let upper = (0..CORNERS).flat_map(|i| (i..CORNERS).map(move |j| (i, j)));
            let upper: Vec<f64> = upper.map(|(i, j)| a[i] * a[j] + if i == j { 1e-9 } else { 0.0 }).collect();
            prop_assert!(is_copositive(&form(&upper), CORNERS));
        }
    }

    #[test]
    fn known_forms() {
        // Neither semidefinite nor nonnegative, but copositive: a square of the first two, and a
        // product of the others.
        let mixed = [[2.0, -1.0, 0.0, 0.0], [-1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0], [0.0, 0.0, 2.0, 0.0]];
        assert!(is_copositive(&mixed, 4));
        // Elimination with positive entries lowered to zero: 2 (x - y)^2 + z^2 + 4 x z.
        let lowered = [[2.1, -2.0, 2.0, 0.0], [-2.0, 2.1, 0.0, 0.0], [2.0, 0.0, 1.0, 0.0], [0.0; 4]];
        assert!(is_copositive(&lowered, 3));
        assert!(is_copositive(&[[0.0; 4]; 4], 4));
        assert!(!is_copositive(&[[1.0, -1.1, 0.0, 0.0], [-1.1, 1.0, 0.0, 0.0], [0.0; 4], [0.0; 4]], 2));
        assert!(!is_copositive(&[[-1e-300, 0.0, 0.0, 0.0], [0.0; 4], [0.0; 4], [0.0; 4]], 1));
        assert!(!is_copositive(&[[f64::NAN; 4]; 4], 2));
    }
}
