//! Actions that the user almost never plays upon any message.
//!
//! **The claim.** If action `b` is ahead of action `a` by at least `d` at every observation and for
//! every type, then upon every message `a` is played at most `exp(-eta d)` times as often as `b`.
//! Leave out a set `D` of such actions, each of which is played with probability at most `p`. The
//! remaining actions are played in the same proportions, with `1 / (1 - s_D)` times their
//! probabilities. The value `sum_a s_a y_a` of a message to the objective changes by at most
//!
//! ```text
//! sum_D s_a |y_a| + s_D max_kept |y_a|  <=  2 |D| p sum_a |y_a|,
//! ```
//!
//! and the total of all messages of a scheme changes by at most `2 |D| p` times the sum of the
//! magnitudes of the objective. The leader of an action may be left out, too. Then follow the
//! leaders: each is further ahead than the one before, and one of them is kept.
//!
//! Actions that are left out cost nothing afterwards, and hide nothing: observations that differ
//! only in these actions are twins, and large numbers at these actions cost the others no digits.

use super::input::QuantalArrays;
use suasion_exact::{Interval, exponential};
use suasion_model::Matrix;

/// The part of the bound's tolerance that is lost to all actions that are left out.
const LOSS: f64 = 1e-3;
/// The relative error of a lead, compared to the numbers whose difference it is.
const DOUBT: f64 = 1e-12;

/// The arrays of a game without the actions that the user almost never plays.
pub(super) struct Played {
    user: Vec<Matrix>,
    user_rest: Vec<Matrix>,
    objective: Vec<Matrix>,
    /// How much the value of a scheme may exceed its value by these arrays, in the unit of the
    /// objective.
    pub loss: f64,
}

impl Played {
    /// Leaves out the actions that a bound with the tolerance `target` allows; `None` if all are
    /// kept. The arrays must fit together.
    pub(super) fn new(arrays: &QuantalArrays<'_>, eta: f64, target: f64) -> Option<Self> {
        let m = arrays.objective.first()?.rows();
        let size: f64 = arrays.objective.iter().flat_map(Matrix::as_slice).map(|value| value.abs()).sum();
        let part = |lead: f64| exponential(Interval::point(-lead)).high;
        // The last factor covers the roundings in sums of this many numbers of one sign.
        let whole = 2.0 * m as f64 * size * (1.0 + 1e-6);
        let share = LOSS * target / m as f64;
        let (mut kept, mut loss) = (vec![], 0.0);
        for a in 0..m {
            let lead = (0..m).filter(|&b| b != a).map(|b| lead(arrays, eta, b, a)).fold(0.0, f64::max);
            let lost = (whole * part(lead)).next_up();
            if lead > 0.0 && lost <= share { loss += lost } else { kept.push(a) }
        }
        if kept.len() == m {
            return None;
        }
        let rows = |matrices: &[Matrix]| -> Vec<Matrix> {
            let of = |matrix: &Matrix| Matrix::from_fn(kept.len(), matrix.columns(), |k, x| matrix[(kept[k], x)]);
            matrices.iter().map(of).collect()
        };
        Some(Self {
            user: rows(arrays.user),
            user_rest: rows(arrays.user_rest),
            objective: rows(arrays.objective),
            loss: loss * (1.0 + 1e-6),
        })
    }

    pub(super) fn arrays<'a>(&'a self, arrays: &QuantalArrays<'a>) -> QuantalArrays<'a> {
        QuantalArrays { user: &self.user, user_rest: &self.user_rest, objective: &self.objective, ..*arrays }
    }
}

/// A lower bound on `eta` times the lead of action `b` over action `a`, over all observations and
/// types; not positive if `b` is not ahead everywhere.
fn lead(arrays: &QuantalArrays<'_>, eta: f64, b: usize, a: usize) -> f64 {
    let mut least = f64::INFINITY;
    for (t, user) in arrays.user.iter().enumerate() {
        for x in (0..user.columns()).filter(|&x| arrays.mass[(t, x)] > 0.0) {
            let (ahead, behind) = (user[(b, x)], user[(a, x)]);
            let doubt = (DOUBT + 2.0 * arrays.user_error) * (ahead.abs() + behind.abs()) + f64::MIN_POSITIVE;
            let lead = eta * ((ahead - behind - doubt) / arrays.mass[(t, x)]) * (1.0 - 2.0 * arrays.error - DOUBT);
            least = least.min(lead);
            // NaN is not a lead.
            let goes_on = least > 0.0;
            if !goes_on {
                return 0.0;
            }
        }
    }
    least
}
