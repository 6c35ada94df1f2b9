//! That no equilibrium of the best-agent game leaves a user who knows something by herself less than so much.
//!
//! *Claim* and *proof* are those of an [`ExclusionProof`](crate::ExclusionProof): the `V_i` are concave, since rules can be mixed, and the bound of
//! a line is that of a [`MenuProof`](crate::MenuProof) or a [`ConversationProof`](crate::ConversationProof).

use crate::exclusion::{Cover, ExclusionClaims, Piece, Values};
use crate::game::{Estimates, TypedGame};
use crate::obedience::Disobedience;
use crate::refusal::{Place, Refusal, check_nonnegative};
use crate::rule::{Rule, RuleBound, Rules};
use crate::serial::ObjectiveForm;
use crate::verdict::{TOLERANCE, Verdict, split_down};
use serde::{Deserialize, Serialize};
use suasion_model::{Instance, Objective};

/// A line above all outcomes: the weights of the parties, and what bounds their weighted sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedLine {
    /// The weights; those of agents at least 0, the user's of any sign.
    #[serde(with = "ObjectiveForm")]
    pub objective: Objective,
    /// The bound.
    pub bound: RuleBound,
}

/// What shows that no equilibrium leaves the user less than so much.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedExclusionProof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// Which rules agents may offer.
    pub rules: Rules,
    /// By how much an agent may gain by another offer, at most, in the unit of utilities.
    pub slack: f64,
    /// Rules by which agents could outbid.
    pub schemes: Vec<Rule>,
    /// Lines above all outcomes.
    pub lines: Vec<TypedLine>,
    /// The pieces, from the least that the user can get upwards, without gaps.
    pub pieces: Vec<Piece>,
}

/// An exclusion with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedExclusionCertificate {
    /// The proof.
    pub proof: TypedExclusionProof,
    /// What it comes to.
    pub claims: ExclusionClaims,
}

impl TypedExclusionProof {
    /// Works out, in exact arithmetic, what this proof comes to. The multipliers of a tree's leaf may be in any order, and may be zero.
    ///
    /// # Errors
    /// If this is no proof: agents do not share their information, a rule or a bound is none or of another kind, a number or an index is not what
    /// it may be, pieces leave a gap, or one of them does not exclude an equilibrium.
    pub fn certify(mut self, instance: &Instance) -> Result<(TypedExclusionCertificate, Verdict), Refusal> {
        for line in &mut self.lines {
            line.bound.sort();
        }
        let (claims, verdict) = self.evaluate(instance)?;
        Ok((TypedExclusionCertificate { proof: self, claims }, verdict))
    }

    fn evaluate(&self, instance: &Instance) -> Result<(ExclusionClaims, Verdict), Refusal> {
        if !instance.agents_share_information() {
            return Err(Refusal::DifferentSignals);
        }
        check_nonnegative(Place::alone("the slack"), self.slack)?;
        let game = TypedGame::new(instance, self.prior, 0, &Objective { user: 0.0, agents: vec![] })?;
        let mut values: Vec<Values> = Vec::with_capacity(self.schemes.len());
        let estimates = Estimates::new(&game.game, &instance.information);
        let mut largest = Disobedience::none();
        for (k, rule) in self.schemes.iter().enumerate() {
            rule.check(self.rules, Place::item("scheme", k), &game)?;
            let worth = |party: usize| split_down(&rule.value(&game, party), Place::alone("the value of a scheme"));
            values.push((0..=instance.agents.len()).map(worth).collect::<Result<_, _>>()?);
            largest.enter(rule.disobedience(&game, &estimates, TOLERANCE));
        }
        let mut bounds = Vec::with_capacity(self.lines.len());
        for (k, line) in self.lines.iter().enumerate() {
            for &(_, weight) in &line.objective.agents {
                check_nonnegative(Place::item("a weight of line", k), weight)?;
            }
            let game = TypedGame::new(instance, self.prior, 0, &line.objective)?;
            let estimates = Estimates::new(&game.game, &instance.information);
            bounds.push(line.bound.bound(self.rules, Place::item("line", k), 0.0, &game, &estimates)?);
        }
        let objectives: Vec<&Objective> = self.lines.iter().map(|line| &line.objective).collect();
        let cover = Cover {
            slack: self.slack,
            lone: instance.agents.len() == 1,
            pieces: &self.pieces,
            objectives: &objectives,
            bounds: &bounds,
            values: &values,
        };
        cover.assess(&game.no_information(), &game.full_information(), &largest)
    }
}

impl TypedExclusionCertificate {
    /// Works everything out again, in exact arithmetic, and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`TypedExclusionProof::certify`]; here lists must be in order), or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(instance)?;
        self.claims.check(&found)?;
        Ok(verdict)
    }
}
