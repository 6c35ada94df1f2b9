//! Equilibria of the all-agents game: what dynamics from one start lead to, and what proves it.

use super::dynamics::Rules;
use super::proof::Replies;
use super::{AllAgentsGame, Profile};
use crate::search::{Candidate, Proved, Searched};
use crate::{AllAgentsSearch, EquilibriumError, Found, FoundProfile, StartKind};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use suasion_certificate::Node;
use suasion_lp::Stopped;
use suasion_model::{Objective, SignalScheme};
use suasion_persuasion::{PersuadeError, Settings, menu, quantal};

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

    /// Where dynamics from a profile lead.
    fn followed(
        &self,
        start: Profile,
        starts: BTreeMap<StartKind, usize>,
        search: &AllAgentsSearch,
        shuffled: bool,
        rng: &mut ChaCha8Rng,
    ) -> Result<Candidate<Profile>, EquilibriumError> {
        let adversarial = starts.contains_key(&StartKind::Adversarial);
        let rules = Rules { margin: search.margin, rounds: search.rounds.max(1), adversarial, shuffled };
        let run = self.run(start, rules, rng)?;
        let outcome = self.outcome(&run.profile).into_iter().flatten().collect();
        Ok(Candidate { gain: run.gain(), profile: run.profile, outcome, starts })
    }
}

impl Searched for AllAgentsGame<'_> {
    type Profile = Profile;

    fn led(
        &self,
        kind: StartKind,
        stream: u64,
        search: &AllAgentsSearch,
        rng: &mut ChaCha8Rng,
    ) -> Result<Candidate<Profile>, EquilibriumError> {
        let start = self.start(kind, rng)?;
        self.followed(start, BTreeMap::from([(kind, 1)]), search, stream % 2 == 1, rng)
    }

    fn settle(
        &self,
        candidate: Candidate<Profile>,
        search: &AllAgentsSearch,
        last: bool,
    ) -> Result<Proved<Profile>, EquilibriumError> {
        let profile = &candidate.profile;
        let Answers { replies, stopped, best } = self.answers(profile, search)?;
        if let (Some((_, better)), false) = (best, last) {
            let mut rng = ChaCha8Rng::seed_from_u64(search.seed);
            match self.followed(better, candidate.starts.clone(), search, false, &mut rng) {
                Ok(moved) => return Ok(Proved::Moved(moved)),
                Err(EquilibriumError::Persuade(PersuadeError::Stopped(_)) | EquilibriumError::TooLarge { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        let (certificate, verdict) = self.certified(profile, replies, search.slack)?;
        let starts = candidate.starts.clone();
        let profile = FoundProfile { certificate, verdict, starts, stopped, exact: true };
        Ok(Proved::Certified(Box::new((candidate, profile))))
    }

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
        let Answers { replies, stopped, .. } = self.answers(&profile, &search)?;
        let (certificate, verdict) = self.certified(&profile, replies, slack)?;
        Ok(FoundProfile { certificate, verdict, starts: BTreeMap::new(), stopped, exact: true })
    }

    /// What bounds what every agent gets by any scheme, and the profile after the deviation that gains most, if one gains too much.
    fn answers(&self, profile: &Profile, search: &AllAgentsSearch) -> Result<Answers, EquilibriumError> {
        let worth = self.worth(profile);
        let (mut trees, mut prices, mut stopped) = (Vec::new(), Vec::new(), None);
        let mut best: Option<(f64, Profile)> = None;
        for agent in 0..self.agents() {
            let kinds = self.kinds(agent, &profile.schemes, 0.0)?;
            // What a margin costs is no reason to go on.
            let allowed = search.slack + (self.noise() + 2.0 * search.margin) * self.ranges[agent];
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
                    let optimum = menu(&kinds.view, &Objective::agent(0), None, &settings)?;
                    stopped = stopped.or(optimum.stopped);
                    if let Some(gain) = enough(optimum.objective_value, &best) {
                        let deviated = self.deviated(profile, agent, &kinds.kinds, &optimum.scheme)?;
                        best = Some((gain, self.canonical(deviated)));
                    }
                    trees.push(optimum.tree);
                }
                Some(eta) => {
                    let optimum = quantal(&kinds.view, &Objective::agent(0), eta, &self.settings)?;
                    stopped = stopped.or(optimum.stopped);
                    if let Some(gain) = enough(optimum.objective_value, &best) {
                        best = Some((gain, self.changed(profile, agent, optimum.scheme)?));
                    }
                    prices.push(optimum.prices);
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
