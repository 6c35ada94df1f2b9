//! How far a frontier may be above the lines that join its vertices, by what proves these.

use super::OptimumCertificate;

/// So many roundings are in the height of a line.
const ROUNDINGS: f64 = 8.0 * f64::EPSILON;

/// A vertex, and the line that bounds the frontier everywhere: `bound + slope (user_value - v)` at
/// the user's value `v`.
#[derive(Clone, Copy, Debug)]
pub struct Tangent {
    pub user_value: f64,
    pub agent_value: f64,
    pub bound: f64,
    pub slope: f64,
}

impl Tangent {
    /// What a certificate with a floor proves.
    pub fn of(certificate: &OptimumCertificate) -> Option<Self> {
        let floor = certificate.meant().3?;
        let claims = certificate.claims();
        Some(Self {
            user_value: floor.value,
            agent_value: claims.objective_value,
            bound: claims.upper_bound,
            slope: floor.multiplier,
        })
    }

    /// The line's height at a user value, or more.
    fn at(&self, user_value: f64) -> f64 {
        let fall = self.slope * (self.user_value - user_value);
        self.bound + fall + ROUNDINGS * (self.bound.abs() + self.slope * self.user_value.abs().max(user_value.abs()))
    }
}

/// How far the frontier is above the lines that join neighbors, at most.
pub fn error(tangents: &[Tangent]) -> f64 {
    tangents.windows(2).map(|pair| above(pair[0], pair[1])).fold(0.0, f64::max)
}

/// The same between two vertices: the lower of their lines is highest where they cross.
fn above(left: Tangent, right: Tangent) -> f64 {
    let ends = [left.user_value, right.user_value];
    let joining = [left.agent_value, right.agent_value];
    let [first, second] = [left, right].map(|line| [0, 1].map(|end| line.at(ends[end]) - joining[end]));
    let at_ends = first[0].min(second[0]).max(first[1].min(second[1]));
    let (before, after) = (second[0] - first[0], first[1] - second[1]);
    if before > 0.0 && after > 0.0 {
        at_ends.max(first[0] + (first[1] - first[0]) * (before / (before + after)))
    } else {
        at_ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tangents of `1 - v^2` at 0 and 1: they cross at 1/2, the line that joins is 1/2 there.
    #[test]
    fn parabola() {
        let tangent = |v: f64| Tangent { user_value: v, agent_value: 1.0 - v * v, bound: 1.0 - v * v, slope: 2.0 * v };
        let found = error(&[0.0, 1.0].map(tangent));
        assert!((found - 0.5).abs() < 1e-12, "{found}");
        let found = error(&[0.0, 0.5, 1.0].map(tangent));
        assert!((found - 0.125).abs() < 1e-12, "{found}");
    }

    /// Where one of the lines is the one that joins, nothing is between.
    #[test]
    fn edges() {
        let left = Tangent { user_value: 0.0, agent_value: 1.0, bound: 1.0, slope: 0.0 };
        let right = Tangent { user_value: 0.5, agent_value: 0.25, bound: 0.25, slope: 1.5 };
        assert!(error(&[left, right]) < 1e-14);
    }
}
