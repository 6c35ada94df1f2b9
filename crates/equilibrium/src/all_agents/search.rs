//! Equilibria of the all-agents game: the end of dynamics from one start, and its proof.

use super::dynamics::{NOISE, Player};
use super::proof::Replies;
use super::{AllAgentsGame, Profile};
use crate::dynamics::Run;
use crate::search::{Searched, Starts};
use crate::{AllAgentsSearch, EquilibriumError, Found, FoundProfile, StartKind};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::Node;
use suasion_lp::Stopped;
use suasion_model::{Objective, SignalScheme};
use suasion_persuasion::{Settings, experiment, quantal};

/// The largest number of nodes in one search for a better scheme against sixteen extended types;
/// fewer against more extended types. If nodes remain, the bound on the regret is weaker, but still
/// valid.
const NODES: usize = 4000;
/// Above this number of extended types times observations times actions, there is no search for a
/// better scheme, and the bound on the regret is weak.
const PROVABLE: usize = 20_000;

impl AllAgentsGame<'_> {
    /// Runs dynamics from many starts, in parallel, and proves every distinct profile in which they
    /// found no gain above the slack. If a proof finds a gain that the dynamics missed, the
    /// dynamics continue from there. `progress` is called when a start is done.
    ///
    /// # Errors
    /// If slack or margin is not a finite number of at least 0, there is a margin for a quantal
    /// user, or the solver fails. Stopping at a limit of the settings is not an error: see
    /// [`Found::stopped`].
    pub fn search(&self, search: &AllAgentsSearch, progress: &(dyn Fn() + Sync)) -> Result<Found, EquilibriumError> {
        if self.eta.is_some() && search.margin > 0.0 {
            let expected = "0, because a quantal user does not break ties";
            return Err(EquilibriumError::Number { what: "the margin", found: search.margin, expected });
        }
        crate::search::search(self, search, &self.settings, progress)
    }
}

impl Searched for AllAgentsGame<'_> {
    type Profile = Profile;
    type Proof = (Replies, Option<Stopped>);

    fn kind_of(&self, stream: u64) -> StartKind {
        match stream {
            // This start comes first, so that of duplicates it is kept. It is the easiest to prove.
            0 => StartKind::Full,
            1 => StartKind::Uninformative,
            2 => StartKind::Monopoly,
            other if other % 4 == 3 => StartKind::Adversarial,
            _ => StartKind::Random,
        }
    }

    fn start(&self, kind: StartKind, rng: &mut ChaCha8Rng) -> Result<Profile, EquilibriumError> {
        self.begun(kind, rng)
    }

    fn run(
        &self,
        from: Profile,
        starts: &Starts,
        search: &AllAgentsSearch,
        shuffled: bool,
        rng: &mut ChaCha8Rng,
    ) -> Result<Run<Profile>, EquilibriumError> {
        let adversarial = starts.contains_key(&StartKind::Adversarial);
        let player = Player { game: self, margin: search.margin, adversarial };
        crate::dynamics::run(&player, from, search.rounds, shuffled, rng)
    }

    fn outcome(&self, profile: &Profile) -> Result<Vec<f64>, EquilibriumError> {
        Ok(self.happens(profile).into_iter().flatten().collect())
    }

    fn answers(
        &self,
        profile: &Profile,
        search: &AllAgentsSearch,
    ) -> Result<(Self::Proof, Option<Profile>), EquilibriumError> {
        let Answers { replies, stopped, best } = self.replies(profile, search)?;
        Ok(((replies, stopped), best.map(|(_, better)| better)))
    }

    fn proved(
        &self,
        profile: &Profile,
        (replies, stopped): Self::Proof,
        starts: Starts,
        slack: f64,
    ) -> Result<FoundProfile, EquilibriumError> {
        let (certificate, verdict) = self.certified(profile, replies, slack)?;
        Ok(FoundProfile { certificate, verdict, starts, stopped, exact: true })
    }
}

impl AllAgentsGame<'_> {
    /// The values of given schemes, and the most that every agent could gain by another scheme. If
    /// the user is indifferent, she takes the first best action.
    ///
    /// # Errors
    /// If the schemes do not belong to this game, or the solver fails.
    pub fn certify(&self, schemes: Vec<SignalScheme>, slack: f64) -> Result<FoundProfile, EquilibriumError> {
        let profile = self.profile(self.checked(schemes)?, |_, _| None)?;
        let search = AllAgentsSearch { slack, ..AllAgentsSearch::default() };
        let (proof, _) = self.answers(&profile, &search)?;
        self.proved(&profile, proof, Starts::new(), slack)
    }

    /// Bounds on every agent's value under any scheme, and the profile after the deviation with the
    /// largest gain, if a gain is too large.
    fn replies(&self, profile: &Profile, search: &AllAgentsSearch) -> Result<Answers, EquilibriumError> {
        let worth = self.worth(profile);
        let (mut trees, mut prices, mut stopped) = (Vec::new(), Vec::new(), None);
        let mut best: Option<(f64, Profile)> = None;
        for agent in 0..self.agents() {
            let kinds = self.kinds(agent, &profile.schemes, 0.0)?;
            // The cost of a margin is not a reason to continue.
            let allowed = search.slack + (NOISE + 2.0 * search.margin) * self.ranges[agent];
            let enough = |value: f64, best: &Option<(f64, Profile)>| {
                let gain = value - worth.agents[agent];
                (gain > allowed && best.as_ref().is_none_or(|(most, _)| gain > *most)).then_some(gain)
            };
            match self.eta {
                None if kinds.size() > PROVABLE => {
                    stopped = stopped.or(Some(Stopped::NodeLimit));
                    trees.push(vec![Node::Leaf(vec![])]);
                }
                None => {
                    let slower = (kinds.view.types() as f64 / 16.0).max(1.0).powi(2);
                    let nodes = Some((NODES as f64 / slower).ceil() as usize);
                    let settings = Settings { nodes, ..self.settings.clone() };
                    let optimum = experiment(&kinds.view, &Objective::agent(0), None, &settings)?;
                    stopped = stopped.or(optimum.stopped);
                    let reduced = optimum.scheme.value(kinds.view.reduced_agent(0));
                    if let Some(gain) = enough(kinds.view.agent_level(0).plus(reduced), &best) {
                        let deviated = self.deviated(profile, agent, &kinds.kinds, &optimum.scheme)?;
                        best = Some((gain, self.canonical(deviated)));
                    }
                    trees.push(optimum.bound);
                }
                Some(eta) => {
                    let optimum = quantal(&kinds.view, &Objective::agent(0), eta, &self.settings)?;
                    stopped = stopped.or(optimum.stopped);
                    let reduced = optimum.scheme.value(&kinds.view, eta, kinds.view.reduced_agent(0));
                    if let Some(gain) = enough(kinds.view.agent_level(0).plus(reduced), &best) {
                        best = Some((gain, self.changed(profile, agent, optimum.scheme)?));
                    }
                    prices.push(self.certified_prices(agent, &kinds, optimum.bound));
                }
            }
        }
        let replies = if self.eta.is_some() { Replies::Prices(prices) } else { Replies::Trees(trees) };
        Ok(Answers { replies, stopped, best })
    }
}

/// The best deviations of every agent, given the others.
struct Answers {
    replies: Replies,
    stopped: Option<Stopped>,
    best: Option<(f64, Profile)>,
}
