//! The distance of the user's utility from the hull of the agents' utilities.

use crate::columns::columns;
use crate::verify::{Check, Provable};
use crate::{About, ResultScale};
use serde::{Deserialize, Serialize};
use suasion_certificate::{AlignmentProof, Certificate, Offset, TOLERANCE, Verdict};
use suasion_model::Instance;

/// The distance of the user's utility from the hull, with the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignmentResult {
    /// The largest residual, rounded up.
    pub error: f64,
    /// The weights of the agents, in the order of the instance.
    pub weights: Vec<f64>,
    /// The offset: nothing, one number, or one number per state.
    pub offset: Vec<f64>,
}

impl AlignmentResult {
    fn new(certificate: &Certificate<AlignmentProof>) -> Self {
        Self {
            error: certificate.claims.error,
            weights: certificate.proof.weights.clone(),
            offset: certificate.claims.offset.clone(),
        }
    }

    /// Returns an error if the lower bound is above the error plus the price of the weights.
    fn contradiction(&self, slack: f64, lower_bound: f64) -> Result<(), String> {
        /// The fraction of a number that may be rounding.
        const ROUNDING: f64 = 1e-9;
        let objective = self.error + 0.5 * slack * self.weights.iter().sum::<f64>();
        if lower_bound <= objective + ROUNDING * objective.abs() {
            return Ok(());
        }
        Err(format!("the lower bound of the error is {lower_bound}, and the error only {objective}"))
    }
}

/// Alignment as part of a larger result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignmentPart {
    /// The user's alignment.
    #[serde(flatten)]
    pub alignment: AlignmentResult,
    /// A lower bound of the error or, with a slack, of the objective, for all weights; rounded
    /// down.
    pub lower_bound: f64,
    /// The bound holds for weights such that the weighted ranges of the agents' utilities sum to at
    /// most this; `None` if it holds for all weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// Whether the bound is within the tolerance.
    pub certified: bool,
    /// The certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate<AlignmentProof>>,
}

impl AlignmentPart {
    /// The result of a certificate, which is kept if `keep` is set.
    #[must_use]
    pub fn new(certificate: Certificate<AlignmentProof>, verdict: &Verdict, keep: bool) -> Self {
        Self {
            alignment: AlignmentResult::new(&certificate),
            lower_bound: certificate.claims.lower_bound,
            limit: certificate.claims.limit,
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
        }
    }

    /// The value that the hull promises a user who gets at most `full_information`, if the agents
    /// have these losses.
    pub(crate) fn promise(&self, full_information: f64, losses: &[f64]) -> f64 {
        suasion_certificate::promised_value(full_information, self.alignment.error, &self.alignment.weights, losses)
    }

    /// Whether a profile leaves the user less than the hull promises her, by more than rounding;
    /// `values` are the agents' values.
    pub(crate) fn falls_short(&self, user_value: f64, promised: f64, values: &[f64]) -> bool {
        /// How much a value may fall short by rounding, relative to the numbers in its sum.
        const ROUNDING: f64 = 1e-12;
        let AlignmentResult { error, weights, .. } = &self.alignment;
        let parts: f64 = values.iter().zip(weights).map(|(value, weight)| (weight * value).abs()).sum();
        promised - user_value > ROUNDING * (user_value.abs() + promised.abs() + error + parts)
    }

    /// Returns an error if numbers contradict each other. Without the certificate, the price of
    /// weights is unknown.
    pub(crate) fn consistent(&self) -> Result<(), String> {
        let slack = self.certificate.as_ref().map(|certificate| certificate.proof.slack);
        slack.map_or(Ok(()), |slack| self.alignment.contradiction(slack, self.lower_bound))
    }
}

impl Check<'_, Instance> {
    /// Rebuilds the alignment that is part of a result from its certificate.
    pub(crate) fn alignment(&mut self, given: &AlignmentPart, slack: f64) -> Result<AlignmentPart, String> {
        let certificate = given.certificate.clone().ok_or("alignment: it has no certificate")?;
        let proof = &certificate.proof;
        if proof.simplex || proof.offset_kind != Offset::PerState || proof.slack != slack {
            return Err("alignment: its certificate is for another offset, slack or kind of weights".into());
        }
        let verdict = self.passed("alignment", certificate.check(self.game))?;
        Ok(AlignmentPart::new(certificate, &verdict, true))
    }
}

/// The result of `align`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignResult {
    /// The instance and the prior.
    #[serde(flatten)]
    pub about: About,
    /// The user's alignment.
    #[serde(flatten)]
    pub alignment: AlignmentResult,
    /// A lower bound of the error or, with a slack, of the objective, for all weights; rounded
    /// down.
    pub lower_bound: f64,
    /// The bound holds for weights such that the weighted ranges of the agents' utilities sum to at
    /// most this; `None` if it holds for all weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// Whether the weights sum to one.
    pub simplex: bool,
    /// The offset that may be added to the weighted sum.
    pub offset_kind: Offset,
    /// The slack: half of this is the price of a unit of weight.
    pub slack: f64,
    /// Whether the bound is within the tolerance.
    pub certified: bool,
    /// The certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate<AlignmentProof>>,
    /// Why the computation ended early, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// The user's position relative to the agents' hull or cone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Inside.
    Inside,
    /// Proved to be outside.
    Outside,
    /// Neither is proved.
    Unknown,
}

impl AlignResult {
    /// The result of a certificate, which is kept if `keep` is set.
    #[must_use]
    pub fn new(
        about: About,
        certificate: Certificate<AlignmentProof>,
        verdict: &Verdict,
        stopped: Option<String>,
        keep: bool,
    ) -> Self {
        Self {
            about,
            alignment: AlignmentResult::new(&certificate),
            lower_bound: certificate.claims.lower_bound,
            limit: certificate.claims.limit,
            simplex: certificate.proof.simplex,
            offset_kind: certificate.proof.offset_kind,
            slack: certificate.proof.slack,
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
            stopped,
        }
    }

    /// The tolerance in units of utility: errors up to this count as zero.
    #[must_use]
    pub fn least_error(&self, instance: &Instance) -> f64 {
        let stake = self.offset_kind.stake(&instance.user.utility);
        TOLERANCE * if self.simplex { stake.max(self.alignment.error) } else { stake }
    }

    /// The weights, without those whose effect is below the tolerance.
    #[must_use]
    pub fn clear_weights(&self, instance: &Instance) -> Vec<f64> {
        let least = self.least_error(instance);
        let clear = |(agent, &weight): (&suasion_model::Party, &f64)| {
            let moved = weight * self.offset_kind.stake(&agent.utility);
            let nothing = moved <= least && (!self.simplex || weight <= TOLERANCE);
            if nothing { 0.0 } else { weight }
        };
        instance.agents.iter().zip(&self.alignment.weights).map(clear).collect()
    }

    /// The user's position.
    #[must_use]
    pub fn position(&self, instance: &Instance) -> Position {
        let allowed = TOLERANCE * self.offset_kind.stake(&instance.user.utility);
        if self.alignment.error <= allowed {
            Position::Inside
        } else if self.certified && self.slack == 0.0 && self.lower_bound > allowed {
            Position::Outside
        } else {
            Position::Unknown
        }
    }
}

impl Provable for AlignResult {
    type Game = Instance;

    fn about(&self) -> &About {
        &self.about
    }

    fn certified(&self) -> bool {
        self.certified
    }

    fn rebuilt(&self, check: &mut Check<'_, Instance>) -> Result<Self, String> {
        if check.prior != 0 {
            return Err(format!("prior: found {}, expected 0: alignment does not depend on it", check.prior));
        }
        check.stopped(self.stopped.as_ref());
        let certificate = self.certificate.clone().ok_or("it has no certificate")?;
        let verdict = check.passed("", certificate.check(check.game))?;
        Ok(Self::new(self.about.clone(), certificate, &verdict, self.stopped.clone(), true))
    }

    fn consistent(&self, _: &ResultScale<'_>) -> Result<(), String> {
        self.alignment.contradiction(self.slack, self.lower_bound)
    }
}

columns! {
    /// The table of alignments.
    AlignResult {
        [INSTANCE]
        "alignment_error" "utility" Number: "the distance of the user's utility from the agents' hull (eps)"
            => |r| r.alignment.error.into();
        "lower_bound" "utility" Number: "no weights bring it below (proved)" => |r| r.lower_bound.into();
        "alignment_weights" "" Numbers: "the agents' weights in the hull" => |r| r.alignment.weights.clone().into();
        "certified" "" Flag: "whether everything in the row is proved in exact arithmetic" => |r| r.certified.into();
        "stopped" "" Text: "why the work ended early, if it did" => |r| r.stopped.clone().into();
    }
}
