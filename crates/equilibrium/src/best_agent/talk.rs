//! The best-agent game on whole frontiers, however agents talk to the user.
//!
//! What [`BestAgentGame`](super::BestAgentGame) finds by looking at frontiers in part only, for a
//! user of one type, this reads off frontiers that are complete: the agents', and that of their
//! weighted sum. See `gap.rs` for why an outcome that leaves the user `v` is one of an equilibrium
//! iff the sum of the frontiers meets the frontier of the sum at `v`; it needs no more of schemes
//! than that they can be mixed.

mod quantal;

pub use quantal::QuantalEquilibria;

use super::compete::{Compete, Exclude, Profile};
use super::dynamics::Payoffs;
use super::exclusion::{self, Above, Range, exclude};
use super::gap::{Settled, zeros};
use super::set::{Equilibrium, Found, Interval};
use super::slack::{self, Oracle, Terms};
use super::{weighted_sum, weights_of};
use crate::EquilibriumError;
use rayon::prelude::*;
use suasion_model::LeveledGame;
use suasion_model::{Instance, Objective, TypedView, TypedViewError};
use suasion_persuasion::{Frontier, PersuadeError, Settings, Talk, talk_frontier, talk_optimum, talk_scheme};

/// By how much, relative to the range of a utility, the value of a frontier between its vertices
/// may be wrong.
const FRONTIER_ERROR: f64 = 2e-8;
/// What proofs allow an agent to regret, relative to the range of its utility, less a little: a
/// larger gap is one, however many agents there are.
const ALLOWED: f64 = 9e-8;
/// Two user values closer than this, relative to what information is worth to her, are one.
const SAME: f64 = 1e-9;
/// Or than this, relative to what is at stake for her: values are known no better.
const ROUNDED: f64 = 1e-14;
/// A sum of the agents' values, each relative to its range, is the largest one within this.
const LARGEST: f64 = 1e-8;

/// A frontier of the schemes of a way to talk.
type FrontierOf<T> = Frontier<<T as Talk>::Scheme, <T as Talk>::Bound>;

/// An instance at a prior as the best-agent game, with all frontiers.
pub struct TalkGame<'a, T: Compete> {
    instance: &'a Instance,
    prior: usize,
    settings: Settings,
    /// The game that is solved: all values within are its.
    level: LeveledGame<'a>,
    /// One per agent; one for all where they share their information.
    talks: Vec<T>,
    /// One over what is at stake for each agent (1 where nothing is), `[agents]`: agents are
    /// compared in these units.
    weights: Vec<f64>,
    /// Each agent's: what it can get against what it leaves the user, `[agents]`; a lone agent's
    /// first vertex.
    frontiers: Vec<FrontierOf<T>>,
    /// That of the weighted sum; none where agents observe different signals.
    sum: Option<FrontierOf<T>>,
}

/// All equilibrium outcomes.
#[derive(Clone, Debug)]
pub struct TalkEquilibria<P, E> {
    /// The user's values in equilibrium, in increasing order, apart from one another. The last one
    /// holds full information, unless there is only one agent.
    pub intervals: Vec<Interval>,
    /// An equilibrium that is worst for the user.
    pub worst: Equilibrium<P>,
    /// One that is best for her.
    pub best: Equilibrium<P>,
    /// That no equilibrium leaves the user less than so much.
    pub exclusion: E,
}

impl<'a, T: Compete + Send> TalkGame<'a, T> {
    /// The game at prior number `prior`, in which agents talk as `talk` makes of how each of them
    /// sees the game. All frontiers are found here, in parallel.
    ///
    /// # Errors
    /// If there is no such prior, the solver fails, or a limit of `settings` ends the computation.
    pub fn new(
        instance: &'a Instance,
        prior: usize,
        talk: impl Fn(TypedView) -> T,
        settings: &Settings,
    ) -> Result<Self, EquilibriumError> {
        if prior >= instance.priors() {
            let size = instance.priors();
            return Err(TypedViewError::OutOfRange { what: "prior", index: prior, size }.into());
        }
        Self::with(instance, prior, LeveledGame::new(instance, prior), |view| Ok(talk(view)), settings)
    }

    /// The same where it may fail to make a way to talk of a view of the game that is solved.
    fn with(
        instance: &'a Instance,
        prior: usize,
        level: LeveledGame<'a>,
        talk: impl Fn(TypedView) -> Result<T, PersuadeError>,
        settings: &Settings,
    ) -> Result<Self, EquilibriumError> {
        let agents = instance.agents.len();
        let shared = instance.agents_share_information();
        let distinct = if shared { 1 } else { agents };
        let talk = |agent: usize| talk(level.instance.typed_view(prior, agent)?);
        let talks = (0..distinct).map(talk).collect::<Result<Vec<T>, PersuadeError>>()?;
        let (weights, settings) = (weights_of(&level), settings.clone());
        let mut game = Self { instance, prior, settings, level, talks, weights, frontiers: vec![], sum: None };
        if agents == 1 {
            let optimum = talk_optimum(&game.talks[0], &Objective::agent(0), &game.settings)?;
            (game.frontiers, game.sum) = (vec![optimum.clone()], Some(optimum));
            return Ok(game);
        }
        let find = |i: usize| {
            let objective = if i < agents { Objective::agent(i) } else { weighted_sum(&game.weights) };
            let found = talk_frontier(game.talk(i), &objective, &game.settings)?;
            found.stopped.map_or(Ok(found), |stopped| Err(PersuadeError::Stopped(stopped)))
        };
        let all = (0..agents + usize::from(shared)).into_par_iter();
        let mut found = all.map(find).collect::<Result<Vec<_>, PersuadeError>>()?;
        game.sum = if shared { found.pop() } else { None };
        game.frontiers = found;
        Ok(game)
    }

    /// The number of agents.
    #[must_use]
    pub fn agents(&self) -> usize {
        self.weights.len()
    }

    /// How an agent talks.
    #[must_use]
    pub fn talk(&self, agent: usize) -> &T {
        &self.talks[if self.talks.len() == 1 { 0 } else { agent }]
    }

    /// An agent's frontier: what it can get against what it leaves the user. (A lone agent's first
    /// vertex.)
    #[must_use]
    pub fn frontier(&self, agent: usize) -> FrontierOf<T> {
        let mut frontier = self.frontiers[agent].clone();
        for vertex in &mut frontier.vertices {
            vertex.user_value = self.level.user().plus(vertex.user_value);
            vertex.objective_value = self.level.agent(agent).plus(vertex.objective_value);
        }
        frontier
    }

    /// The most that some agent can offer the user: her value when she sees what that agent
    /// observes.
    #[must_use]
    pub fn full_information(&self) -> f64 {
        self.level.user().plus(self.full())
    }

    /// The same for a user who is rational, from the instance as it was given.
    #[must_use]
    pub fn rational_full_information(&self) -> f64 {
        let most = |agent: usize| self.instance.typed_view(self.prior, agent).map(|view| view.full_information());
        let all = (0..self.instance.agents.len()).filter_map(|agent| most(agent).ok());
        all.fold(f64::NEG_INFINITY, f64::max)
    }

    /// The same in the game that is solved.
    fn full(&self) -> f64 {
        self.talks.iter().map(Talk::most).fold(f64::NEG_INFINITY, f64::max)
    }

    /// What everyone gets at the vertices of every frontier, for simulations.
    #[must_use]
    pub fn payoffs(&self) -> Payoffs<'_, T> {
        Payoffs::new(&self.level, self.prior, &self.talks, self.frontiers.clone())
    }

    /// Everyone's offering the same scheme, or what leaves the user most, as an equilibrium within
    /// `slack`.
    fn everyone(&self, scheme: Option<T::Scheme>, slack: f64) -> Equilibrium<T::Proof> {
        let talk = &self.talks[0];
        let user_value = scheme.as_ref().map_or_else(|| self.full(), |scheme| talk.values(scheme).user);
        // A lone agent outbids nobody.
        let floor = if self.agents() == 1 { f64::NEG_INFINITY } else { user_value };
        let replies = self.frontiers.iter().enumerate().map(|(agent, frontier)| talk.reply(frontier, agent, floor));
        let profile = Profile {
            prior: self.prior,
            slack,
            offers: vec![((0..self.agents()).collect(), scheme)],
            standing: 0,
            replies: replies.collect(),
        };
        Equilibrium { user_value: self.level.user().plus(user_value), proof: talk.proof(profile) }
    }
}

impl<T: Exclude + Send> TalkGame<'_, T> {
    /// All equilibrium outcomes in which no agent gains more than `slack` by another offer, as
    /// intervals of the user's value; with proofs that the worst and the best of them are
    /// equilibria, and that there is none below.
    ///
    /// *Method.* As that of [`BestAgentGame::equilibria`](super::BestAgentGame::equilibria), with
    /// frontiers that are complete.
    ///
    /// # Errors
    /// If agents observe different signals, `slack` is no finite number of at least 0, the solver
    /// fails, or a limit ends the computation.
    pub fn equilibria(&self, slack: f64) -> Result<TalkEquilibria<T::Proof, T::Exclusion>, EquilibriumError> {
        if !(slack.is_finite() && slack >= 0.0) {
            let expected = "a finite number of at least 0";
            return Err(EquilibriumError::Number { what: "the slack", found: slack, expected });
        }
        let sum = self.sum.as_ref().ok_or(EquilibriumError::DifferentSignals)?;
        let (lone, full, same) = (self.agents() == 1, self.full(), self.same());
        let mut lines = self.lines(sum);
        let Found { mut intervals, worst, best } = if slack > 0.0 {
            self.within(slack, sum, &mut Kernel(self), &mut lines)?
        } else {
            self.exact(sum, &mut lines)?
        };
        let mut worst = worst.map(|(_, scheme)| scheme);
        if !lone {
            // Nobody can outbid full information.
            match intervals.last_mut() {
                Some(last) if last.to >= full - same => last.to = full,
                _ => intervals.push(Interval { from: full, to: full }),
            }
            if intervals[0].from >= full - same {
                intervals[0].from = full;
                worst = None;
            }
        }
        let best = best.map(|(_, scheme)| scheme);
        let (worst, best) = (self.everyone(worst, slack), self.everyone(best, slack));
        let user = self.level.user();
        let lowest = user.below(worst.user_value);
        let range = Range { silent: self.silent(), full, worst: lowest, unit: self.level.user_unit(), user };
        let exclusion = exclusion::proved::<T>(self.instance, self.prior, slack, |care| {
            exclude::<T>(&self.frontiers, &range, slack, &lines, care)
        });
        for interval in &mut intervals {
            *interval = Interval { from: user.plus(interval.from), to: user.plus(interval.to) };
        }
        Ok(TalkEquilibria { intervals, worst, best, exclusion })
    }
}

impl<T: Compete + Send> TalkGame<'_, T> {
    /// The set without a slack.
    fn exact(
        &self,
        sum: &FrontierOf<T>,
        lines: &mut Vec<Above<T::Bound>>,
    ) -> Result<Found<T::Scheme>, EquilibriumError> {
        let (lone, lowest, same) = (self.agents() == 1, self.lowest(), self.same());
        let zeros = if lone { vec![(lowest, lowest)] } else { zeros(&self.pieces(sum, same), self.zero(), same) };
        let mut intervals: Vec<Interval> = zeros.iter().map(|&(from, to)| Interval { from, to }).collect();
        let at = |v: f64| (v, talk_scheme(&self.talks[0], sum, v));
        let mut worst = intervals.first().map(|first| at(first.from));
        // Where all frontiers begin with the same outcome, every outcome that is best for every
        // agent is one of an equilibrium.
        if let Some(first) = intervals.first_mut()
            && first.from <= lowest + same
        {
            let (low, scheme) = self.common_optimum(lines)?;
            if low < first.from - same {
                first.from = low;
                worst = Some((low, scheme));
            }
        }
        Ok(Found { intervals, worst, best: lone.then(|| at(lowest)) })
    }

    /// The set within a slack.
    fn within(
        &self,
        slack: f64,
        sum: &FrontierOf<T>,
        oracle: &mut impl Oracle<T>,
        lines: &mut Vec<Above<T::Bound>>,
    ) -> Result<Found<T::Scheme>, EquilibriumError> {
        let threshold = self.zero() + slack * self.weights.iter().sum::<f64>();
        let mut pieces = if self.agents() == 1 { vec![] } else { self.pieces(sum, self.same()) };
        pieces.retain(|piece| piece.gap_from.min(piece.gap_to) <= threshold);
        let terms = Terms {
            talk: &self.talks[0],
            frontiers: &self.frontiers,
            sum,
            weights: &self.weights,
            unit: 1.0 / self.level.user_unit(),
            silent: self.silent(),
            full: self.full(),
            lowest: self.lowest(),
            same: self.same(),
            slack,
        };
        slack::set(&terms, &pieces, oracle, lines)
    }

    /// What the gap between the sum of the frontiers and the frontier of the sum may be where it is
    /// zero.
    fn zero(&self) -> f64 {
        (FRONTIER_ERROR * (1 + self.agents()) as f64).min(ALLOWED)
    }

    /// By how much user values differ that are one.
    fn same(&self) -> f64 {
        let worth = SAME * (self.full() - self.silent());
        worth.max(ROUNDED * self.level.user_unit()).max(f64::MIN_POSITIVE)
    }

    /// The user's value when an agent says nothing.
    fn silent(&self) -> f64 {
        self.talks[0].values(&self.talks[0].silence()).user
    }

    /// The lines above the frontier of the sum: one for each edge, and one where it is flat.
    fn lines(&self, sum: &FrontierOf<T>) -> Vec<Above<T::Bound>> {
        let line = |(slope, bound): (f64, &T::Bound)| {
            self.above(Objective { user: slope, ..weighted_sum(&self.weights) }, bound.clone())
        };
        sum.vertices.iter().map(|vertex| line(vertex.bound())).collect()
    }

    fn above(&self, objective: Objective, bound: T::Bound) -> Above<T::Bound> {
        let intercept = self.talks[0].bounded(&objective, 0.0, &bound);
        Above::proved(objective, bound, intercept, (self.full(), self.level.user_unit()))
    }

    /// The lowest user value at which a frontier begins.
    fn lowest(&self) -> f64 {
        let first = |frontier: &FrontierOf<T>| frontier.vertices[0].user_value;
        self.frontiers.iter().chain(&self.sum).map(first).fold(f64::INFINITY, f64::min)
    }

    /// The ranges of user values on which no frontier bends, with the gap at their ends.
    fn pieces(&self, sum: &FrontierOf<T>, same: f64) -> Vec<Settled> {
        let vertices = self.frontiers.iter().chain([sum]).flat_map(|frontier| &frontier.vertices);
        let mut bends: Vec<f64> = vertices.map(|vertex| vertex.user_value).collect();
        bends.sort_by(f64::total_cmp);
        bends.dedup_by(|next, kept| *next - *kept <= same);
        let apart = |v: f64| {
            self.frontiers.iter().zip(&self.weights).map(|(frontier, weight)| weight * frontier.value(v)).sum::<f64>()
        };
        let gap = |v: f64| apart(v) - sum.value(v);
        let piece = |from: f64, to: f64| Settled { from, to, gap_from: gap(from), gap_to: gap(to) };
        match bends[..] {
            [only] => vec![piece(only, only)],
            _ => bends.windows(2).map(|pair| piece(pair[0], pair[1])).collect(),
        }
    }

    /// Of the outcomes that maximise the sum, one that is worst for the user; and a line that shows
    /// that none is worse.
    fn common_optimum(&self, lines: &mut Vec<Above<T::Bound>>) -> Result<(f64, T::Scheme), EquilibriumError> {
        let (talk, sum) = (&self.talks[0], weighted_sum(&self.weights));
        let (scheme, _) = talk.maximise(&sum, &self.settings)?;
        let values = talk.values(&scheme);
        let (most, mut lowest) = (values.of(&sum), (values.user, scheme));
        let unit = 1.0 / self.level.user_unit();
        // A small enough price on the user's value leaves the maximum where it is.
        for price in [1e-1, 1e-2, 1e-3, 1e-4, 1e-5] {
            let objective = Objective { user: -price * unit, ..sum.clone() };
            let (scheme, bound) = talk.maximise(&objective, &self.settings)?;
            let values = talk.values(&scheme);
            if values.of(&sum) >= most - LARGEST {
                lines.push(self.above(objective, bound));
                if values.user < lowest.0 {
                    lowest = (values.user, scheme);
                }
                break;
            }
        }
        Ok(lowest)
    }
}

/// Schemes found by the kernel, each from nothing.
struct Kernel<'g, 'a, T: Compete>(&'g TalkGame<'a, T>);

impl<T: Compete + Send> Oracle<T> for Kernel<'_, '_, T> {
    fn maximise(&mut self, objective: &Objective) -> Result<(T::Scheme, T::Bound), PersuadeError> {
        self.0.talks[0].maximise(objective, &self.0.settings)
    }

    fn line(&self, objective: Objective, bound: T::Bound) -> Result<Above<T::Bound>, EquilibriumError> {
        Ok(self.0.above(objective, bound))
    }
}
