//! Turns the result of the search into a proof: compares a few candidates, each judged in exact
//! arithmetic.

use crate::error::AlignError;
use crate::exact::exact;
use crate::options::AlignOptions;
use crate::repair::{lower, refine};
use crate::rounding::roundings;
use suasion_certificate::{AlignmentClaims, AlignmentJudge, AlignmentProof, Measure, Verdict};
use suasion_lp::{Settings, Stopped};
use suasion_model::Matrix;

/// Weights and a measure, with what they prove.
pub(crate) struct Settled {
    pub(crate) weights: Vec<f64>,
    pub(crate) measure: Measure,
    pub(crate) claims: AlignmentClaims,
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

    /// Whether the result is certified for all weights, so that nothing remains to improve.
    fn is_good(&self) -> bool {
        self.verdict.certified() && self.claims.limit.is_none()
    }

    fn better_than(&self, other: &Self) -> bool {
        let (own, others) = (self.verdict.certified(), other.verdict.certified());
        let closer = other.verdict.gap.total_cmp(&self.verdict.gap);
        if own && others {
            // If both are certified, a bound for all weights is stronger.
            return self.claims.limit.is_none().cmp(&other.claims.limit.is_none()).then(closer).is_gt();
        }
        own.cmp(&others).then(closer).is_gt()
    }
}

/// Improves weights and a measure: seeks a bound for all weights, and a certified gap.
pub(crate) fn settle(
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
        // Weights that sum to one without rounding are preferred if they are as good.
        let whole = Settled::new(&mut judge, options, sum_to_one(&best.weights), best.measure.clone());
        if let Ok(whole) = whole
            && (whole.verdict.certified() || !best.better_than(&whole))
        {
            return Ok(whole);
        }
    }
    Ok(best)
}

/// Makes non-negative weights whose sum is about one sum to one exactly. They become multiples of
/// `2^-53`, and the largest absorbs the remainder.
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
    // A candidate that overflows cannot be judged, and is skipped.
    let mut consider = |weights: Vec<f64>, measure: Measure, best: &mut Settled| {
        if let Ok(found) = Settled::new(judge, options, weights, measure)
            && found.better_than(best)
        {
            *best = found;
        }
    };
    if !options.simplex && best.weights.iter().zip(&stakes).all(|(weight, stake)| weight * stake <= little) {
        // No weight at all, if it is not worse: here weights only fit rounding errors.
        consider(vec![0.0; agents.len()], best.measure.clone(), &mut best);
    }
    if best.is_good() || stopped.is_some() {
        return Ok(best);
    }
    if let Some((weights, measure)) = exact(user, agents, options, &best.measure, settings) {
        // The weights and the bound may come from different candidates.
        consider(best.weights.clone(), measure.clone(), &mut best);
        consider(weights.iter().map(twofloat::TwoFloat::hi).collect(), measure.clone(), &mut best);
        if !best.is_good() {
            // The bound is right; the weights nearly cancel each other, and their rounding is the
            // problem.
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
