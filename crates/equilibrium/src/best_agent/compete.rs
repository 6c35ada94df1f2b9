//! Ways to talk in which agents compete: what proves a profile of their offers.

use super::dynamics::{Payoffs, Run};
use super::exclusion::Exclusion;
use std::fmt::Debug;
use suasion_certificate::{
    ExclusionProof, Line, Offer, ProfileProof, Reply, Rule, RuleBound, Rules, TypedExclusionProof, TypedLine,
    TypedOffer, TypedProfileProof, TypedReply,
};
use suasion_model::{Instance, Objective, View};
use suasion_persuasion::{Conversations, Frontier, Menus, Talk};

/// A profile of offers, and what bounds what each agent could get by another one.
#[derive(Clone, Debug)]
pub struct Profile<S, B> {
    /// The number of the prior.
    pub prior: usize,
    /// By how much an agent may gain by another offer, in the unit of utilities.
    pub slack: f64,
    /// The offers: who makes them, and the scheme; none where they tell all.
    pub offers: Vec<(Vec<usize>, Option<S>)>,
    /// The one that the user takes.
    pub standing: usize,
    /// For every agent the multiplier of the user's value, and the bound.
    pub replies: Vec<(f64, B)>,
}

/// A way to talk for whose profiles there are proofs.
pub trait Compete: Talk + Sized {
    /// The proof that nobody gains more than the slack by another offer.
    type Proof: Clone + Debug + Send + Sync;

    /// A profile as its proof, where agents talk like this.
    fn proof(&self, profile: Profile<Self::Scheme, Self::Bound>) -> Self::Proof;

    /// The multiplier of the user's value, and the bound, that prove what an agent with this frontier gets by outbidding `user_value`.
    fn reply(
        &self,
        frontier: &Frontier<Self::Scheme, Self::Bound>,
        agent: usize,
        user_value: f64,
    ) -> (f64, Self::Bound) {
        reply(self, frontier, agent, user_value)
    }

    /// Tells the offers of a simulation's end apart where they tie, so that in exact arithmetic, too, nobody is outbid by a rounding.
    fn part(payoffs: &Payoffs<'_, Self>, run: &Run, schemes: &mut [Option<Self::Scheme>]) {
        payoffs.lead(run, schemes);
    }
}

/// A way to talk in which it can be proved that there is no worse equilibrium.
pub trait Exclude: Compete {
    /// The proof that no equilibrium leaves the user less than so much.
    type Exclusion: Clone + Debug + Send + Sync;

    /// What excludes equilibria within `slack`, as its proof.
    fn exclusion(prior: usize, slack: f64, exclusion: Exclusion<Self::Scheme, Self::Bound>) -> Self::Exclusion;

    /// Whether it is a proof, in exact arithmetic.
    fn holds(exclusion: &Self::Exclusion, instance: &Instance) -> bool;
}

/// The multiplier and the bound that are best at proving what an agent gets by outbidding `user_value`.
pub(super) fn reply<T: Talk>(
    talk: &T,
    frontier: &Frontier<T::Scheme, T::Bound>,
    agent: usize,
    user_value: f64,
) -> (f64, T::Bound) {
    let right = frontier.right(user_value);
    // At a vertex the edges on both sides do, if they are settled: which one is tells the bound.
    let candidates = frontier.vertices[right..].iter().take(if user_value.is_finite() { 2 } else { 1 });
    let bounded = candidates.map(|vertex| {
        let (multiplier, bound) = vertex.bound();
        (talk.bounded(&Objective::agent(agent), multiplier, bound) - multiplier * user_value, vertex)
    });
    let best = bounded.reduce(|best, next| if next.0 < best.0 { next } else { best });
    best.map_or_else(Default::default, |(_, vertex)| (vertex.bound().0, vertex.bound().1.clone()))
}

impl Compete for View<'_> {
    type Proof = ProfileProof;

    fn proof(&self, profile: Profile<Self::Scheme, Self::Bound>) -> ProfileProof {
        let Profile { prior, slack, offers, standing, replies } = profile;
        // The scheme that recommends nothing reveals all.
        let offer = |(agents, scheme): (_, Option<_>)| Offer { agents, scheme: scheme.unwrap_or_default() };
        let reply = |(multiplier, multipliers)| Reply { multiplier, multipliers };
        let (offers, replies) = (offers.into_iter().map(offer), replies.into_iter().map(reply));
        ProfileProof { prior, slack, offers: offers.collect(), standing, replies: replies.collect() }
    }

    fn part(payoffs: &Payoffs<'_, Self>, run: &Run, schemes: &mut [Option<Self::Scheme>]) {
        payoffs.part(run, schemes);
    }
}

impl Exclude for View<'_> {
    type Exclusion = ExclusionProof;

    fn exclusion(prior: usize, slack: f64, exclusion: Exclusion<Self::Scheme, Self::Bound>) -> ExclusionProof {
        let Exclusion { schemes, lines, pieces } = exclusion;
        let lines = lines.into_iter().map(|(objective, multipliers)| Line { objective, multipliers }).collect();
        ExclusionProof { prior, slack, schemes, lines, pieces }
    }

    fn holds(exclusion: &ExclusionProof, instance: &Instance) -> bool {
        exclusion.clone().certify(instance).is_ok_and(|(_, verdict)| verdict.certified())
    }
}

impl Compete for Menus {
    type Proof = TypedProfileProof;

    fn proof(&self, profile: Profile<Self::Scheme, Self::Bound>) -> TypedProfileProof {
        typed(profile, Rules::Menu, Rule::Menu, RuleBound::Menu)
    }
}

impl Exclude for Menus {
    type Exclusion = TypedExclusionProof;

    fn exclusion(prior: usize, slack: f64, exclusion: Exclusion<Self::Scheme, Self::Bound>) -> TypedExclusionProof {
        excluded(prior, slack, exclusion, Rules::Menu, Rule::Menu, RuleBound::Menu)
    }

    fn holds(exclusion: &TypedExclusionProof, instance: &Instance) -> bool {
        holds(exclusion, instance)
    }
}

impl Compete for Conversations {
    type Proof = TypedProfileProof;

    fn proof(&self, profile: Profile<Self::Scheme, Self::Bound>) -> TypedProfileProof {
        typed(profile, Rules::Conversation, Rule::Conversation, multipliers)
    }
}

impl Exclude for Conversations {
    type Exclusion = TypedExclusionProof;

    fn exclusion(prior: usize, slack: f64, exclusion: Exclusion<Self::Scheme, Self::Bound>) -> TypedExclusionProof {
        excluded(prior, slack, exclusion, Rules::Conversation, Rule::Conversation, multipliers)
    }

    fn holds(exclusion: &TypedExclusionProof, instance: &Instance) -> bool {
        holds(exclusion, instance)
    }
}

fn multipliers((truth, temptations): <Conversations as Talk>::Bound) -> RuleBound {
    RuleBound::Conversation { truth, temptations }
}

fn holds(exclusion: &TypedExclusionProof, instance: &Instance) -> bool {
    exclusion.clone().certify(instance).is_ok_and(|(_, verdict)| verdict.certified())
}

fn excluded<S, B>(
    prior: usize,
    slack: f64,
    exclusion: Exclusion<S, B>,
    rules: Rules,
    rule: impl Fn(S) -> Rule,
    bound: impl Fn(B) -> RuleBound,
) -> TypedExclusionProof {
    let Exclusion { schemes, lines, pieces } = exclusion;
    let line = |(objective, b)| TypedLine { objective, bound: bound(b) };
    let (schemes, lines) = (schemes.into_iter().map(rule), lines.into_iter().map(line));
    TypedExclusionProof { prior, rules, slack, schemes: schemes.collect(), lines: lines.collect(), pieces }
}

fn typed<S, B>(
    profile: Profile<S, B>,
    rules: Rules,
    rule: impl Fn(S) -> Rule,
    bound: impl Fn(B) -> RuleBound,
) -> TypedProfileProof {
    let Profile { prior, slack, offers, standing, replies } = profile;
    let offer = |(agents, scheme): (_, Option<S>)| TypedOffer { agents, rule: scheme.map_or(Rule::All, &rule) };
    let reply = |(multiplier, b)| TypedReply { multiplier, bound: bound(b) };
    let (offers, replies) = (offers.into_iter().map(offer), replies.into_iter().map(reply));
    TypedProfileProof { prior, rules, slack, offers: offers.collect(), standing, replies: replies.collect() }
}
