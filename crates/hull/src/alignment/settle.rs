//! From what floating point found to what is proved: the best of a few candidates, each judged in
//! exact arithmetic.

use super::exact::exact;
use super::repair::{lower, refine};
use super::rounding::roundings;
use super::{AlignError, AlignOptions};
use suasion_certificate::{AlignmentClaims, AlignmentJudge, AlignmentProof, Measure, Verdict};
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
        judge: &mut AlignmentJudge<'_>,
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
        let (claims, verdict) = judge.judge(&proof)?;
        Ok(Self { weights: proof.weights, measure: proof.measure, claims, verdict })
    }

    /// Whether nothing is to be wished for.
    fn is_good(&self) -> bool {
        self.verdict.certified() && self.claims.limit.is_none()
    }

    fn better_than(&self, other: &Self) -> bool {
        let (own, others) = (self.verdict.certified(), other.verdict.certified());
        let closer = other.verdict.gap.total_cmp(&self.verdict.gap);
        if own && others {
            // Both are right: what holds for all weights says more.
            return self.claims.limit.is_none().cmp(&other.claims.limit.is_none()).then(closer).is_gt();
        }
        own.cmp(&others).then(closer).is_gt()
    }
}

/// Takes weights and a measure, and makes the most of them: a bound for all weights, if that can
/// be, and a gap that is certified.
pub(super) fn settle(
    user: &Matrix,
    agents: &[&Matrix],
    options: &AlignOptions,
    found: (Vec<f64>, Measure),
    stopped: Option<Stopped>,
    settings: &Settings,
) -> Result<Settled, AlignError> {
    let mut judge = AlignmentJudge::new(user, agents, options.offset)?;
    let best = best(user, agents, options, (&mut judge, found), stopped, settings)?;
    if options.simplex {
        // Weights that sum to one without a rounding, where they are as good.
        let whole = Settled::new(&mut judge, options, sum_to_one(&best.weights), best.measure.clone());
        if let Ok(whole) = whole
            && (whole.verdict.certified() || !best.better_than(&whole))
        {
            return Ok(whole);
        }
    }
    Ok(best)
}

/// Makes non-negative weights whose sum is about one sum to one exactly: whole multiples of
/// `2^-53`, of which the largest takes what rounding leaves.
fn sum_to_one(weights: &[f64]) -> Vec<f64> {
    const ONE: i64 = 1 << 53;
    let mut units: Vec<i64> = weights.iter().map(|weight| (weight * ONE as f64).round() as i64).collect();
    let rest = ONE - units.iter().sum::<i64>();
    if let Some(largest) = units.iter_mut().max() {
        *largest += rest;
    }
    units.into_iter().map(|unit| unit as f64 / ONE as f64).collect()
}

/// The best of the candidates.
fn best(
    user: &Matrix,
    agents: &[&Matrix],
    options: &AlignOptions,
    (judge, (weights, measure)): (&mut AlignmentJudge<'_>, (Vec<f64>, Measure)),
    stopped: Option<Stopped>,
    settings: &Settings,
) -> Result<Settled, AlignError> {
    let stakes = judge.stakes().to_vec();
    let little = 1e-9 * judge.stake();
    let mut best = Settled::new(judge, options, weights, measure)?;
    // What cannot be judged, as it leaves the numbers, is no candidate.
    let mut consider = |weights: Vec<f64>, measure: Measure, best: &mut Settled| {
        if let Ok(found) = Settled::new(judge, options, weights, measure)
            && found.better_than(best)
        {
            *best = found;
        }
    };
    if !options.simplex && best.weights.iter().zip(&stakes).all(|(weight, stake)| weight * stake <= little) {
        // No weight at all, where that is no worse: what rounding buys is nothing.
        consider(vec![0.0; agents.len()], best.measure.clone(), &mut best);
    }
    if best.is_good() || stopped.is_some() {
        return Ok(best);
    }
    if let Some((weights, measure)) = exact(user, agents, options, &best.measure, settings) {
        // Weights and bound need not come from one place.
        consider(best.weights.clone(), measure.clone(), &mut best);
        consider(weights.iter().map(twofloat::TwoFloat::hi).collect(), measure.clone(), &mut best);
        if !best.is_good() {
            // The bound is right; what is off is the rounding of weights that nearly cancel each
            // other.
            for weights in roundings(&weights, agents, options) {
                consider(weights, measure.clone(), &mut best);
            }
        }
    }
    if best.is_good() || options.simplex {
        return Ok(best);
    }
    if let Some(measure) = refine(agents, options, &best.weights, &best.measure) {
        consider(best.weights.clone(), measure, &mut best);
    }
    if !best.is_good()
        && let Some(measure) = lower(agents, options, &best.measure, settings)?
    {
        consider(best.weights.clone(), measure, &mut best);
    }
    Ok(best)
}
