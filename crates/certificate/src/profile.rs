//! A profile of offers in the best-agent game, and what each agent could gain by another offer.
//!
//! **The claim.** Every agent offers a scheme. The user accepts the offer with the highest value to
//! her before she learns her type (Collina et al., arXiv 2509.15090, Theorem 3). The violation is
//! what she could gain by not following the accepted offer, or by accepting another offer.
//!
//! **The bound.** An agent outbids if its offer gives the user more than the best of the other
//! offers, which gives her `v`. With the multiplier `s >= 0` of her value and a bound `B` on `U_i +
//! s u` over all schemes, the agent then gets at most `B - s v`.

use crate::communication::{Communication, Rational, SchemeOutcome};
use crate::error::{Place, ProofError, check_index, check_nonnegative};
use crate::game::{Estimates, TypedGame, USER};
use crate::obedience::Disobedience;
use crate::proof::{Claim, Claims, Exact, Precision, Proof, Sealed, check_list};
use crate::stake::Benchmarks;
use crate::verdict::{TOLERANCE, ToleranceViolation, Verdict, at_least, exceeds, nearest, split_down};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use suasion_exact::{Judge, Sum};
use suasion_model::{Instance, Objective};

/// An offer that one agent makes, or several agents make alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Offer<C: Communication> {
    /// The agents that offer it.
    pub agents: Vec<usize>,
    /// The scheme. `None` is full information: the scheme reveals all that the agents observe, and
    /// every type takes her best action. Ties are broken in favor of the first of these agents; any
    /// remaining tie goes to the first action.
    #[serde(default = "full_information", skip_serializing_if = "Option::is_none")]
    pub scheme: Option<C::Scheme>,
}

fn full_information<S>() -> Option<S> {
    None
}

/// A bound on what an agent could get by any offer that the user would prefer to the other agents'
/// offers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Reply<C: Communication> {
    /// The multiplier of the user's value, at least 0; 0 for a monopolist.
    pub multiplier: f64,
    /// What bounds all schemes.
    pub bound: C::Bound,
}

/// A profile of the best-agent game, and what bounds each agent's gain by another offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct ProfileProof<C: Communication> {
    /// How agents communicate.
    pub communication: C,
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// The slack: what an agent may gain by another offer, at most, in the unit of utilities.
    pub slack: f64,
    /// The offers. Each agent takes part in exactly one.
    pub offers: Vec<Offer<C>>,
    /// The offer that the user accepts, as an index of `offers`.
    pub accepted: usize,
    /// One reply per agent.
    pub replies: Vec<Reply<C>>,
}

/// The claims of a profile. Exact numbers are rounded to nearest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct ProfileClaims<P: Precision> {
    /// The user's value (from the accepted offer, in the best-agent game).
    pub user_value: P::Value,
    /// Each agent's value.
    pub agent_values: Vec<P::Value>,
    /// The most that each agent gains by another offer or scheme, at least 0. There may be no bound
    /// against a quantal user.
    pub regrets: Vec<P::Limit>,
    /// What the user could gain by not following the accepted offer or her plan, or by accepting
    /// another offer, in the unit of her utility.
    #[serde(default)]
    pub violation: f64,
}

impl<C: Communication> Sealed for ProfileProof<C> {}
impl<C: Rational> Proof for ProfileProof<C> {
    type Game = Instance;
    type Claims = ProfileClaims<Exact>;

    fn order(&mut self) {
        self.offers.iter_mut().filter_map(|offer| offer.scheme.as_mut()).for_each(C::sort_scheme);
        self.replies.iter_mut().for_each(|reply| C::sort_bound(&mut reply.bound));
    }

    fn evaluate(&self, instance: &Instance, _: &dyn Fn() -> bool) -> Result<(Self::Claims, Verdict), ProofError> {
        let offer_of = self.offers_by_agent(instance)?;
        let outcomes = self
            .offers
            .iter()
            .map(|offer| outcome(self, instance, offer))
            .collect::<Result<Vec<SchemeOutcome>, _>>()?;
        let profile = Profile { proof: self, offer_of, outcomes: &outcomes };
        profile.assess(instance)
    }
}

impl<C: Communication> ProfileProof<C> {
    /// The offer of each agent, `[agents]`.
    pub(crate) fn offers_by_agent(&self, instance: &Instance) -> Result<Vec<usize>, ProofError> {
        let agents = instance.agents.len();
        check_index(Place::alone("the profile"), "offer", self.accepted, self.offers.len())?;
        let mut offer_of = vec![None; agents];
        for (k, offer) in self.offers.iter().enumerate() {
            if offer.agents.is_empty() {
                return Err(ProofError::Empty("agents behind an offer"));
            }
            for &agent in &offer.agents {
                check_index(Place::item("offer", k), "agent", agent, agents)?;
                if offer_of[agent].replace(k).is_some() {
                    return Err(ProofError::Offers { agent, count: "two offers" });
                }
            }
            // Agents that observe different signals cannot share an offer.
            if offer.agents.len() > 1 && !instance.agents_share_information() {
                return Err(ProofError::DifferentSignals);
            }
        }
        check_nonnegative(Place::alone("the slack"), self.slack)?;
        if self.replies.len() != agents {
            let claimed = self.replies.len();
            return Err(ProofError::ClaimCount { list: "the list of replies", claimed, expected: agents });
        }
        for (agent, reply) in self.replies.iter().enumerate() {
            check_nonnegative(Place::item("the multiplier of the floor of reply", agent), reply.multiplier)?;
        }
        let found =
            |(agent, offer): (usize, Option<usize>)| offer.ok_or(ProofError::Offers { agent, count: "no offer" });
        offer_of.into_iter().enumerate().map(found).collect()
    }

    /// Whether one agent alone makes the accepted offer.
    pub(crate) fn is_alone(&self) -> bool {
        self.offers[self.accepted].agents.len() == 1
    }
}

/// The outcome of an offer.
fn outcome<C: Rational>(
    proof: &ProfileProof<C>,
    instance: &Instance,
    offer: &Offer<C>,
) -> Result<SchemeOutcome, ProofError> {
    let agent = offer.agents[0];
    let game = C::game(instance, proof.prior, agent, &Objective::agent(agent))?;
    let estimates = Estimates::new(&game.game, &instance.information);
    offer.scheme.as_ref().map_or_else(
        || Ok(SchemeOutcome::of_full_information(&game, &estimates)),
        |scheme| C::outcome(scheme, &game, &estimates),
    )
}

/// A profile of offers whose outcomes are known.
struct Profile<'a, C: Communication> {
    proof: &'a ProfileProof<C>,
    /// The offer of each agent, `[agents]`.
    offer_of: Vec<usize>,
    /// The outcomes, `[offers]`.
    outcomes: &'a [SchemeOutcome],
}

impl<C: Rational> Profile<'_, C> {
    fn accepted(&self) -> &SchemeOutcome {
        &self.outcomes[self.proof.accepted]
    }

    /// What happens under the accepted offer, pair by pair. Agents that observe different signals
    /// have no common pairs.
    fn played(&self, instance: &Instance) -> impl Iterator<Item = (usize, usize)> {
        let played: &[(usize, usize)] = if instance.agents_share_information() { &self.accepted().played } else { &[] };
        played.iter().copied()
    }

    /// The claims that the profile supports, and whether they are within the tolerance.
    fn assess(&self, instance: &Instance) -> Result<(ProfileClaims<Exact>, Verdict), ProofError> {
        let accepted = self.accepted();
        let best = self
            .outcomes
            .iter()
            .fold(accepted, |best, next| if at_least(&best.user, &next.user) { best } else { next });
        let mut outbid = best.user.clone();
        outbid.subtract_sum(&accepted.user);
        let mut violation = accepted.disobedience.total.clone();
        violation.add_sum(&outbid);
        let mut claims = ProfileClaims {
            user_value: nearest(&accepted.user, Place::alone("the user's value"))?,
            agent_values: Vec::with_capacity(accepted.agents.len()),
            regrets: Vec::with_capacity(accepted.agents.len()),
            violation: nearest(&violation, Place::alone("the violation"))?,
        };
        let mut verdict = Verdict { violation: claims.violation, ..Verdict::default() };
        for (agent, own) in accepted.agents.iter().enumerate() {
            claims.agent_values.push(nearest(own, Place::item("the value of agent", agent))?);
            let (regret, allowed) = self.regret(instance, agent)?;
            let rounded = nearest(&regret, Place::item("the regret of agent", agent))?;
            claims.regrets.push(rounded);
            verdict.gap = verdict.gap.max(rounded);
            let allowed = self.proof.slack + allowed;
            if exceeds(&regret, allowed) {
                verdict.failures.push(ToleranceViolation::Regret { agent, regret: rounded, allowed });
            }
        }
        verdict.failures.extend(self.outcomes.iter().filter_map(|outcome| outcome.disobedience.failure));
        let (allowed, mut below) = self.user_stake(instance)?;
        if exceeds(&outbid, allowed) {
            verdict.failures.push(ToleranceViolation::Violation { violation: outbid.round(), allowed });
        }
        below.subtract_sum(&accepted.user);
        if exceeds(&below, allowed) {
            let by = nearest(&below, Place::alone("the shortfall"))?;
            verdict.failures.push(ToleranceViolation::BelowNoInformation { by, allowed });
        }
        Ok((claims, verdict))
    }

    /// The shortfall that is allowed, and the user's value under no information.
    fn user_stake(&self, instance: &Instance) -> Result<(f64, Sum), ProofError> {
        let game = TypedGame::new(instance, self.proof.prior, 0, &Objective { user: 1.0, agents: vec![] })?;
        let estimates = Estimates::new(&game.game, &instance.information);
        let benchmarks = Benchmarks::new(&game.game, game.types, &estimates, &mut Judge::new());
        let parties = &[(USER, 1.0)];
        let own = &self.accepted().user;
        let stake = benchmarks.stake(&game.game, (parties, &estimates.user), &estimates, own, self.played(instance));
        Ok((stake.allowance(TOLERANCE), benchmarks.none_value(&game.game, parties)))
    }

    /// The most that an agent gains by another offer, and what is allowed besides the slack.
    fn regret(&self, instance: &Instance, agent: usize) -> Result<(Sum, f64), ProofError> {
        let game = C::game(instance, self.proof.prior, agent, &Objective::agent(agent))?;
        let estimates = Estimates::new(&game.game, &instance.information);
        let Reply { multiplier, bound } = &self.proof.replies[agent];
        let proved = C::bound_exactly(bound, *multiplier, &game, &estimates)?;
        let benchmarks = Benchmarks::new(&game.game, game.types, &estimates, &mut Judge::new());
        let parties = (&game.game.objective[..], &estimates.objective);
        let own = &self.accepted().agents[agent];
        let stake = benchmarks.stake(&game.game, parties, &estimates, own, self.played(instance));
        let full = || benchmarks.full_value(&game.game, &[(USER, 1.0)]);
        Ok((self.gain(agent, *multiplier, &proved, full)?, stake.allowance(TOLERANCE)))
    }

    /// The most that an agent gains by another offer. An offer wins if it gives the user more than
    /// the other agents' offers. An agent whose offer is accepted may also lose on purpose; then
    /// the user accepts one of the best of the other offers, the one that the agent prefers. If an
    /// offer gives the user `v`, the agent gets at most `intercept - multiplier v`. No offer gives
    /// the user more than `full`.
    fn gain(
        &self,
        agent: usize,
        multiplier: f64,
        intercept: &Sum,
        full: impl FnOnce() -> Sum,
    ) -> Result<Sum, ProofError> {
        let own = &self.accepted().agents[agent];
        let less_own = |mut value: Sum| {
            value.subtract_sum(own);
            value
        };
        let offer_of = &self.offer_of;
        let rivals =
            || (0..offer_of.len()).filter(|&other| other != agent).map(|other| &self.outcomes[offer_of[other]]);
        let best_rival = rivals().reduce(|best, next| if at_least(&best.user, &next.user) { best } else { next });
        let Some(best_rival) = best_rival else {
            check_monopolist(agent, multiplier)?;
            return Ok(positive(less_own(intercept.clone())));
        };
        let mut regret = Sum::new();
        if !at_least(&best_rival.user, &full()) {
            let mut outbidding = intercept.clone();
            for part in split_down(&best_rival.user, Place::alone("the best rival's value"))? {
                outbidding.subtract([multiplier, part]);
            }
            regret = larger(regret, less_own(outbidding));
        }
        if offer_of[agent] == self.proof.accepted && self.proof.is_alone() {
            for rival in rivals().filter(|rival| at_least(&rival.user, &best_rival.user)) {
                regret = larger(regret, less_own(rival.agents[agent].clone()));
            }
        }
        Ok(regret)
    }
}

/// Checks that a monopolist has multiplier 0: it has no rival to outbid.
pub(crate) fn check_monopolist(agent: usize, multiplier: f64) -> Result<(), ProofError> {
    if multiplier == 0.0 {
        return Ok(());
    }
    let place = Place::item("the multiplier of the floor of reply", agent);
    Err(ProofError::BadNumber { place, value: multiplier, expected: "0, as a monopolist has no rival" })
}

/// A profile in which the user observes all agents.
pub(crate) struct AllAgentsProfile<'a> {
    /// The number of the prior.
    pub(crate) prior: usize,
    /// The slack: what an agent may gain, at most.
    pub(crate) slack: f64,
    /// The values of all parties, the user first.
    pub(crate) values: &'a [Sum],
    /// What the user could gain by another plan.
    pub(crate) disobedience: &'a Disobedience,
}

/// The claims that a profile supports in which the user observes all agents; `bound` is an upper
/// bound on each agent's value. The stake is measured between three outcomes: the profile, the
/// outcome if the user observes all that the agent observes, and the outcome under no information.
pub(crate) fn assess_all_agents(
    instance: &Instance,
    profile: &AllAgentsProfile<'_>,
    mut bound: impl FnMut(usize) -> Result<Sum, ProofError>,
) -> Result<(ProfileClaims<Exact>, Verdict), ProofError> {
    let (agents, values, violation) = (instance.agents.len(), profile.values, &profile.disobedience.total);
    let mut claims = ProfileClaims {
        user_value: nearest(&values[USER], Place::alone("the user's value"))?,
        agent_values: Vec::with_capacity(agents),
        regrets: Vec::with_capacity(agents),
        violation: nearest(violation, Place::alone("the violation"))?,
    };
    let mut verdict = Verdict { violation: claims.violation, ..Verdict::default() };
    for agent in 0..agents {
        let own = &values[agent + 1];
        claims.agent_values.push(nearest(own, Place::item("the value of agent", agent))?);
        let mut regret = bound(agent)?;
        regret.subtract_sum(own);
        let regret = positive(regret);
        let rounded = nearest(&regret, Place::item("the regret of agent", agent))?;
        claims.regrets.push(rounded);
        verdict.gap = verdict.gap.max(rounded);
        let (stake, _) = stakes(instance, profile.prior, agent, &Objective::agent(agent), own)?;
        let allowed = profile.slack + stake;
        if exceeds(&regret, allowed) {
            verdict.failures.push(ToleranceViolation::Regret { agent, regret: rounded, allowed });
        }
    }
    verdict.failures.extend(profile.disobedience.failure);
    let hers = Objective { user: 1.0, agents: vec![] };
    let (allowed, mut below) = stakes(instance, profile.prior, 0, &hers, &values[USER])?;
    below.subtract_sum(&values[USER]);
    if exceeds(&below, allowed) {
        let by = nearest(&below, Place::alone("the shortfall"))?;
        verdict.failures.push(ToleranceViolation::BelowNoInformation { by, allowed });
    }
    Ok((claims, verdict))
}

/// What is allowed of a gap of this objective, whose value is `own`, and its value under no
/// information.
pub(crate) fn stakes(
    instance: &Instance,
    prior: usize,
    agent: usize,
    objective: &Objective,
    own: &Sum,
) -> Result<(f64, Sum), ProofError> {
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

impl<P: Precision> Sealed for ProfileClaims<P> {}
impl<P: Precision> Claims for ProfileClaims<P> {
    fn check(&self, found: &Self) -> Result<(), ProofError> {
        self.user_value.check(found.user_value, Place::alone("the user's value"))?;
        check_list(("the values of the agents", "the value of agent"), &self.agent_values, &found.agent_values)?;
        check_list(("the regrets", "the regret of agent"), &self.regrets, &found.regrets)?;
        self.violation.check(found.violation, Place::alone("the violation"))
    }
}
