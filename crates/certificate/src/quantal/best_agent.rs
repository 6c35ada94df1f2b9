//! A profile of offers in the best-agent game to a quantal user, and what each agent could gain by
//! another offer.
//!
//! **The claim.** Every agent offers a scheme of signals. The user responds to its messages as
//! `exp(eta E u(a, .))`, and accepts the offer with the highest value to her. The violation is what
//! she could gain by accepting another offer. (Collina et al., arXiv 2509.15090, Theorem 3, with
//! the user of Theorem 2.) She may be of several types: she compares schemes before she learns her
//! type.
//!
//! **The bound.** An agent outbids if its offer gives the user at least as much as the best of the
//! other offers, which gives her `v`. With a multiplier `s >= 0` of her value and a bound `B` on
//! `U_i + s u` over all schemes ([`quantal_bound`] with prices), the agent then gets at most `B - s
//! v`.

use super::folded::Folded;
use super::scheme::{Outcome, outcome, responses};
use super::stake::Benchmarks;
use super::{Enclosed, Enclosure, MOST_OBSERVATIONS, QuantalPrices, QuantalSearch, quantal_bound};
use crate::communication::Quantal;
use crate::error::{Place, ProofError, check_index};
use crate::game::{TypedGame, USER, check_signals};
use crate::profile::{Offer, ProfileClaims, ProfileProof, Reply, check_monopolist};
use crate::proof::{Certificate, Proof};
use crate::verdict::{ToleranceViolation, Verdict};
use std::borrow::Cow;
use suasion_exact::Interval;
use suasion_model::{Instance, Objective, SignalScheme};

/// The largest number of cells, times types, for one bound.
pub(super) const CELLS: usize = 3_000_000;

/// What an agent could gain by another offer.
struct Regret {
    /// `None` if no bound is proved.
    most: Option<f64>,
    /// What is allowed above the slack.
    near: f64,
    /// How many observations have mass.
    observations: usize,
}

/// What is allowed.
struct Near {
    /// For each agent, the regret that is allowed above the slack, and the number of observations
    /// with mass.
    regrets: Vec<(f64, usize)>,
    /// The violation that is allowed.
    violation: f64,
}

impl ProfileProof<Quantal> {
    /// Computes the claims of this profile. If the largest proved regret exceeds the slack, the
    /// slack is raised to it. Use this for profiles whose regrets are to be measured, not limited.
    ///
    /// # Errors
    /// The same as [`Proof::certify`].
    pub fn certify_raised(mut self, instance: &Instance) -> Result<(Certificate<Self>, Verdict), ProofError> {
        let (claims, near) = evaluate(&self, instance, &|| true)?;
        self.slack = claims.regrets.iter().copied().flatten().fold(self.slack, f64::max);
        let verdict = verdict(self.slack, &claims, &near);
        Ok((Certificate { proof: self, claims }, verdict))
    }

    /// The probability of each action for each type of the user upon each signal of the accepted
    /// offer, `[signals][types][actions]`. The list is empty for a type that cannot receive a
    /// signal.
    ///
    /// # Errors
    /// The same as [`Proof::certify`].
    pub fn responses(&self, instance: &Instance) -> Result<Vec<Vec<Vec<Enclosure>>>, ProofError> {
        self.communication.check()?;
        check_index(Place::alone("the profile"), "offer", self.accepted, self.offers.len())?;
        let (game, scheme) = side(self, instance, &self.offers[self.accepted])?;
        Ok(responses(&scheme, &game, self.communication.eta))
    }
}

impl Proof for ProfileProof<Quantal> {
    type Game = Instance;
    type Claims = ProfileClaims<Enclosed>;

    fn hurry(&mut self) {
        self.replies.iter_mut().for_each(|reply| reply.bound.hurried = true);
    }

    fn evaluate(&self, instance: &Instance, going: &dyn Fn() -> bool) -> Result<(Self::Claims, Verdict), ProofError> {
        let (claims, near) = evaluate(self, instance, going)?;
        let verdict = verdict(self.slack, &claims, &near);
        Ok((claims, verdict))
    }
}

/// The claims that the profile supports, and what is allowed.
fn evaluate(
    proof: &ProfileProof<Quantal>,
    instance: &Instance,
    going: &dyn Fn() -> bool,
) -> Result<(ProfileClaims<Enclosed>, Near), ProofError> {
    let offer_of = proof.offers_by_agent(instance)?;
    proof.communication.check()?;
    let become_of = |offer: &Offer<Quantal>| {
        let (game, scheme) = side(proof, instance, offer)?;
        outcome(&scheme, &game, proof.communication.eta)
    };
    let outcomes: Vec<Outcome> = proof.offers.iter().map(become_of).collect::<Result<_, ProofError>>()?;
    let regret = |agent: usize| regret(proof, instance, agent, (&offer_of, &outcomes), going);
    let regrets: Vec<Regret> = (0..offer_of.len()).map(regret).collect::<Result<_, ProofError>>()?;
    let accepted = &outcomes[proof.accepted];
    let least = accepted.parties[USER].net().low;
    let others = outcomes.iter().enumerate().filter(|&(k, _)| k != proof.accepted).map(|(_, outcome)| outcome);
    let violation = others.map(|other| (other.parties[USER].net().high - least).next_up()).fold(0.0, f64::max);
    let claims = ProfileClaims {
        user_value: accepted.parties[USER].whole,
        agent_values: accepted.parties[1..].iter().map(|value| value.whole).collect(),
        regrets: regrets.iter().map(|regret| regret.most).collect(),
        violation,
    };
    let agent = proof.offers[proof.accepted].agents[0];
    let game = TypedGame::new(instance, proof.prior, agent, &Objective::agent(agent))?;
    let benchmarks = Benchmarks::new(&game, proof.communication.eta)?;
    let near = Near {
        regrets: regrets.iter().map(|regret| (regret.near, regret.observations)).collect(),
        violation: benchmarks.of_party(&game, USER, &accepted.parties[USER].sum(), Some(accepted)),
    };
    Ok((claims, near))
}

/// The game of the agents that make an offer, and its scheme.
fn side<'a>(
    proof: &'a ProfileProof<Quantal>,
    instance: &'a Instance,
    offer: &'a Offer<Quantal>,
) -> Result<(TypedGame<'a>, Cow<'a, SignalScheme>), ProofError> {
    let agent = *offer.agents.first().ok_or(ProofError::Empty("agents behind an offer"))?;
    let game = TypedGame::new(instance, proof.prior, agent, &Objective::agent(agent))?;
    let full = || Cow::Owned(SignalScheme::full_information(game.observations));
    let scheme = offer.scheme.as_ref().map_or_else(full, Cow::Borrowed);
    check_signals(&scheme, game.observations)?;
    Ok((game, scheme))
}

/// The most that an agent gains by another offer. It outbids the best of the other offers. If it
/// alone makes the accepted offer, it may also lose to that offer on purpose.
fn regret(
    proof: &ProfileProof<Quantal>,
    instance: &Instance,
    agent: usize,
    (offer_of, outcomes): (&[usize], &[Outcome]),
    going: &dyn Fn() -> bool,
) -> Result<Regret, ProofError> {
    let Reply { multiplier, bound: QuantalPrices { prices, hurried } } = &proof.replies[agent];
    let game =
        TypedGame::new(instance, proof.prior, agent, &Objective { user: *multiplier, ..Objective::agent(agent) })?;
    proof.replies[agent].bound.check(game.observations, Some(agent))?;
    let folded = Folded::new(&game);
    let accepted = &outcomes[proof.accepted];
    let seen = instance.agents_share_information() || proof.offers[proof.accepted].agents.contains(&agent);
    let benchmarks = Benchmarks::new(&game, proof.communication.eta)?;
    let value = &accepted.parties[agent + 1];
    let near = benchmarks.of_party(&game, agent + 1, &value.sum(), seen.then_some(accepted));
    let search =
        QuantalSearch { target: 0.25 * near, cells: if *hurried { 0 } else { CELLS }, enough: f64::INFINITY, going };
    let bound = quantal_bound(&folded.arrays(), proof.communication.eta, prices, &search)?.map(|bound| bound.value);
    let observations = folded.observations();
    let own = value.net().low;
    let rivals = || (0..offer_of.len()).filter(|&other| other != agent).map(|other| &outcomes[offer_of[other]]);
    let Some(floor) = rivals().map(|rival| rival.parties[USER].net().low).reduce(f64::max) else {
        check_monopolist(agent, *multiplier)?;
        let most = bound.map(|bound| (bound - own).next_up().max(0.0));
        return Ok(Regret { most, near, observations });
    };
    // An offer that outbids gives the user at least the lower end of the best rival's value.
    let paid = Interval::point(*multiplier).mul(Interval::point(floor)).low;
    let outbidding = bound.map(|bound| ((bound - paid).next_up() - own).next_up());
    let mut losing: f64 = 0.0;
    if offer_of[agent] == proof.accepted && proof.offers[proof.accepted].agents.len() == 1 {
        for rival in rivals().filter(|rival| rival.parties[USER].net().high >= floor) {
            losing = losing.max((rival.parties[agent + 1].net().high - own).next_up());
        }
    }
    let most = outbidding.map(|outbidding| outbidding.max(losing));
    match most {
        Some(most) if !most.is_finite() => Err(ProofError::Overflow(Place::item("the regret of agent", agent))),
        most => Ok(Regret { most, near, observations }),
    }
}

/// Whether regrets and the violation are within what is allowed.
fn verdict(slack: f64, claims: &ProfileClaims<Enclosed>, near: &Near) -> Verdict {
    let violation = claims.violation;
    let mut verdict = Verdict { violation, ..Verdict::default() };
    for (agent, (&most, &(near, observations))) in claims.regrets.iter().zip(&near.regrets).enumerate() {
        verdict.gap = verdict.gap.max(most.unwrap_or(f64::INFINITY));
        let allowed = slack + near;
        match most {
            None => verdict.failures.push(ToleranceViolation::Unbounded { observations, most: MOST_OBSERVATIONS }),
            Some(regret) if regret > allowed => {
                verdict.failures.push(ToleranceViolation::Regret { agent, regret, allowed });
            }
            Some(_) => {}
        }
    }
    let allowed = near.violation;
    if violation > allowed {
        verdict.failures.push(ToleranceViolation::Violation { violation, allowed });
    }
    verdict
}
