//! A profile of offers in the best-agent game to a user who knows something by herself, and what each agent could gain by another offer.
//!
//! **The claim.** Every agent offers a rule: all of them schemes of menus, or all of them conversations. The user takes the rule that is worth
//! most to her before she learns her type, and follows it; what she could gain by not following it, or by taking another one, is stated
//! as the violation.
//!
//! **The bound.** An agent outbids if its offer is worth more to the user than the best of the others, worth `v`; and with the multiplier `s >= 0` of her
//! value and a bound `B` on `U_i + s u` over all rules, it then gets at most `B - s v`.

use crate::exact::Sum;
use crate::game::{Estimates, TypedGame, USER};
use crate::profile::{Profile, ProfileClaims, User, Worth, check_profile, offers_by_agent};
use crate::refusal::{Place, Refusal, check_nonnegative};
use crate::rule::{Rule, RuleBound, Rules};
use crate::verdict::{TOLERANCE, Verdict, at_least};
use serde::{Deserialize, Serialize};
use suasion_model::{Instance, Objective};

/// What one agent offers, or several alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedOffer {
    /// The agents that offer it.
    pub agents: Vec<usize>,
    /// The rule.
    pub rule: Rule,
}

/// What bounds what an agent could get by any offer that the user would prefer to those of the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedReply {
    /// The multiplier of the user's value, at least 0; 0 for a lone agent.
    pub multiplier: f64,
    /// The bound.
    pub bound: RuleBound,
}

/// A profile of the best-agent game (Collina et al., arXiv 2509.15090, Theorem 3) against a user of several types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedProfileProof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// Which rules agents may offer.
    pub rules: Rules,
    /// By how much an agent may gain by another offer, at most, in the unit of utilities.
    pub slack: f64,
    /// The offers; each agent has its part in one.
    pub offers: Vec<TypedOffer>,
    /// The offer that the user takes, as an index of `offers`.
    pub standing: usize,
    /// One reply per agent.
    pub replies: Vec<TypedReply>,
}

/// A profile with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedProfileCertificate {
    /// The proof.
    pub proof: TypedProfileProof,
    /// What it comes to; its violation is what the user could gain by not following the standing offer, or by taking another one.
    pub claims: ProfileClaims,
}

impl TypedProfileProof {
    /// Works out, in exact arithmetic, what this profile comes to. The multipliers of a tree's leaf may be in any order, and may be zero.
    ///
    /// # Errors
    /// If this is no proof: a rule or a bound is none (see [`MenuProof::certify`](crate::MenuProof::certify) and
    /// [`ConversationProof::certify`](crate::ConversationProof::certify)) or of another kind; an agent has no offer or two.
    pub fn certify(mut self, instance: &Instance) -> Result<(TypedProfileCertificate, Verdict), Refusal> {
        for reply in &mut self.replies {
            reply.bound.sort();
        }
        let (claims, verdict) = self.evaluate(instance)?;
        Ok((TypedProfileCertificate { proof: self, claims }, verdict))
    }

    fn evaluate(&self, instance: &Instance) -> Result<(ProfileClaims, Verdict), Refusal> {
        let agents: Vec<&[usize]> = self.offers.iter().map(|offer| &offer.agents[..]).collect();
        let offer_of = offers_by_agent(instance, self.standing, &agents)?;
        check_profile(instance, self.slack, self.replies.len())?;
        let worths: Vec<Worth> =
            (0..self.offers.len()).map(|k| self.worth(instance, k)).collect::<Result<_, Refusal>>()?;
        let standing = &worths[self.standing];
        let best =
            worths.iter().fold(standing, |best, next| if at_least(&best.user, &next.user) { best } else { next });
        let mut violation = standing.disobedience.total.clone();
        violation.add_sum(&best.user);
        violation.subtract_sum(&standing.user);
        let alone = self.offers[self.standing].agents.len() == 1;
        let profile = Profile { slack: self.slack, standing: self.standing, alone, offer_of, worths: &worths };
        let game = TypedGame::new(instance, self.prior, 0, &Objective { user: 1.0, agents: vec![] })?;
        let user = User::new(&game, &Estimates::new(&game.game, &instance.information), &profile, instance);
        profile.assess(instance, &violation, &user, |agent| self.regret(instance, agent, &profile))
    }

    /// What an offer is worth. Agents who see different things cannot offer alike.
    fn worth(&self, instance: &Instance, k: usize) -> Result<Worth, Refusal> {
        let TypedOffer { agents, rule } = &self.offers[k];
        if agents.len() > 1 && !instance.agents_share_information() {
            return Err(Refusal::DifferentSignals);
        }
        let game = TypedGame::new(instance, self.prior, agents[0], &Objective::agent(agents[0]))?;
        rule.check(self.rules, Place::item("offer", k), &game)?;
        Ok(Worth {
            user: rule.value(&game, USER),
            agents: (0..instance.agents.len()).map(|other| rule.value(&game, other + 1)).collect(),
            disobedience: rule.disobedience(&game, &Estimates::new(&game.game, &instance.information), TOLERANCE),
            played: rule.played(&game),
        })
    }

    /// What an agent gains at most by another offer, and what is allowed of it besides the slack.
    fn regret(&self, instance: &Instance, agent: usize, profile: &Profile<'_>) -> Result<(Sum, f64), Refusal> {
        let game = TypedGame::new(instance, self.prior, agent, &Objective::agent(agent))?;
        let estimates = Estimates::new(&game.game, &instance.information);
        let TypedReply { multiplier, bound } = &self.replies[agent];
        check_nonnegative(Place::item("the multiplier of the floor of reply", agent), *multiplier)?;
        let proved = bound.bound(self.rules, Place::item("reply", agent), *multiplier, &game, &estimates)?;
        let regret = profile.regret(agent, *multiplier, &proved, || Ok(game.full_information()))?;
        Ok((regret, profile.allowed(instance, &game.game, game.types, &estimates, agent)))
    }
}

impl TypedProfileCertificate {
    /// Works everything out again, in exact arithmetic, and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`TypedProfileProof::certify`]; here lists must be in order), or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(instance)?;
        self.claims.check(&found)?;
        Ok(verdict)
    }
}
