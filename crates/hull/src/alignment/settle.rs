//! From what floating point found to what is proved: the best of a few candidates, each judged in exact arithmetic.

use super::exact::exact;
use super::repair::{lower, refine};
use super::{AlignError, AlignOptions};
use suasion_certificate::{AlignmentClaims, AlignmentProof, Measure, Verdict};
use suasion_lp::{Settings, Stopped};
use suasion_model::Matrix;

/// Weights and a measure, with what they prove.
pub(super) struct Settled {
    pub(super) weights: Vec<f64>,
    pub(super) measure: Measure,
    pub(super) claims: AlignmentClaims,
    verdict: Verdict,
}

impl Settled {
    fn new(
        user: &Matrix,
        agents: &[&Matrix],
        options: &AlignOptions,
        weights: Vec<f64>,
        measure: Measure,
    ) -> Result<Self, AlignError> {
        let proof = AlignmentProof {
            simplex: options.simplex,
            offset_kind: options.offset,
            slack: options.slack,
            weights,
            measure,
        };
        let (claims, verdict) = proof.evaluate_utilities(user, agents)?;
        Ok(Self { weights: proof.weights, measure: proof.measure, claims, verdict })
    }

    /// Whether nothing is to be wished for.
    fn is_good(&self) -> bool {
        self.verdict.certified() && self.claims.limit.is_none()
    }

    fn better_than(&self, other: &Self) -> bool {
        let certified = self.verdict.certified().cmp(&other.verdict.certified());
        let unlimited = self.claims.limit.is_none().cmp(&other.claims.limit.is_none());
        certified.then(unlimited).then(other.verdict.gap.total_cmp(&self.verdict.gap)).is_gt()
    }
}

/// Takes weights and a measure, and makes the most of them: a bound for all weights, if that can be, and a gap that is certified.
pub(super) fn settle(
    user: &Matrix,
    agents: &[&Matrix],
    options: &AlignOptions,
    (weights, measure): (Vec<f64>, Measure),
    stopped: Option<Stopped>,
    settings: &Settings,
) -> Result<Settled, AlignError> {
    let judge = |weights: Vec<f64>, measure: Measure| Settled::new(user, agents, options, weights, measure);
    let mut best = judge(weights, measure)?;
    if !options.simplex && best.claims.error > 0.0 {
        // No weight at all, where that is no worse: what rounding buys is nothing.
        let none = judge(vec![0.0; agents.len()], best.measure.clone())?;
        if none.claims.objective <= best.claims.objective {
            best = none;
        }
    }
    if best.is_good() || stopped.is_some() {
        return Ok(best);
    }
    let keep = |found: Settled, best: &mut Settled| {
        if found.better_than(best) {
            *best = found;
        }
    };
    if let Some((weights, measure)) = exact(user, agents, options, &best.measure, settings) {
        // Weights and bound need not come from one place.
        let bounded = judge(best.weights.clone(), measure.clone())?;
        keep(judge(weights, measure)?, &mut best);
        keep(bounded, &mut best);
    }
    if best.is_good() || options.simplex {
        return Ok(best);
    }
    if let Some(measure) = refine(agents, options, &best.weights, &best.measure) {
        keep(judge(best.weights.clone(), measure)?, &mut best);
    }
    if !best.is_good()
        && let Some(measure) = lower(agents, options, &best.measure, settings)?
    {
        keep(judge(best.weights.clone(), measure)?, &mut best);
    }
    Ok(best)
}
