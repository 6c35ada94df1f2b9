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
    found: (Vec<f64>, Measure),
    stopped: Option<Stopped>,
    settings: &Settings,
) -> Result<Settled, AlignError> {
    let best = best(user, agents, options, found, stopped, settings)?;
    if options.simplex {
        // Weights that sum to one without a rounding, where they are as good.
        let whole = Settled::new(user, agents, options, sum_to_one(&best.weights), best.measure.clone());
        if let Ok(whole) = whole
            && (whole.verdict.certified() || !best.better_than(&whole))
        {
            return Ok(whole);
        }
    }
    Ok(best)
}

/// Makes non-negative weights whose sum is about one sum to one exactly: whole multiples of `2^-53`, of which the largest takes what
/// rounding leaves.
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
    (weights, measure): (Vec<f64>, Measure),
    stopped: Option<Stopped>,
    settings: &Settings,
) -> Result<Settled, AlignError> {
    let judge = |weights: Vec<f64>, measure: Measure| Settled::new(user, agents, options, weights, measure);
    let mut best = judge(weights, measure)?;
    // What cannot be judged, as it leaves the numbers, is no candidate.
    let consider = |weights: Vec<f64>, measure: Measure, best: &mut Settled| {
        if let Ok(found) = judge(weights, measure)
            && found.better_than(best)
        {
            *best = found;
        }
    };
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
    if let Some((weights, measure)) = exact(user, agents, options, &best.measure, settings) {
        // Weights and bound need not come from one place.
        consider(best.weights.clone(), measure.clone(), &mut best);
        consider(weights.clone(), measure.clone(), &mut best);
        if !best.is_good() {
            // The bound is right; what is off is the rounding of weights that nearly cancel each other.
            let stakes: Vec<f64> = agents.iter().map(|agent| options.offset.stake(agent)).collect();
            for weights in neighbours(&weights, &stakes, options) {
                consider(weights, measure.clone(), &mut best);
                if best.is_good() {
                    break;
                }
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

/// How many units in the last place weights are moved by, at most.
const NEIGHBOURS: i32 = 8;

/// Other ways to round weights: the two that move most are moved by units in their last place.
fn neighbours(weights: &[f64], stakes: &[f64], options: &AlignOptions) -> Vec<Vec<f64>> {
    let mut order: Vec<usize> = (0..weights.len()).filter(|&i| weights[i] > 0.0).collect();
    let moved = |&i: &usize| weights[i] * stakes[i];
    order.sort_by(|a, b| moved(b).total_cmp(&moved(a)));
    let &[first, second, ..] = &order[..] else { return Vec::new() };
    let unit = |i: usize| weights[i].next_up() - weights[i];
    let mut found = Vec::new();
    for near in -NEIGHBOURS..=NEIGHBOURS {
        for far in -NEIGHBOURS..=NEIGHBOURS {
            let mut other = weights.to_vec();
            other[first] += f64::from(near) * unit(first);
            other[second] += f64::from(far) * unit(second);
            if other[first] >= 0.0 && other[second] >= 0.0 {
                found.push(other);
            }
        }
    }
    // Where weights are meant over their sum, all of them may grow.
    if options.simplex {
        let grown = (1..=NEIGHBOURS * NEIGHBOURS).map(|k| 1.0 + f64::from(k) * 1e-12);
        found.extend(grown.map(|by| weights.iter().map(|weight| by * weight).collect::<Vec<f64>>()));
    }
    found
}
