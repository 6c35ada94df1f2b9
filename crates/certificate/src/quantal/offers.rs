//! A profile of offers in the best-agent game to a quantal user, and what each agent could gain by
//! another offer.
//!
//! **The claim.** Every agent offers a scheme of signals. The user takes the one that is worth most
//! to her when she responds to its messages as `exp(eta E u(a, .))`; what she could gain by taking
//! another one is stated as the violation. (Collina et al., arXiv 2509.15090, Theorem 3, with the
//! user of Theorem 2.) She may be of several types: she compares schemes before she learns hers.
//!
//! **The bound.** An agent outbids if its offer is worth as much to the user as the best of the
//! others, worth `v`. With a multiplier `s >= 0` of her value and a bound `B` on `U_i + s u` over
//! all schemes ([`quantal_bound`] with prices), it then gets at most `B - s v`.

use super::proof::{Folded, enclosed};
use super::scheme::{Outcome, check, outcome, respond};
use super::stake::Benchmarks;
use super::{Enclosure, MOST_OBSERVATIONS, QuantalSearch, quantal_bound};
use crate::game::{TypedGame, USER};
use crate::interval::Interval;
use crate::profile::{check_profile, offers_by_agent};
use crate::refusal::{Place, Refusal, check_finite, check_index, check_nonnegative};
use crate::serial::signal_scheme_form;
use crate::verdict::{Failure, Verdict, check_claim};
use serde::{Deserialize, Serialize};
use suasion_model::{Instance, Objective, SignalScheme};

/// Work on one bound ends after so many cells, times types.
const CELLS: usize = 3_000_000;

/// What one agent offers, or several alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalOffer {
    /// The agents that offer it.
    pub agents: Vec<usize>,
    /// The scheme, as a list of signals `[[observation, probability], ...]`.
    #[serde(with = "signal_scheme_form")]
    pub scheme: SignalScheme,
}

/// What bounds what an agent could get by any offer that the user would prefer to those of the
/// others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalReply {
    /// The multiplier of the user's value, at least 0; 0 for a lone agent.
    pub multiplier: f64,
    /// The price of every observation, in the unit of the agent's utility per unit of mass, beyond
    /// what the user's best action in every state (of several, the first) is worth; those of
    /// observations without mass do not matter.
    pub prices: Vec<f64>,
}

/// A profile of the best-agent game with a quantal user, and what bounds what each agent gets by
/// another offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalOffersProof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// The user's sensitivity, at least 0.
    pub eta: f64,
    /// By how much an agent may gain by another offer, at most, in the unit of utilities.
    pub slack: f64,
    /// The offers; each agent has its part in one.
    pub offers: Vec<QuantalOffer>,
    /// The offer that the user takes, as an index of `offers`.
    pub standing: usize,
    /// One reply per agent.
    pub replies: Vec<QuantalReply>,
}

/// What a profile of offers comes to. The same on every machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalOffersClaims {
    /// What the user gets from the standing offer.
    pub user_value: Enclosure,
    /// What each agent gets from it.
    pub agent_values: Vec<Enclosure>,
    /// What each agent gains at most by another offer, at least 0; none with more than
    /// [`MOST_OBSERVATIONS`] observations.
    pub regrets: Vec<Option<f64>>,
    /// What the user could gain at most by taking another offer, in the unit of her utility.
    pub violation: f64,
}

/// A profile of offers with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalOffersCertificate {
    /// The proof.
    pub proof: QuantalOffersProof,
    /// What it comes to.
    pub claims: QuantalOffersClaims,
}

/// What an agent could gain by another offer.
struct Regret {
    /// None where nothing is proved.
    most: Option<f64>,
    /// By how much it may exceed the slack.
    near: f64,
    /// How many observations have mass.
    observations: usize,
}

/// What is allowed.
struct Near {
    /// Of each agent's regret beyond the slack, and how many observations have mass.
    regrets: Vec<(f64, usize)>,
    /// Of the violation.
    violation: f64,
}

impl QuantalOffersProof {
    /// Works out rigorously what this profile comes to.
    ///
    /// # Errors
    /// If this is no proof: an index is out of range, a number is not finite, a
    /// probability is not between 0 and 1, those of an observation do not sum to one
    /// exactly, the sensitivity, the slack or a multiplier is negative, an agent has no offer or
    /// two, agents who observe different signals make one together, or there is not one reply for
    /// each agent and one price for each observation.
    pub fn certify(self, instance: &Instance) -> Result<(QuantalOffersCertificate, Verdict), Refusal> {
        let (claims, near) = self.evaluate(instance)?;
        let verdict = verdict(self.slack, &claims, &near);
        Ok((QuantalOffersCertificate { proof: self, claims }, verdict))
    }

    /// The same with the slack raised to the largest regret that is proved, if it was below: for
    /// profiles of which it is to be said what they are worth.
    ///
    /// # Errors
    /// As [`QuantalOffersProof::certify`].
    pub fn certify_raised(mut self, instance: &Instance) -> Result<(QuantalOffersCertificate, Verdict), Refusal> {
        let (claims, near) = self.evaluate(instance)?;
        self.slack = claims.regrets.iter().copied().flatten().fold(self.slack, f64::max);
        let verdict = verdict(self.slack, &claims, &near);
        Ok((QuantalOffersCertificate { proof: self, claims }, verdict))
    }

    /// With which probabilities each type of the user plays each action upon each signal of the
    /// standing offer, `[signals][types][actions]`; for a type that cannot receive a signal there
    /// is an empty list.
    ///
    /// # Errors
    /// As [`QuantalOffersProof::certify`].
    pub fn responses(&self, instance: &Instance) -> Result<Vec<Vec<Vec<Enclosure>>>, Refusal> {
        check_nonnegative(Place::alone("the sensitivity eta"), self.eta)?;
        check_index(Place::alone("the profile"), "offer", self.standing, self.offers.len())?;
        let QuantalOffer { agents, scheme } = &self.offers[self.standing];
        let agent = *agents.first().ok_or(Refusal::Empty("agents behind an offer"))?;
        let game = TypedGame::new(instance, self.prior, agent, &Objective::agent(agent))?;
        check(scheme, game.observations)?;
        let of_type = |signal: &[(usize, f64)], t: usize| {
            let played = respond(signal, &game, t, self.eta).map_or_else(Vec::new, |response| response.played);
            played.into_iter().map(|Interval { low, high }| Enclosure { low, high }).collect()
        };
        let of_signal = |signal: &Vec<(usize, f64)>| (0..game.types).map(|t| of_type(signal, t)).collect();
        Ok(scheme.signals.iter().map(of_signal).collect())
    }

    fn evaluate(&self, instance: &Instance) -> Result<(QuantalOffersClaims, Near), Refusal> {
        let agents: Vec<&[usize]> = self.offers.iter().map(|offer| &offer.agents[..]).collect();
        let offer_of = offers_by_agent(instance, self.standing, &agents)?;
        check_profile(instance, self.slack, self.replies.len())?;
        check_nonnegative(Place::alone("the sensitivity eta"), self.eta)?;
        let outcomes: Vec<Outcome> =
            self.offers.iter().map(|offer| self.outcome(instance, offer)).collect::<Result<_, Refusal>>()?;
        let regret = |agent: usize| self.regret(instance, agent, &offer_of, &outcomes);
        let regrets: Vec<Regret> = (0..offer_of.len()).map(regret).collect::<Result<_, Refusal>>()?;
        let standing = &outcomes[self.standing];
        let least = standing.parties[USER].net().low;
        let others = outcomes.iter().enumerate().filter(|&(k, _)| k != self.standing).map(|(_, outcome)| outcome);
        let violation = others.map(|other| (other.parties[USER].net().high - least).next_up()).fold(0.0, f64::max);
        let claims = QuantalOffersClaims {
            user_value: standing.parties[USER].whole,
            agent_values: standing.parties[1..].iter().map(|value| value.whole).collect(),
            regrets: regrets.iter().map(|regret| regret.most).collect(),
            violation,
        };
        let agent = self.offers[self.standing].agents[0];
        let game = TypedGame::new(instance, self.prior, agent, &Objective::agent(agent))?;
        let benchmarks = Benchmarks::new(&game, self.eta)?;
        let near = Near {
            regrets: regrets.iter().map(|regret| (regret.near, regret.observations)).collect(),
            violation: benchmarks.of_party(&game, USER, &standing.parties[USER].sum(), Some(standing)),
        };
        Ok((claims, near))
    }

    /// What becomes of an offer. Agents who see different things cannot offer alike.
    fn outcome(&self, instance: &Instance, offer: &QuantalOffer) -> Result<Outcome, Refusal> {
        let agent = offer.agents[0];
        if offer.agents.len() > 1 && !instance.agents_share_information() {
            return Err(Refusal::DifferentSignals);
        }
        let game = TypedGame::new(instance, self.prior, agent, &Objective::agent(agent))?;
        check(&offer.scheme, game.observations)?;
        outcome(&offer.scheme, &game, self.eta)
    }

    /// What an agent gains at most by another offer: it outbids the best of the others, or, if its
    /// offer alone stands, loses to it on purpose.
    fn regret(
        &self,
        instance: &Instance,
        agent: usize,
        offer_of: &[usize],
        outcomes: &[Outcome],
    ) -> Result<Regret, Refusal> {
        let QuantalReply { multiplier, prices } = &self.replies[agent];
        let place = Place::item("the multiplier of the floor of reply", agent);
        check_nonnegative(place, *multiplier)?;
        let game =
            TypedGame::new(instance, self.prior, agent, &Objective { user: *multiplier, ..Objective::agent(agent) })?;
        if prices.len() != game.observations {
            let (found, expected) = (prices.len(), game.observations);
            return Err(Refusal::Length { list: "the prices of a reply", found, expected });
        }
        for &price in prices {
            check_finite(Place::item("a price of reply", agent), price)?;
        }
        let folded = Folded::new(&game);
        let standing = &outcomes[self.standing];
        let seen = instance.agents_share_information() || self.offers[self.standing].agents.contains(&agent);
        let benchmarks = Benchmarks::new(&game, self.eta)?;
        let value = &standing.parties[agent + 1];
        let near = benchmarks.of_party(&game, agent + 1, &value.sum(), seen.then_some(standing));
        let search = QuantalSearch { target: 0.25 * near, cells: CELLS, enough: f64::INFINITY, going: &|| true };
        let bound = quantal_bound(&folded.arrays(), self.eta, prices, &search)?.map(|bound| bound.value);
        let observations = folded.observations();
        let own = value.net().low;
        let rivals = || (0..offer_of.len()).filter(|&other| other != agent).map(|other| &outcomes[offer_of[other]]);
        let Some(floor) = rivals().map(|rival| rival.parties[USER].net().low).reduce(f64::max) else {
            if *multiplier != 0.0 {
                let expected = "0, as a lone agent has no rival";
                return Err(Refusal::BadNumber { place, value: *multiplier, expected });
            }
            let most = bound.map(|bound| (bound - own).next_up().max(0.0));
            return Ok(Regret { most, near, observations });
        };
        // Whoever outbids leaves the user at least the lower end of what the best rival does.
        let paid = Interval::point(*multiplier).mul(Interval::point(floor)).low;
        let outbidding = bound.map(|bound| ((bound - paid).next_up() - own).next_up());
        let mut losing: f64 = 0.0;
        if offer_of[agent] == self.standing && self.offers[self.standing].agents.len() == 1 {
            for rival in rivals().filter(|rival| rival.parties[USER].net().high >= floor) {
                losing = losing.max((rival.parties[agent + 1].net().high - own).next_up());
            }
        }
        let most = outbidding.map(|outbidding| outbidding.max(losing));
        match most {
            Some(most) if !most.is_finite() => Err(Refusal::Overflow(Place::item("the regret of agent", agent))),
            most => Ok(Regret { most, near, observations }),
        }
    }
}

/// Whether regrets and the violation are within what is allowed.
fn verdict(slack: f64, claims: &QuantalOffersClaims, near: &Near) -> Verdict {
    let violation = claims.violation;
    let mut verdict = Verdict { gap: 0.0, violation, worst: None, shortfall: 0.0, failures: vec![] };
    for (agent, (&most, &(near, observations))) in claims.regrets.iter().zip(&near.regrets).enumerate() {
        verdict.gap = verdict.gap.max(most.unwrap_or(f64::INFINITY));
        let allowed = slack + near;
        match most {
            None => verdict.failures.push(Failure::Unbounded { observations, most: MOST_OBSERVATIONS }),
            Some(regret) if regret > allowed => verdict.failures.push(Failure::Regret { agent, regret, allowed }),
            Some(_) => {}
        }
    }
    let allowed = near.violation;
    if violation > allowed {
        verdict.failures.push(Failure::Violation { violation, allowed });
    }
    verdict
}

impl QuantalOffersCertificate {
    /// Works everything out again and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`QuantalOffersProof::certify`]), or a claim is not
    /// exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        let (found, near) = self.proof.evaluate(instance)?;
        let claims = &self.claims;
        for (list, claimed, expected) in [
            ("the values of the agents", claims.agent_values.len(), found.agent_values.len()),
            ("the regrets", claims.regrets.len(), found.regrets.len()),
        ] {
            if claimed != expected {
                return Err(Refusal::ClaimCount { list, claimed, expected });
            }
        }
        enclosed(Place::alone("the user's value"), claims.user_value, found.user_value)?;
        for (agent, (&claimed, &found)) in claims.agent_values.iter().zip(&found.agent_values).enumerate() {
            enclosed(Place::item("the value of agent", agent), claimed, found)?;
        }
        for (agent, (claimed, found)) in claims.regrets.iter().zip(&found.regrets).enumerate() {
            // No bound is as good as one at infinity.
            let [claimed, found] = [claimed, found].map(|regret| regret.unwrap_or(f64::INFINITY));
            check_claim(Place::item("the regret of agent", agent), claimed, found)?;
        }
        check_claim(Place::alone("the violation"), claims.violation, found.violation)?;
        Ok(verdict(self.proof.slack, &found, &near))
    }
}
