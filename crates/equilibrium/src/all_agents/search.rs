//! Equilibria of the all-agents game: dynamics from many starts, and a proof for everything that they end in.

use super::dynamics::Rules;
use super::proof::Replies;
use super::{AllAgentsGame, Profile};
use crate::EquilibriumError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::BTreeMap;
use suasion_certificate::{JointCertificate, Node, Verdict};
use suasion_lp::Stopped;
use suasion_model::{Objective, SignalScheme};
use suasion_persuasion::{PersuadeError, Settings, menu, quantal};

/// What agents say at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StartKind {
    /// Nothing.
    Uninformative,
    /// All that they know.
    Full,
    /// What each would say if it were alone.
    Monopoly,
    /// What each would say if it were alone and gave something up to hurt the user; it also breaks ties against her from then on.
    Adversarial,
    /// Anything.
    Random,
}

/// How to look for equilibria.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AllAgentsSearch {
    /// From how many starts: the first three are the full, the uninformative and the monopoly profile, and of the others every fourth is adversarial.
    pub starts: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// By how much an agent may gain by another scheme, at most, in the unit of utilities.
    pub slack: f64,
    /// The margin of obedience, at least 0: agents' schemes persuade a user whose utility is `u - margin U_i` (in units of ranges) in place of `u`. What the true user
    /// then does gives the agent at least as much as was planned, *however* she breaks ties: where she was indifferent, she now strictly prefers what the agent
    /// wants, by the margin times what that is worth to it. It costs the agent about as much, which shows in its regret. With a quantal user, who has no ties
    /// to break, it has to be 0.
    pub margin: f64,
    /// After how many rounds dynamics are given up.
    pub rounds: usize,
}

impl Default for AllAgentsSearch {
    fn default() -> Self {
        Self { starts: 200, seed: 0, slack: 0.0, margin: 0.0, rounds: 50 }
    }
}

/// A profile that dynamics ended in, with its proof.
#[derive(Clone, Debug)]
pub struct FoundProfile {
    /// What it is, and what nobody can gain: exact.
    pub certificate: JointCertificate,
    /// What the certificate amounts to.
    pub verdict: Verdict,
    /// From which kinds of start, and how often, dynamics led to it or to a duplicate of it.
    pub starts: BTreeMap<StartKind, usize>,
    /// Why the proof may be weaker than it could be.
    pub stopped: Option<Stopped>,
}

impl FoundProfile {
    /// Whether nobody gains more than the slack, as is proved: an equilibrium, up to that.
    #[must_use]
    pub fn is_equilibrium(&self) -> bool {
        self.verdict.certified()
    }
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The distinct profiles in which no gain above the slack was found, in increasing order of the user's value, equilibria first. Those that are none
    /// lack a good enough proof.
    pub profiles: Vec<FoundProfile>,
    /// How many starts there were.
    pub starts: usize,
    /// How many of them led to no such profile: the dynamics went round in a cycle, or took too many rounds.
    pub unsettled: usize,
    /// How many were given up because there were too many combinations of signals to be looked at.
    pub too_large: usize,
    /// Of the profiles that those went through last, the least of the largest gains, in the unit of utilities: with as much slack it might be an equilibrium.
    pub nearest: Option<f64>,
    /// Why there were fewer starts than asked for, if a limit ended the search.
    pub stopped: Option<Stopped>,
}

impl Found {
    /// The equilibria among the profiles, in increasing order of the user's value.
    #[must_use]
    pub fn equilibria(&self) -> impl DoubleEndedIterator<Item = &FoundProfile> {
        self.profiles.iter().filter(|found| found.is_equilibrium())
    }
}

/// Where some starts led.
struct Candidate {
    profile: Profile,
    outcome: Vec<f64>,
    gain: f64,
    starts: BTreeMap<StartKind, usize>,
}

/// Distinct outcomes. Those that differ by less than so much in total variation are duplicates.
const DUPLICATE: f64 = 1e-6;

/// Profiles by their outcomes, without duplicates.
#[derive(Default)]
struct Distinct(Vec<Candidate>);

impl Candidate {
    fn is_duplicate(&self, other: &Self) -> bool {
        let apart: f64 = self.outcome.iter().zip(&other.outcome).map(|(p, q)| (p - q).abs()).sum();
        apart < 2.0 * DUPLICATE
    }
}

impl Distinct {
    fn add(&mut self, new: Candidate) {
        match self.0.iter_mut().find(|known| known.is_duplicate(&new)) {
            Some(known) => add(&mut known.starts, &new.starts),
            None => self.0.push(new),
        }
    }
}

fn add(starts: &mut BTreeMap<StartKind, usize>, more: &BTreeMap<StartKind, usize>) {
    for (&kind, &count) in more {
        *starts.entry(kind).or_insert(0) += count;
    }
}

/// One search for a better scheme against sixteen kinds may solve so many nodes, and fewer against more kinds; what is left then makes the bound on the
/// regret weaker, and no less true.
const NODES: usize = 4000;
/// Where there are more kinds times observations times actions, no better scheme is searched for, and the bound on the regret is a weak one.
const PROVABLE: usize = 20_000;
/// Another scheme that gains, found in the course of a proof, starts the dynamics again, at most so often.
const PASSES: usize = 4;

impl AllAgentsGame<'_> {
    /// Dynamics from many starts, in parallel, and a proof for every distinct profile in which they found no gain above the slack. Where a proof finds one
    /// that the dynamics had missed, they go on from there. `progress` is told when a start is done.
    ///
    /// # Errors
    /// If slack or margin are no finite numbers of at least 0, there is a margin for a quantal user, or the solver fails. That a limit of the settings ended it is no error: see [`Found::stopped`].
    pub fn search(&self, search: &AllAgentsSearch, progress: &(dyn Fn() + Sync)) -> Result<Found, EquilibriumError> {
        for (what, found) in [("the slack", search.slack), ("the margin", search.margin)] {
            if !(found.is_finite() && found >= 0.0) {
                return Err(EquilibriumError::Number { what, found, expected: "a finite number of at least 0" });
            }
        }
        if self.eta.is_some() && search.margin > 0.0 {
            let expected = "0, as a quantal user breaks no ties";
            return Err(EquilibriumError::Number { what: "the margin", found: search.margin, expected });
        }
        let one = |stream: u64| {
            let kind = kind_of(stream);
            let mut rng = ChaCha8Rng::seed_from_u64(search.seed);
            rng.set_stream(stream);
            let start = self.start(kind, &mut rng)?;
            let candidate = self.followed(start, BTreeMap::from([(kind, 1)]), search, stream % 2 == 1, &mut rng);
            progress();
            candidate
        };
        let ends: Vec<Result<Candidate, EquilibriumError>> =
            (0..search.starts as u64).into_par_iter().map(one).collect();
        let mut found = Found { profiles: vec![], starts: 0, unsettled: 0, too_large: 0, nearest: None, stopped: None };
        let mut waiting = Distinct::default();
        for end in ends {
            match end {
                Ok(candidate) => {
                    found.starts += 1;
                    sort(candidate, search, &mut waiting, &mut found);
                }
                Err(EquilibriumError::Persuade(PersuadeError::Stopped(why))) => found.stopped = Some(why),
                Err(EquilibriumError::TooLarge { .. }) => {
                    found.starts += 1;
                    found.too_large += 1;
                }
                Err(other) => return Err(other),
            }
        }
        let mut proved: Vec<(Candidate, FoundProfile)> = Vec::new();
        for pass in 0..=PASSES {
            let candidates = std::mem::take(&mut waiting).0;
            if candidates.is_empty() {
                break;
            }
            let outcomes: Vec<Result<Proved, EquilibriumError>> =
                candidates.into_par_iter().map(|candidate| self.settle(candidate, search, pass == PASSES)).collect();
            for outcome in outcomes {
                match outcome? {
                    Proved::Certified(candidate) => proved.push(*candidate),
                    Proved::Moved(candidate) => sort(candidate, search, &mut waiting, &mut found),
                }
            }
        }
        found.stopped = found.stopped.or_else(|| self.settings.stopped());
        // What has a good enough proof first, so that it is kept.
        proved.sort_by_key(|(_, profile)| !profile.is_equilibrium());
        let mut kept: Vec<(Candidate, FoundProfile)> = Vec::new();
        for (candidate, profile) in proved {
            match kept.iter_mut().find(|(known, _)| known.is_duplicate(&candidate)) {
                Some((_, known)) => add(&mut known.starts, &profile.starts),
                None => kept.push((candidate, profile)),
            }
        }
        found.profiles = kept.into_iter().map(|(_, profile)| profile).collect();
        found.profiles.sort_by(|l, r| {
            let value = |found: &FoundProfile| found.certificate.user_value();
            r.is_equilibrium().cmp(&l.is_equilibrium()).then(value(l).total_cmp(&value(r)))
        });
        Ok(found)
    }

    /// Where dynamics from a profile lead.
    fn followed(
        &self,
        start: Profile,
        starts: BTreeMap<StartKind, usize>,
        search: &AllAgentsSearch,
        shuffled: bool,
        rng: &mut ChaCha8Rng,
    ) -> Result<Candidate, EquilibriumError> {
        let adversarial = starts.contains_key(&StartKind::Adversarial);
        let rules = Rules { margin: search.margin, rounds: search.rounds.max(1), adversarial, shuffled };
        let run = self.run(start, rules, rng)?;
        let outcome = self.outcome(&run.profile).into_iter().flatten().collect();
        Ok(Candidate { gain: run.gain(), profile: run.profile, outcome, starts })
    }

    /// The proof of a candidate; or, if a better scheme of an agent is found in its course, where dynamics lead from there.
    fn settle(&self, candidate: Candidate, search: &AllAgentsSearch, last: bool) -> Result<Proved, EquilibriumError> {
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
        let profile = FoundProfile { certificate, verdict, starts, stopped };
        Ok(Proved::Certified(Box::new((candidate, profile))))
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
        Ok(FoundProfile { certificate, verdict, starts: BTreeMap::new(), stopped })
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

enum Proved {
    Certified(Box<(Candidate, FoundProfile)>),
    Moved(Candidate),
}

/// Whether a candidate is worth a proof.
fn sort(candidate: Candidate, search: &AllAgentsSearch, waiting: &mut Distinct, found: &mut Found) {
    // With a margin agents give something up on purpose.
    if candidate.gain <= search.slack {
        waiting.add(candidate);
    } else {
        found.unsettled += candidate.starts.values().sum::<usize>();
        found.nearest = Some(found.nearest.map_or(candidate.gain, |nearest| nearest.min(candidate.gain)));
    }
}

/// The kind of start number `stream`.
fn kind_of(stream: u64) -> StartKind {
    match stream {
        // First, so that of duplicates this one is kept, which is the easiest to prove.
        0 => StartKind::Full,
        1 => StartKind::Uninformative,
        2 => StartKind::Monopoly,
        other if other % 4 == 3 => StartKind::Adversarial,
        _ => StartKind::Random,
    }
}
