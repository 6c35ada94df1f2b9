//! Equilibria of games in which the user observes all agents: dynamics from many starts, and a
//! proof for each of their ends.
//!
//! Each game defines what a profile is, how dynamics run, and what proves a profile.

use crate::EquilibriumError;
use crate::dynamics::Run;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::BTreeMap;
use suasion_certificate::{AllAgentsCertificate, Verdict};
use suasion_lp::{Settings, Stopped};
use suasion_persuasion::PersuadeError;

/// The initial profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StartKind {
    /// No information.
    Uninformative,
    /// Full information.
    Full,
    /// Each agent's monopoly scheme.
    Monopoly,
    /// Each agent's monopoly scheme if it gave something up to hurt the user. From then on, ties
    /// are also broken against her.
    Adversarial,
    /// Random schemes.
    Random,
}

/// The settings of a search for equilibria.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AllAgentsSearch {
    /// The number of starts. The first three are full information, no information and the monopoly
    /// profile; every fourth of the others is adversarial.
    pub starts: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// The slack: what an agent may gain by another scheme, at most, in the unit of utilities.
    pub slack: f64,
    /// The margin of obedience, at least 0: agents' schemes persuade a user whose utility is `u -
    /// margin U_i` (in units of ranges) in place of `u`. The true user's response then gives the
    /// agent at least its planned value, *however* she breaks ties: where she was indifferent, she
    /// now strictly prefers what the agent wants, by the margin times its value to the agent. This
    /// costs the agent about as much, which shows in its regret. A quantal user has no ties to
    /// break, so the margin must be 0.
    pub margin: f64,
    /// The limit of rounds.
    pub rounds: usize,
}

impl Default for AllAgentsSearch {
    fn default() -> Self {
        Self { starts: 200, seed: 0, slack: 0.0, margin: 0.0, rounds: 50 }
    }
}

/// The final profile of dynamics, with its proof.
#[derive(Clone, Debug)]
pub struct FoundProfile {
    /// The profile, and the bounds on all gains: exact.
    pub certificate: AllAgentsCertificate,
    /// The verdict on the certificate.
    pub verdict: Verdict,
    /// The starts from which dynamics led to the profile or to a duplicate of it, with their
    /// counts.
    pub starts: BTreeMap<StartKind, usize>,
    /// Why the proof may be weaker than possible.
    pub stopped: Option<Stopped>,
    /// Whether regrets are bounded as tightly as possible. Otherwise (in conversations) the bounds
    /// allow agents more messages than they have, and may be too large.
    pub exact: bool,
}

impl FoundProfile {
    /// Whether it is proved that nobody gains more than the slack: an equilibrium up to the slack.
    #[must_use]
    pub fn is_equilibrium(&self) -> bool {
        self.verdict.certified()
    }
}

/// The result of a search.
#[derive(Clone, Debug)]
pub struct Found {
    /// The distinct profiles in which no gain above the slack was found: first the equilibria, then
    /// the others, each in increasing order of the user's value. The others lack a good enough
    /// proof.
    pub profiles: Vec<FoundProfile>,
    /// The number of starts.
    pub starts: usize,
    /// The number of starts that led to no such profile: the dynamics entered a cycle, or took too
    /// many rounds.
    pub unsettled: usize,
    /// The number of starts that were given up because there were too many combinations of signals.
    pub too_large: usize,
    /// The smallest maximum gain in the last profiles of those dynamics, in the unit of utilities.
    /// With this much slack, the profile might be an equilibrium.
    pub nearest: Option<f64>,
    /// Why there were fewer starts than requested, if a limit stopped the search.
    pub stopped: Option<Stopped>,
}

impl Found {
    /// The equilibria among the profiles, in increasing order of the user's value.
    #[must_use]
    pub fn equilibria(&self) -> impl DoubleEndedIterator<Item = &FoundProfile> {
        self.profiles.iter().filter(|found| found.is_equilibrium())
    }
}

/// The profile that some starts led to.
struct Candidate<P> {
    profile: P,
    /// The joint distribution of world and action.
    outcome: Vec<f64>,
    /// The largest gain by a deviation that was found there.
    gain: f64,
    starts: BTreeMap<StartKind, usize>,
}

/// The result of proving a candidate.
enum Proved<P> {
    Certified(Box<(Candidate<P>, FoundProfile)>),
    /// The proof found a better deviation, and dynamics continued from there.
    Moved(Candidate<P>),
}

/// Outcomes that differ by less than this in total variation are duplicates.
const DUPLICATE: f64 = 1e-6;
/// The largest number of times that a better deviation, found by a proof, restarts the dynamics.
const PASSES: usize = 4;

impl<P> Candidate<P> {
    fn is_duplicate(&self, other: &Self) -> bool {
        let apart: f64 = self.outcome.iter().zip(&other.outcome).map(|(p, q)| (p - q).abs()).sum();
        apart < 2.0 * DUPLICATE
    }
}

/// Candidates by their outcomes, without duplicates.
struct Distinct<P>(Vec<Candidate<P>>);

impl<P> Distinct<P> {
    fn add(&mut self, new: Candidate<P>) {
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

/// The kinds of start, with their counts.
pub(crate) type Starts = BTreeMap<StartKind, usize>;

/// What a game provides to a search.
pub(crate) trait Searched: Sync {
    type Profile: Send;
    /// What bounds the agents' deviations.
    type Proof;

    /// The kind of start number `stream`.
    fn kind_of(&self, stream: u64) -> StartKind;

    /// The initial profile.
    fn start(&self, kind: StartKind, rng: &mut ChaCha8Rng) -> Result<Self::Profile, EquilibriumError>;

    /// Dynamics from a profile that such starts led to.
    fn run(
        &self,
        from: Self::Profile,
        starts: &Starts,
        search: &AllAgentsSearch,
        shuffled: bool,
        rng: &mut ChaCha8Rng,
    ) -> Result<Run<Self::Profile>, EquilibriumError>;

    /// The joint distribution of world and action, in a fixed order.
    fn outcome(&self, profile: &Self::Profile) -> Result<Vec<f64>, EquilibriumError>;

    /// Bounds on every agent's value under any deviation, and the profile after the deviation with
    /// the largest gain, if a gain is too large.
    fn answers(
        &self,
        profile: &Self::Profile,
        search: &AllAgentsSearch,
    ) -> Result<(Self::Proof, Option<Self::Profile>), EquilibriumError>;

    /// The profile with its proof.
    fn proved(
        &self,
        profile: &Self::Profile,
        proof: Self::Proof,
        starts: Starts,
        slack: f64,
    ) -> Result<FoundProfile, EquilibriumError>;
}

/// The end of dynamics from a profile.
fn followed<G: Searched>(
    game: &G,
    from: G::Profile,
    starts: Starts,
    search: &AllAgentsSearch,
    shuffled: bool,
    rng: &mut ChaCha8Rng,
) -> Result<Candidate<G::Profile>, EquilibriumError> {
    let run = game.run(from, &starts, search, shuffled, rng)?;
    let outcome = game.outcome(&run.profile)?;
    Ok(Candidate { gain: run.gain(), profile: run.profile, outcome, starts })
}

/// The proof of a candidate. If the proof finds a better deviation, the dynamics' next end instead,
/// unless this is the last time.
fn settled<G: Searched>(
    game: &G,
    candidate: Candidate<G::Profile>,
    search: &AllAgentsSearch,
    last: bool,
) -> Result<Proved<G::Profile>, EquilibriumError> {
    let (proof, better) = game.answers(&candidate.profile, search)?;
    if let (Some(better), false) = (better, last) {
        let mut rng = ChaCha8Rng::seed_from_u64(search.seed);
        match followed(game, better, candidate.starts.clone(), search, false, &mut rng) {
            Ok(moved) => return Ok(Proved::Moved(moved)),
            Err(EquilibriumError::Persuade(PersuadeError::Stopped(_)) | EquilibriumError::TooLarge { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    let found = game.proved(&candidate.profile, proof, candidate.starts.clone(), search.slack)?;
    Ok(Proved::Certified(Box::new((candidate, found))))
}

/// Runs dynamics from many starts, in parallel, and proves every distinct profile in which they
/// found no gain above the slack. `progress` is called when a start is done.
pub(crate) fn search<G: Searched>(
    game: &G,
    search: &AllAgentsSearch,
    settings: &Settings,
    progress: &(dyn Fn() + Sync),
) -> Result<Found, EquilibriumError> {
    for (what, found) in [("the slack", search.slack), ("the margin", search.margin)] {
        if !(found.is_finite() && found >= 0.0) {
            return Err(EquilibriumError::Number { what, found, expected: "a finite number of at least 0" });
        }
    }
    let one = |stream: u64| {
        let mut rng = ChaCha8Rng::seed_from_u64(search.seed);
        rng.set_stream(stream);
        let kind = game.kind_of(stream);
        let start = game.start(kind, &mut rng)?;
        let candidate = followed(game, start, Starts::from([(kind, 1)]), search, stream % 2 == 1, &mut rng);
        progress();
        candidate
    };
    let ends: Vec<Result<Candidate<G::Profile>, EquilibriumError>> =
        (0..search.starts as u64).into_par_iter().map(one).collect();
    let mut found = Found { profiles: vec![], starts: 0, unsettled: 0, too_large: 0, nearest: None, stopped: None };
    let mut waiting = Distinct(vec![]);
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
    let mut proved: Vec<(Candidate<G::Profile>, FoundProfile)> = Vec::new();
    for pass in 0..=PASSES {
        let candidates = std::mem::take(&mut waiting.0);
        if candidates.is_empty() {
            break;
        }
        let outcomes: Vec<Result<Proved<G::Profile>, EquilibriumError>> =
            candidates.into_par_iter().map(|candidate| settled(game, candidate, search, pass == PASSES)).collect();
        for outcome in outcomes {
            match outcome? {
                Proved::Certified(candidate) => proved.push(*candidate),
                Proved::Moved(candidate) => sort(candidate, search, &mut waiting, &mut found),
            }
        }
    }
    found.stopped = found.stopped.or_else(|| settings.stopped());
    // The candidate with a good enough proof comes first, so that it is kept.
    proved.sort_by_key(|(_, profile)| !profile.is_equilibrium());
    let mut kept: Vec<(Candidate<G::Profile>, FoundProfile)> = Vec::new();
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

/// Queues a candidate for a proof, or counts it as unsettled.
fn sort<P>(candidate: Candidate<P>, search: &AllAgentsSearch, waiting: &mut Distinct<P>, found: &mut Found) {
    // With a margin, agents give something up on purpose.
    if candidate.gain <= search.slack {
        waiting.add(candidate);
    } else {
        found.unsettled += candidate.starts.values().sum::<usize>();
        found.nearest = Some(found.nearest.map_or(candidate.gain, |nearest| nearest.min(candidate.gain)));
    }
}
