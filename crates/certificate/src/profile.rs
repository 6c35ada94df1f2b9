//! A profile of offers in the best-agent game, and what each agent could gain by another offer.

use crate::Multiplier;
use crate::bound::bound;
use crate::contest::Judge;
use crate::exact::Sum;
use crate::game::{Estimates, Game, TypedGame, USER};
use crate::obedience::{Disobedience, disobedience};
use crate::refusal::{Place, Refusal, check_finite, check_index, check_nonnegative};
use crate::serial::scheme_form;
use crate::stake::Benchmarks;
use crate::values::Conduct;
use crate::verdict::{Failure, TOLERANCE, Verdict, at_least, check_claim, exceeds, nearest, split_down};

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use suasion_model::{Instance, Objective, Scheme};

/// What one agent offers, or several alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The agents that offer it.
    pub agents: Vec<usize>,
    /// The scheme, as in [`Proof`](crate::Proof): what its probabilities leave over reveals the observation.
    #[serde(with = "scheme_form")]
    pub scheme: Scheme,
}

/// The multipliers that bound what an agent could get by any offer that the user would prefer to those of the others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The multiplier of the user's value, at least 0; 0 for a lone agent.
    pub multiplier: f64,
    /// The multipliers of obedience that are not zero, ordered by (recommended, alternative).
    pub multipliers: Vec<Multiplier>,
}

/// A profile of the best-agent game (Collina et al., arXiv 2509.15090, Theorem 3): every agent offers a scheme, the user takes the
/// one that is worth most to her, and what shows that nobody gains by another offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileProof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// By how much an agent may gain by another offer, at most, in the unit of utilities.
    pub slack: f64,
    /// The offers; each agent has its part in one.
    pub offers: Vec<Offer>,
    /// The offer that the user takes, as an index of `offers`.
    pub standing: usize,
    /// One reply per agent.
    pub replies: Vec<Reply>,
}

/// What a profile comes to: each number is the exact one, rounded to nearest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileClaims {
    /// What the user gets (from the standing offer, in the best-agent game).
    pub user_value: f64,
    /// What each agent gets.
    pub agent_values: Vec<f64>,
    /// What each agent gains at most by another offer or scheme, at least 0.
    pub regrets: Vec<f64>,
    /// What the user could gain by not following the standing offer or her plan, in the unit of her utility.
    pub violation: f64,
}

/// A profile with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileCertificate {
    /// The proof.
    pub proof: ProfileProof,
    /// What it comes to.
    pub claims: ProfileClaims,
}

/// An offer's exact values.
pub(crate) struct Worth {
    pub(crate) user: Sum,
    pub(crate) agents: Vec<Sum>,
    pub(crate) disobedience: Disobedience,
    /// The pairs of a type and an observation of who offers it, and what is done there.
    pub(crate) played: Vec<(usize, usize)>,
}

impl ProfileProof {
    /// Works out, in exact arithmetic, what this profile comes to. Multipliers may be in any order and may be zero.
    ///
    /// # Errors
    /// If this is no proof: see [`Proof::certify`](crate::Proof::certify); an agent has no offer or two; the user prefers another offer to
    /// the standing one.
    pub fn certify(mut self, instance: &Instance) -> Result<(ProfileCertificate, Verdict), Refusal> {
        for reply in &mut self.replies {
            reply.multipliers.retain(|multiplier| multiplier.value != 0.0);
            reply.multipliers.sort_by_key(Multiplier::pair);
        }
        for offer in &mut self.offers {
            offer.scheme.entries.sort_by_key(|entry| (entry.state, entry.action));
        }
        let (claims, verdict) = self.evaluate(instance)?;
        Ok((ProfileCertificate { proof: self, claims }, verdict))
    }

    fn evaluate(&self, instance: &Instance) -> Result<(ProfileClaims, Verdict), Refusal> {
        let agents: Vec<&[usize]> = self.offers.iter().map(|offer| &offer.agents[..]).collect();
        let offer_of = offers_by_agent(instance, self.standing, &agents)?;
        check_profile(instance, self.slack, self.replies.len())?;
        let worths = self.offers.iter().map(|offer| self.worth(instance, offer)).collect::<Result<Vec<_>, _>>()?;
        let standing = &worths[self.standing];
        for (k, worth) in worths.iter().enumerate() {
            if !at_least(&standing.user, &worth.user) {
                return Err(Refusal::Outbid { standing: self.standing, better: k });
            }
        }
        let alone = self.offers[self.standing].agents.len() == 1;
        let profile = Profile { slack: self.slack, standing: self.standing, alone, offer_of, worths: &worths };
        let game = TypedGame::new(instance, self.prior, 0, &Objective { user: 1.0, agents: vec![] })?;
        let user = User::new(&game, &Estimates::new(&game.game, &instance.information), &profile, instance);
        profile.assess(instance, &standing.disobedience.total, &user, |agent| self.regret(instance, agent, &profile))
    }

    /// What an offer is worth. Agents who see different things cannot offer alike.
    fn worth(&self, instance: &Instance, offer: &Offer) -> Result<Worth, Refusal> {
        let agent = offer.agents[0];
        if offer.agents.len() > 1 && !instance.agents_share_information() {
            return Err(Refusal::DifferentSignals);
        }
        let game = Game::new(instance, self.prior, agent, &Objective::agent(agent))?;
        let estimates = Estimates::new(&game, &instance.information);
        let judge = &mut Judge::new();
        let conduct = Conduct::new(&game, &estimates, &offer.scheme.entries, judge)?;
        let disobedience = disobedience(&game, &estimates, &offer.scheme.entries, TOLERANCE, judge);
        let value = |party: usize| {
            let mut sum = Sum::new();
            conduct.add_value(&mut sum, party, 1.0);
            sum
        };
        Ok(Worth {
            user: value(USER),
            agents: (0..instance.agents.len()).map(|other| value(other + 1)).collect(),
            played: conduct.played().collect(),
            disobedience,
        })
    }

    /// What an agent gains at most by another offer, and what is allowed of it besides the slack.
    fn regret(&self, instance: &Instance, agent: usize, profile: &Profile<'_>) -> Result<(Sum, f64), Refusal> {
        let game = Game::new(instance, self.prior, agent, &Objective::agent(agent))?;
        let estimates = Estimates::new(&game, &instance.information);
        let judge = &mut Judge::new();
        let allowed = profile.allowed(instance, &game, 1, &estimates, agent);
        let reply = &self.replies[agent];
        check_nonnegative(Place::item("the multiplier of the floor of reply", agent), reply.multiplier)?;
        let proved = bound(&game, &estimates, reply.multiplier, &reply.multipliers, judge)?;
        let full = || full_information(&game, &estimates, judge);
        Ok((profile.regret(agent, reply.multiplier, &proved.exactly_at(0.0), full)?, allowed))
    }
}

/// The offer of each agent, by the agents behind each offer.
pub(crate) fn offers_by_agent(
    instance: &Instance,
    standing: usize,
    offers: &[&[usize]],
) -> Result<Vec<usize>, Refusal> {
    let agents = instance.agents.len();
    check_index(Place::alone("the profile"), "offer", standing, offers.len())?;
    let mut offer_of = vec![None; agents];
    for (k, &offering) in offers.iter().enumerate() {
        if offering.is_empty() {
            return Err(Refusal::Empty("agents behind an offer"));
        }
        for &agent in offering {
            check_index(Place::item("offer", k), "agent", agent, agents)?;
            if offer_of[agent].replace(k).is_some() {
                return Err(Refusal::Offers { agent, count: "two offers" });
            }
        }
    }
    let found = |(agent, offer): (usize, Option<usize>)| offer.ok_or(Refusal::Offers { agent, count: "no offer" });
    offer_of.into_iter().enumerate().map(found).collect()
}

/// Refuses a bad slack, and replies of which there are too few or too many.
pub(crate) fn check_profile(instance: &Instance, slack: f64, replies: usize) -> Result<(), Refusal> {
    check_nonnegative(Place::alone("the slack"), slack)?;
    let expected = instance.agents.len();
    if replies == expected {
        return Ok(());
    }
    Err(Refusal::ClaimCount { list: "the list of replies", claimed: replies, expected })
}

/// A profile of offers that are valued, however they are made.
pub(crate) struct Profile<'a> {
    pub(crate) slack: f64,
    pub(crate) standing: usize,
    /// Whether one agent alone makes the standing offer.
    pub(crate) alone: bool,
    /// `[agents]`.
    pub(crate) offer_of: Vec<usize>,
    /// `[offers]`.
    pub(crate) worths: &'a [Worth],
}

/// What is at stake for the user.
pub(crate) struct User {
    /// Her value with no information.
    none: Sum,
    /// What is allowed of what she lacks.
    allowed: f64,
}

impl User {
    /// Of a game whose objective is hers.
    pub(crate) fn new(game: &TypedGame<'_>, estimates: &Estimates, profile: &Profile<'_>, instance: &Instance) -> Self {
        let benchmarks = Benchmarks::new(&game.game, game.types, estimates, &mut Judge::new());
        let parties = &[(USER, 1.0)];
        let standing = &profile.worths[profile.standing];
        let played = profile.played(instance);
        let stake =
            benchmarks.stake(&game.game, (parties, &estimates.user), estimates, &standing.user, played.iter().copied());
        Self { none: benchmarks.none_value(&game.game, parties), allowed: stake.allowance(TOLERANCE) }
    }
}

impl Profile<'_> {
    /// What happens by the standing offer, pair by pair; agents who see different things know no common pairs.
    fn played(&self, instance: &Instance) -> &[(usize, usize)] {
        if instance.agents_share_information() { &self.worths[self.standing].played } else { &[] }
    }

    /// What is allowed of an agent's regret besides the slack, in a game whose objective is its own.
    pub(crate) fn allowed(
        &self,
        instance: &Instance,
        game: &Game<'_>,
        types: usize,
        estimates: &Estimates,
        agent: usize,
    ) -> f64 {
        let benchmarks = Benchmarks::new(game, types, estimates, &mut Judge::new());
        let parties = (&game.objective[..], &estimates.objective);
        let own = &self.worths[self.standing].agents[agent];
        benchmarks.stake(game, parties, estimates, own, self.played(instance).iter().copied()).allowance(TOLERANCE)
    }

    /// The claims that the profile supports, and whether they are within the tolerance: `violation` is what the user could gain by not doing
    /// as is said or by taking another offer, `regret` what an agent gains at most by another offer, with what is allowed of it besides
    /// the slack.
    pub(crate) fn assess(
        &self,
        instance: &Instance,
        violation: &Sum,
        user: &User,
        mut regret: impl FnMut(usize) -> Result<(Sum, f64), Refusal>,
    ) -> Result<(ProfileClaims, Verdict), Refusal> {
        let (agents, standing) = (instance.agents.len(), &self.worths[self.standing]);
        let mut claims = ProfileClaims {
            user_value: nearest(&standing.user, Place::alone("the user's value"))?,
            agent_values: Vec::with_capacity(agents),
            regrets: Vec::with_capacity(agents),
            violation: nearest(violation, Place::alone("the violation"))?,
        };
        let mut verdict =
            Verdict { gap: 0.0, violation: claims.violation, worst: None, shortfall: 0.0, failures: Vec::new() };
        for agent in 0..agents {
            claims.agent_values.push(nearest(&standing.agents[agent], Place::item("the value of agent", agent))?);
            let (regret, allowed) = regret(agent)?;
            let rounded = nearest(&regret, Place::item("the regret of agent", agent))?;
            claims.regrets.push(rounded);
            verdict.gap = verdict.gap.max(rounded);
            let allowed = self.slack + allowed;
            if exceeds(&regret, allowed) {
                verdict.failures.push(Failure::Regret { agent, regret: rounded, allowed });
            }
        }
        verdict.failures.extend(self.worths.iter().filter_map(|worth| worth.disobedience.failure));
        let mut outbid = violation.clone();
        outbid.subtract_sum(&standing.disobedience.total);
        if exceeds(&outbid, user.allowed) {
            verdict.failures.push(Failure::Violation { violation: outbid.round(), allowed: user.allowed });
        }
        let mut below = user.none.clone();
        below.subtract_sum(&standing.user);
        if exceeds(&below, user.allowed) {
            let by = nearest(&below, Place::alone("the shortfall"))?;
            verdict.failures.push(Failure::BelowNoInformation { by, allowed: user.allowed });
        }
        Ok((claims, verdict))
    }

    /// What an agent gains at most by another offer. An offer wins if it is worth more to the user than those of the others; an agent
    /// whose offer stands may also lose on purpose, to the offer among the best of the others that it likes most. No offer that leaves the user
    /// `v` gets the agent more than `intercept - multiplier v`, and none leaves her more than `full`.
    pub(crate) fn regret(
        &self,
        agent: usize,
        multiplier: f64,
        intercept: &Sum,
        full: impl FnOnce() -> Result<Sum, Refusal>,
    ) -> Result<Sum, Refusal> {
        let own = &self.worths[self.standing].agents[agent];
        let less_own = |mut value: Sum| {
            value.subtract_sum(own);
            value
        };
        let offer_of = &self.offer_of;
        let rivals = || (0..offer_of.len()).filter(|&other| other != agent).map(|other| &self.worths[offer_of[other]]);
        let best_rival = rivals().reduce(|best, next| if at_least(&best.user, &next.user) { best } else { next });
        let Some(best_rival) = best_rival else {
            if multiplier != 0.0 {
                return Err(Refusal::BadNumber {
                    place: Place::item("the multiplier of the floor of reply", agent),
                    value: multiplier,
                    expected: "0, as a lone agent has no rival",
                });
            }
            return Ok(positive(less_own(intercept.clone())));
        };
        let mut regret = Sum::new();
        if !at_least(&best_rival.user, &full()?) {
            let mut outbidding = intercept.clone();
            for part in split_down(&best_rival.user, Place::alone("the best rival's value"))? {
                outbidding.subtract([multiplier, part]);
            }
            regret = larger(regret, less_own(outbidding));
        }
        if offer_of[agent] == self.standing && self.alone {
            for rival in rivals().filter(|rival| at_least(&rival.user, &best_rival.user)) {
                regret = larger(regret, less_own(rival.agents[agent].clone()));
            }
        }
        Ok(regret)
    }
}

/// The user's value when she sees what the agent of the game observes.
pub(crate) fn full_information(game: &Game<'_>, estimates: &Estimates, judge: &mut Judge) -> Result<Sum, Refusal> {
    let conduct = Conduct::new(game, estimates, &[], judge)?;
    let mut sum = Sum::new();
    conduct.add_value(&mut sum, USER, 1.0);
    Ok(sum)
}

/// What is heard in a profile in which the user hears all agents.
pub(crate) struct Heard<'a> {
    /// At which prior.
    pub(crate) prior: usize,
    /// By how much an agent may gain, at most.
    pub(crate) slack: f64,
    /// The values of all parties, the user first.
    pub(crate) values: &'a [Sum],
    /// What the user could gain by another plan.
    pub(crate) disobedience: &'a Disobedience,
}

/// What a profile in which the user hears all agents comes to, if `bound` says what each agent gets at most. What is at stake is measured by the
/// profile itself, by what happens if the user sees all that the agent in question observes, and by what happens if she hears nothing.
pub(crate) fn heard(
    instance: &Instance,
    heard: &Heard<'_>,
    mut bound: impl FnMut(usize) -> Result<Sum, Refusal>,
) -> Result<(ProfileClaims, Verdict), Refusal> {
    let (agents, values, violation) = (instance.agents.len(), heard.values, &heard.disobedience.total);
    let mut claims = ProfileClaims {
        user_value: nearest(&values[USER], Place::alone("the user's value"))?,
        agent_values: Vec::with_capacity(agents),
        regrets: Vec::with_capacity(agents),
        violation: nearest(violation, Place::alone("the violation"))?,
    };
    let mut verdict =
        Verdict { gap: 0.0, violation: claims.violation, worst: None, shortfall: 0.0, failures: Vec::new() };
    for agent in 0..agents {
        let own = &values[agent + 1];
        claims.agent_values.push(nearest(own, Place::item("the value of agent", agent))?);
        let mut regret = bound(agent)?;
        regret.subtract_sum(own);
        let regret = positive(regret);
        let rounded = nearest(&regret, Place::item("the regret of agent", agent))?;
        claims.regrets.push(rounded);
        verdict.gap = verdict.gap.max(rounded);
        let (stake, _) = stakes(instance, heard.prior, agent, &Objective::agent(agent), own)?;
        let allowed = heard.slack + stake;
        if exceeds(&regret, allowed) {
            verdict.failures.push(Failure::Regret { agent, regret: rounded, allowed });
        }
    }
    verdict.failures.extend(heard.disobedience.failure);
    let hers = Objective { user: 1.0, agents: vec![] };
    let (allowed, mut below) = stakes(instance, heard.prior, 0, &hers, &values[USER])?;
    below.subtract_sum(&values[USER]);
    if exceeds(&below, allowed) {
        let by = nearest(&below, Place::alone("the shortfall"))?;
        verdict.failures.push(Failure::BelowNoInformation { by, allowed });
    }
    Ok((claims, verdict))
}

/// What is allowed of a gap of this objective, which gets `own`, and what it gets with no information.
pub(crate) fn stakes(
    instance: &Instance,
    prior: usize,
    agent: usize,
    objective: &Objective,
    own: &Sum,
) -> Result<(f64, Sum), Refusal> {
    let game = TypedGame::new(instance, prior, agent, objective)?;
    let estimates = Estimates::new(&game.game, &instance.information);
    let benchmarks = Benchmarks::new(&game.game, game.types, &estimates, &mut Judge::new());
    let parties = (&game.game.objective[..], &estimates.objective);
    let stake = benchmarks.stake(&game.game, parties, &estimates, own, std::iter::empty());
    Ok((stake.allowance(TOLERANCE), benchmarks.none_value(&game.game, &game.game.objective)))
}

pub(crate) fn positive(mut sum: Sum) -> Sum {
    if sum.sign() == Ordering::Less { Sum::new() } else { sum }
}

fn larger(a: Sum, b: Sum) -> Sum {
    if at_least(&a, &b) { a } else { b }
}

impl ProfileCertificate {
    /// Works everything out again, in exact arithmetic, and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`ProfileProof::certify`]; here lists must be in order), or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(instance)?;
        self.claims.check(&found)?;
        Ok(verdict)
    }
}

impl ProfileClaims {
    /// Refuses claims that are not exactly what was found.
    pub(crate) fn check(&self, found: &Self) -> Result<(), Refusal> {
        check_claim(Place::alone("the user's value"), self.user_value, found.user_value)?;
        check_claims("the values of the agents", "the value of agent", &self.agent_values, &found.agent_values)?;
        check_claims("the regrets", "the regret of agent", &self.regrets, &found.regrets)?;
        check_claim(Place::alone("the violation"), self.violation, found.violation)
    }
}

fn check_claims(list: &'static str, item: &'static str, claimed: &[f64], found: &[f64]) -> Result<(), Refusal> {
    if claimed.len() != found.len() {
        return Err(Refusal::ClaimCount { list, claimed: claimed.len(), expected: found.len() });
    }
    for (k, (&claimed, &found)) in claimed.iter().zip(found).enumerate() {
        check_finite(Place::item(item, k), claimed)?;
        check_claim(Place::item(item, k), claimed, found)?;
    }
    Ok(())
}
