//! Equilibria of the all-agents game: what dynamics from one start lead to, and what proves it.

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

/// One search for a better scheme against sixteen kinds may solve so many nodes, and fewer against more kinds; what is left then makes the bound on the
/// regret weaker, and no less true.
const NODES: usize = 4000;
/// Where there are more kinds times observations times actions, no better scheme is searched for, and the bound on the regret is a weak one.
const PROVABLE: usize = 20_000;

impl AllAgentsGame<'_> {
    /// Dynamics from many starts, in parallel, and a proof for every distinct profile in which they found no gain above the slack. Where a proof finds one
    /// that the dynamics had missed, they go on from there. `progress` is told when a start is done.
    ///
    /// # Errors
    /// If slack or margin are no finite numbers of at least 0, there is a margin for a quantal user, or the solver fails. That a limit of the settings ended it is no error: see [`Found::stopped`].
    pub fn search(&self, search: &AllAgentsSearch, progress: &(dyn Fn() + Sync)) -> Result<Found, EquilibriumError> {
        if self.eta.is_some() && search.margin > 0.0 {
            let expected = "0, as a quantal user breaks no ties";
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
            // First, so that of duplicates this one is kept, which is the easiest to prove.
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
    /// What given schemes are worth, and what every agent could gain at most by another one. Where the user is indifferent, she takes the first action that
    /// is best.
    ///
    /// # Errors
    /// If the schemes are none of this game, or the solver fails.
    pub fn certify(&self, schemes: Vec<SignalScheme>, slack: f64) -> Result<FoundProfile, EquilibriumError> {
        let profile = self.profile(self.checked(schemes)?, |_, _| None)?;
        let search = AllAgentsSearch { slack, ..AllAgentsSearch::default() };
        let (proof, _) = self.answers(&profile, &search)?;
        self.proved(&profile, proof, Starts::new(), slack)
    }

    /// What bounds what every agent gets by any scheme, and the profile after the deviation that gains most, if one gains too much.
    fn replies(&self, profile: &Profile, search: &AllAgentsSearch) -> Result<Answers, EquilibriumError> {
        let worth = self.worth(profile);
        let (mut trees, mut prices, mut stopped) = (Vec::new(), Vec::new(), None);
        let mut best: Option<(f64, Profile)> = None;
        for agent in 0..self.agents() {
            let kinds = self.kinds(agent, &profile.schemes, 0.0)?;
            // What a margin costs is no reason to go on.
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

/// What every agent could do, given the others.
struct Answers {
    replies: Replies,
    stopped: Option<Stopped>,
    best: Option<(f64, Profile)>,
}
