//! Why no equilibrium is worse for the user than the worst one that was found: the pieces of an
//! [`ExclusionProof`](suasion_certificate::ExclusionProof).
//!
//! Each line above all outcomes excludes equilibria where its margin, a concave function of the
//! user's value, is positive. The pieces are laid from the bottom up, each by the line that reaches
//! furthest, so that there are as few of them as possible.

use super::compete::Exclude;
use super::{Known, weighted_sum};
use crate::EquilibriumError;
use suasion_certificate::{Mixture, Multiplier, Piece, upper_bound};
use suasion_model::{Instance, Level, Objective};
use suasion_persuasion::{Frontier, PersuadeError};

/// A line above all outcomes: `sum_i y_i U_i + s u <= intercept`.
#[derive(Clone, Debug)]
pub(super) struct Above<B = Vec<Multiplier>> {
    objective: Objective,
    bound: B,
    intercept: f64,
    /// What the terms of its margin add up to at most: its roundings are relative to that.
    scale: f64,
}

/// What shows that no equilibrium leaves the user less than so much, of schemes `S` that are
/// bounded by a `B`.
#[derive(Clone, Debug)]
pub struct Exclusion<S, B> {
    /// Schemes by which agents could outbid.
    pub schemes: Vec<S>,
    /// Lines above all outcomes: the weights of the parties, and what bounds their sum.
    pub lines: Vec<(Objective, B)>,
    /// The pieces, from the least that the user can get upwards.
    pub pieces: Vec<Piece>,
}

impl<B> Above<B> {
    /// A line whose bound proves `intercept`, where the user gets at most `full`, and `unit` is
    /// what is at stake for her.
    pub(super) fn proved(objective: Objective, bound: B, intercept: f64, (full, unit): (f64, f64)) -> Self {
        let scale = 1.0 + intercept.abs() + objective.user.abs() * (unit + full.abs());
        Self { objective, bound, intercept, scale }
    }

    /// By how much the agents' deviations at `user_value` exceed what the line allows them: where
    /// that is positive there is no equilibrium.
    pub(super) fn margin<S>(&self, frontiers: &[Frontier<S, B>], slack: f64, user_value: f64) -> f64 {
        self.margin_of(frontiers, slack, user_value, user_value)
    }

    /// The same, with deviations that leave the user a little more than has to be.
    fn margin_of<S>(&self, frontiers: &[Frontier<S, B>], slack: f64, user_value: f64, deviating: f64) -> f64 {
        let Objective { user, agents } = &self.objective;
        let deviations = agents.iter().map(|&(agent, weight)| weight * (frontiers[agent].value(deviating) - slack));
        deviations.sum::<f64>() + user * user_value - self.intercept
    }
}

impl Above {
    pub(super) fn new(
        game: &Known<'_, '_>,
        objective: Objective,
        multipliers: Vec<Multiplier>,
    ) -> Result<Self, EquilibriumError> {
        let bound = upper_bound(&game.level.instance, game.prior, 0, &objective, 0.0, &multipliers);
        let bound = bound.map_err(|refusal| PersuadeError::Impossible(refusal.to_string()))?;
        let user = (game.full(), game.unit);
        Ok(Self::proved(objective, multipliers, bound.intercept(), user))
    }
}

/// The lines above the frontier of the sum that are known.
pub(super) fn lines_of(game: &Known<'_, '_>) -> Result<Vec<Above>, EquilibriumError> {
    let lines = match &game.lone {
        Some(lone) => vec![(0.0, lone.vertices[0].multipliers().1.to_vec())],
        None => game.game.search(game.agents()).lines(),
    };
    let line = |(slope, multipliers)| {
        let objective = Objective { user: slope, ..weighted_sum(&game.weights) };
        Above::new(game, objective, multipliers)
    };
    lines.into_iter().map(line).collect()
}

/// What a margin has to be at least, relative to its scale, so that exact arithmetic will find it
/// positive.
const MARGIN: f64 = 1e-13;
/// How far, relative to what is at stake for the user, a mixture is moved up so that exact
/// arithmetic will find it high enough.
const NUDGE: f64 = 1e-14;
/// How near, relative to that, pieces come to full information, and from how far below silence they
/// begin.
const CLOSE: f64 = 1e-12;
/// By which factors these are enlarged, one after another, if exact arithmetic is of another
/// opinion.
const CARE: [f64; 7] = [1.0, 10.0, 1e2, 1e3, 1e4, 1e5, 1e6];

/// The user's values between which equilibria are excluded, in the game that is solved.
pub(super) struct Range {
    /// Without information.
    pub silent: f64,
    /// With full information.
    pub full: f64,
    /// In the worst equilibrium.
    pub worst: f64,
    /// What is at stake for her.
    pub unit: f64,
    /// What is to be added, in the game as it was given.
    pub user: Level,
}

/// The proof that holds in exact arithmetic and was made with the least care; `make` makes it.
pub(super) fn proved<T: Exclude>(
    instance: &Instance,
    prior: usize,
    slack: f64,
    make: impl Fn(f64) -> Exclusion<T::Scheme, T::Bound>,
) -> T::Exclusion {
    let proofs = CARE.into_iter().map(|care| T::exclusion(prior, slack, make(care)));
    // One without pieces says that she gets at least what she gets without information, which is
    // true.
    let nothing = || T::exclusion(prior, slack, Exclusion { schemes: vec![], lines: vec![], pieces: vec![] });
    proofs.into_iter().find(|proof| T::holds(proof, instance)).unwrap_or_else(nothing)
}

/// The proof that no equilibrium leaves the user less than about `worst`, as far as the lines
/// reach. The more care is taken, the less it rests on roundings.
pub(super) fn exclude<T: Exclude>(
    frontiers: &[Frontier<T::Scheme, T::Bound>],
    range: &Range,
    slack: f64,
    lines: &[Above<T::Bound>],
    care: f64,
) -> Exclusion<T::Scheme, T::Bound> {
    let &Range { silent, full, worst, unit, user } = range;
    let mut proof = Exclusion { schemes: vec![], lines: vec![], pieces: vec![] };
    let mut bends: Vec<f64> = frontiers.iter().flat_map(|f| &f.vertices).map(|vertex| vertex.user_value).collect();
    bends.sort_by(f64::total_cmp);
    let rounding = |v: f64| 4.0 * f64::EPSILON * v.abs();
    // Ends of pieces are numbers of the game as it was given.
    let (mut start, mut from) = user.down(silent - CLOSE * unit - rounding(silent));
    // A frontier may end a little below full information, and a mixture of its vertices reaches no
    // further.
    let lasts = frontiers.iter().filter_map(|frontier| frontier.vertices.last()).map(|vertex| vertex.user_value);
    let most = if frontiers.len() == 1 { f64::INFINITY } else { lasts.fold(f64::INFINITY, f64::min) };
    let end = worst.min(full.min(most) - CLOSE * care * unit - rounding(full));
    let nudged = |v: f64| v + NUDGE * care * unit + rounding(v);
    let margin_needed = MARGIN * care;
    let mut used: Vec<(usize, usize)> = Vec::new();
    // Where a line's margin ends it does not begin again: each has one piece, and many more than
    // that are roundings without an end.
    let most_pieces = 3 * lines.len() + 10;
    while from < end && proof.pieces.len() < most_pieces {
        let reach = |above: &Above<T::Bound>| {
            let margin = |v| above.margin_of(frontiers, slack, v, nudged(v)) / above.scale - margin_needed;
            reach(margin, &bends, from, end)
        };
        let best = lines.iter().map(reach).enumerate().filter_map(|(i, to)| Some((i, to?)));
        let best = best.reduce(|best, next| if next.1 > best.1 { next } else { best });
        let Some((line, to)) = best else { break };
        let (stop, to) = user.down(to);
        if to <= from {
            break;
        }
        let Above { objective, bound, .. } = &lines[line];
        let mixture =
            |agent: usize, at: f64, proof: &mut Exclusion<T::Scheme, T::Bound>, used: &mut Vec<(usize, usize)>| {
                mixture(&frontiers[agent], agent, nudged(at), &mut proof.schemes, used)
            };
        let deviations =
            objective.agents.iter().map(|&(agent, _)| [from, to].map(|at| mixture(agent, at, &mut proof, &mut used)));
        let deviations = deviations.collect();
        let same = |other: &(Objective, T::Bound)| other.0 == *objective && other.1 == *bound;
        let place = proof.lines.iter().position(same).unwrap_or_else(|| {
            proof.lines.push((objective.clone(), bound.clone()));
            proof.lines.len() - 1
        });
        proof.pieces.push(Piece { from: start, to: stop, line: place, deviations });
        (start, from) = (stop, to);
    }
    proof
}

/// How far up from `from`, at most to `end`, a concave function that bends at most at `bends`, in
/// increasing order, stays positive.
fn reach(margin: impl Fn(f64) -> f64, bends: &[f64], from: f64, end: f64) -> Option<f64> {
    let first = (from, margin(from));
    if first.1 <= 0.0 {
        return None;
    }
    let between = &bends[bends.partition_point(|&v| v <= from)..];
    let between = &between[..between.partition_point(|&v| v < end)];
    // Where it is no longer positive it is not so again.
    let positive = between.partition_point(|&v| margin(v) > 0.0);
    let right = between.get(positive).copied().unwrap_or(end);
    let right = (right, margin(right));
    if right.1 > 0.0 {
        return Some(end);
    }
    let left = positive.checked_sub(1).map_or(first, |last| (between[last], margin(between[last])));
    let mut step = (right.0 - left.0) * left.1 / (left.1 - right.1);
    // Rounding may have carried it too far: back again, twice as far each time.
    let mut back = 1e-15 * (right.0 - left.0);
    while step > 0.0 && margin(left.0 + step) <= 0.0 {
        step = (step - back).max(0.0);
        back *= 2.0;
    }
    Some(left.0 + step)
}

/// The mixture of two vertices' schemes that leaves the user `at`.
fn mixture<S: Clone, B>(
    frontier: &Frontier<S, B>,
    agent: usize,
    at: f64,
    schemes: &mut Vec<S>,
    used: &mut Vec<(usize, usize)>,
) -> Mixture {
    let mut scheme = |vertex: usize| {
        used.iter().position(|&other| other == (agent, vertex)).unwrap_or_else(|| {
            used.push((agent, vertex));
            schemes.push(frontier.vertices[vertex].scheme.clone());
            schemes.len() - 1
        })
    };
    let (right, share) = (frontier.right(at), frontier.share(at));
    if share == 1.0 {
        let only = scheme(right);
        Mixture { left: only, right: only, share: 1.0 }
    } else {
        Mixture { left: scheme(right - 1), right: scheme(right), share }
    }
}
