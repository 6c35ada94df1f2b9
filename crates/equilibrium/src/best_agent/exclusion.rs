//! The proof that no equilibrium is worse for the user than the worst one found: the pieces of an
//! [`ExclusionProof`].
//!
//! Each line above all outcomes excludes equilibria where its margin, a concave function of the
//! user's value, is positive. The pieces are built upward from the lowest value. Each piece uses
//! the line that reaches furthest, so that there are as few pieces as possible.

use super::{Known, weighted_sum};
use suasion_certificate::{Communication, ExclusionProof, Line, Mixture, Piece, Proof, Rational};
use suasion_model::{Instance, Level, Objective};
use suasion_persuasion::{BoundOf, Frontier, FrontierSearch, Sender};

/// A line above all outcomes: `sum_i y_i U_i + s u <= intercept`.
#[derive(Clone, Debug)]
pub(super) struct Above<C: Communication> {
    objective: Objective,
    bound: C::Bound,
    intercept: f64,
    /// An upper bound on the sum of the terms of its margin. Roundings are relative to it.
    scale: f64,
}

impl<C: Communication> Above<C> {
    /// The line of a bound that proves `intercept`. The user gets at most `full`, and `unit` is her
    /// stake.
    pub(super) fn proved(objective: Objective, bound: C::Bound, intercept: f64, (full, unit): (f64, f64)) -> Self {
        let scale = 1.0 + intercept.abs() + objective.user.abs() * (unit + full.abs());
        Self { objective, bound, intercept, scale }
    }

    /// How far the agents' deviations at `user_value` exceed what the line allows them. If this is
    /// positive, there is no equilibrium.
    pub(super) fn margin(&self, frontiers: &[Frontier<C>], slack: f64, user_value: f64) -> f64 {
        self.margin_of(frontiers, slack, user_value, user_value)
    }

    /// The same, with deviations that give the user slightly more than necessary.
    fn margin_of(&self, frontiers: &[Frontier<C>], slack: f64, user_value: f64, deviating: f64) -> f64 {
        let Objective { user, agents } = &self.objective;
        let deviations = agents.iter().map(|&(agent, weight)| weight * (frontiers[agent].value(deviating) - slack));
        deviations.sum::<f64>() + user * user_value - self.intercept
    }
}

impl<S: Sender> Known<'_, '_, S> {
    /// The line that a bound proves.
    pub(super) fn line(&self, objective: Objective, bound: BoundOf<S>) -> Above<S::Communication> {
        let intercept = self.senders[0].bounded_exactly(&self.level.instance, &objective, 0.0, &bound);
        Above::proved(objective, bound, intercept, (self.full(), self.unit))
    }

    /// The known lines above the frontier of the sum.
    pub(super) fn lines(&self) -> Vec<Above<S::Communication>> {
        let lines = match &self.monopoly {
            Some(monopoly) => vec![(0.0, monopoly.vertices[0].bound.1.clone())],
            None => self.game.search(self.agents()).lines(),
        };
        let line = |(slope, bound)| self.line(Objective { user: slope, ..weighted_sum(&self.weights) }, bound);
        lines.into_iter().map(line).collect()
    }
}

/// The smallest margin, relative to its scale, that exact arithmetic will confirm as positive.
const MARGIN: f64 = 1e-13;
/// How far, relative to the user's stake, a mixture is moved up so that exact arithmetic will
/// confirm that it is high enough.
const NUDGE: f64 = 1e-14;
/// Relative to the same stake: how close the pieces come to full information, and how far below no
/// information they begin.
const CLOSE: f64 = 1e-12;
/// Factors that enlarge these tolerances, one after another, if exact arithmetic disagrees.
const CARE: [f64; 7] = [1.0, 10.0, 1e2, 1e3, 1e4, 1e5, 1e6];

/// The range of user values in which equilibria are excluded, in the game that is solved.
pub(super) struct Range {
    /// The user's value under no information.
    pub none: f64,
    /// The user's value under full information.
    pub full: f64,
    /// The user's value in the worst equilibrium.
    pub worst: f64,
    /// The user's stake.
    pub unit: f64,
    /// What to add to values to return to the original game.
    pub user: Level,
}

/// The proof that holds in exact arithmetic with the smallest tolerances; `make` makes it.
pub(super) fn proved<C: Rational>(
    instance: &Instance,
    empty: &ExclusionProof<C>,
    make: impl Fn(f64, ExclusionProof<C>) -> ExclusionProof<C>,
) -> ExclusionProof<C> {
    let holds =
        |proof: &ExclusionProof<C>| proof.clone().certify(instance).is_ok_and(|(_, verdict)| verdict.certified());
    let mut proofs = CARE.into_iter().map(|care| make(care, empty.clone()));
    // A proof without pieces says that she gets at least her value under no information, which is
    // true.
    proofs.find(holds).unwrap_or_else(|| empty.clone())
}

/// The proof that every equilibrium gives the user at least about `worst`, as far as the lines
/// reach. With larger tolerances, the proof depends less on roundings.
pub(super) fn exclude<C: Communication>(
    frontiers: &[Frontier<C>],
    range: &Range,
    lines: &[Above<C>],
    care: f64,
    mut proof: ExclusionProof<C>,
) -> ExclusionProof<C> {
    let &Range { none, full, worst, unit, user } = range;
    let slack = proof.slack;
    let mut bends: Vec<f64> = frontiers.iter().flat_map(|f| &f.vertices).map(|vertex| vertex.user_value).collect();
    bends.sort_by(f64::total_cmp);
    let rounding = |v: f64| 4.0 * f64::EPSILON * v.abs();
    // Ends of pieces are numbers of the original game.
    let (mut start, mut from) = user.down(none - CLOSE * unit - rounding(none));
    // A frontier may end slightly below full information, and a mixture of its vertices reaches no
    // further.
    let lasts = frontiers.iter().filter_map(|frontier| frontier.vertices.last()).map(|vertex| vertex.user_value);
    let most = if frontiers.len() == 1 { f64::INFINITY } else { lasts.fold(f64::INFINITY, f64::min) };
    let end = worst.min(full.min(most) - CLOSE * care * unit - rounding(full));
    let nudged = |v: f64| v + NUDGE * care * unit + rounding(v);
    let margin_needed = MARGIN * care;
    let mut used: Vec<(usize, usize)> = Vec::new();
    // The margin of a line is positive on one interval only, so each line has one piece. Many more
    // pieces would be endless roundings.
    let most_pieces = 3 * lines.len() + 10;
    while from < end && proof.pieces.len() < most_pieces {
        let reach = |above: &Above<C>| {
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
        let mixture = |agent: usize, at: f64, proof: &mut ExclusionProof<C>, used: &mut Vec<(usize, usize)>| {
            mixture(&frontiers[agent], agent, nudged(at), &mut proof.schemes, used)
        };
        let deviations =
            objective.agents.iter().map(|&(agent, _)| [from, to].map(|at| mixture(agent, at, &mut proof, &mut used)));
        let deviations = deviations.collect();
        let same = |other: &Line<C>| other.objective == *objective && other.bound == *bound;
        let place = proof.lines.iter().position(same).unwrap_or_else(|| {
            proof.lines.push(Line { objective: objective.clone(), bound: bound.clone() });
            proof.lines.len() - 1
        });
        proof.pieces.push(Piece { from: start, to: stop, line: place, deviations });
        (start, from) = (stop, to);
    }
    proof
}

/// How far up from `from`, at most to `end`, a concave function stays positive. It bends at most at
/// `bends`, which are in increasing order.
fn reach(margin: impl Fn(f64) -> f64, bends: &[f64], from: f64, end: f64) -> Option<f64> {
    let first = (from, margin(from));
    if first.1 <= 0.0 {
        return None;
    }
    let between = &bends[bends.partition_point(|&v| v <= from)..];
    let between = &between[..between.partition_point(|&v| v < end)];
    // Once it is no longer positive, it stays so.
    let positive = between.partition_point(|&v| margin(v) > 0.0);
    let right = between.get(positive).copied().unwrap_or(end);
    let right = (right, margin(right));
    if right.1 > 0.0 {
        return Some(end);
    }
    let left = positive.checked_sub(1).map_or(first, |last| (between[last], margin(between[last])));
    let mut step = (right.0 - left.0) * left.1 / (left.1 - right.1);
    // Rounding may have gone too far. Go back, twice as far each time.
    let mut back = 1e-15 * (right.0 - left.0);
    while step > 0.0 && margin(left.0 + step) <= 0.0 {
        step = (step - back).max(0.0);
        back *= 2.0;
    }
    Some(left.0 + step)
}

/// The mixture of two vertices' schemes that gives the user `at`.
fn mixture<C: Communication>(
    frontier: &Frontier<C>,
    agent: usize,
    at: f64,
    schemes: &mut Vec<Option<C::Scheme>>,
    used: &mut Vec<(usize, usize)>,
) -> Mixture {
    let mut scheme = |vertex: usize| {
        used.iter().position(|&other| other == (agent, vertex)).unwrap_or_else(|| {
            used.push((agent, vertex));
            schemes.push(Some(frontier.vertices[vertex].scheme.clone()));
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
