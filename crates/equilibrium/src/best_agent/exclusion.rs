//! Why no equilibrium is worse for the user than the worst one that was found: the pieces of an [`ExclusionProof`].
//!
//! Each line above all outcomes excludes equilibria where its margin, a concave function of the user's value, is positive. The pieces are
//! laid from the bottom up, each by the line that reaches furthest, so that there are as few of them as possible.

use super::{Known, weighted_sum};
use crate::EquilibriumError;
use suasion_certificate::{ExclusionProof, Line, Mixture, Multiplier, Piece, upper_bound};
use suasion_model::{Objective, Scheme};
use suasion_persuasion::{Frontier, PersuadeError};

/// A line above all outcomes: `sum_i y_i U_i + s u <= intercept`.
pub(super) struct Above {
    line: Line,
    intercept: f64,
    /// What the terms of its margin add up to at most: its roundings are relative to that.
    scale: f64,
}

impl Above {
    pub(super) fn new(
        game: &Known<'_, '_>,
        objective: Objective,
        multipliers: Vec<Multiplier>,
    ) -> Result<Self, EquilibriumError> {
        let bound = upper_bound(game.instance, game.prior, 0, &objective, 0.0, &multipliers);
        let bound = bound.map_err(|refusal| PersuadeError::Impossible(refusal.to_string()))?;
        let intercept = bound.intercept();
        let scale = 1.0 + intercept.abs() + objective.user.abs() * (1.0 + game.full_information().abs());
        Ok(Self { line: Line { objective, multipliers }, intercept, scale })
    }

    /// By how much the agents' deviations at `user_value` exceed what the line allows them: where that is positive there is no equilibrium.
    pub(super) fn margin(&self, game: &Known<'_, '_>, slack: f64, user_value: f64) -> f64 {
        self.margin_of(game, slack, user_value, user_value)
    }

    /// The same, with deviations that leave the user a little more than has to be.
    fn margin_of(&self, game: &Known<'_, '_>, slack: f64, user_value: f64, deviating: f64) -> f64 {
        let Objective { user, agents } = &self.line.objective;
        let deviations =
            agents.iter().map(|&(agent, weight)| weight * (game.frontiers[agent].value(deviating) - slack));
        deviations.sum::<f64>() + user * user_value - self.intercept
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

/// What a margin has to be at least, relative to its scale, so that exact arithmetic will find it positive.
const MARGIN: f64 = 1e-13;
/// How far, relative to the user's range, a mixture is moved up so that exact arithmetic will find it high enough.
const NUDGE: f64 = 1e-14;

/// The proof that no equilibrium leaves the user less than about `worst`, as far as the lines reach.
pub(super) fn exclude(game: &Known<'_, '_>, slack: f64, worst: f64, lines: &[Above]) -> ExclusionProof {
    let view = &game.views[0];
    let mut proof = ExclusionProof { prior: game.prior, slack, schemes: vec![], lines: vec![], pieces: vec![] };
    let mut bends: Vec<f64> = game.frontiers.iter().flat_map(|f| &f.vertices).map(|vertex| vertex.user_value).collect();
    bends.sort_by(f64::total_cmp);
    let silent = view.no_information().1;
    let unit = (game.full_information() - silent).abs().max(f64::MIN_POSITIVE);
    let mut from = silent - 1e-12 * (unit + silent.abs());
    // A frontier may end a little below full information, and a mixture of its vertices reaches no further.
    let lasts = game.frontiers.iter().filter_map(|frontier| frontier.vertices.last()).map(|vertex| vertex.user_value);
    let most = if game.agents() == 1 { f64::INFINITY } else { lasts.fold(f64::INFINITY, f64::min) };
    let end = worst.min(game.full_information().min(most) - 1e-12 * (unit + worst.abs()));
    let nudged = |v: f64| v + NUDGE * (unit + v.abs());
    let mut used: Vec<(usize, usize)> = Vec::new();
    while from < end {
        let reach =
            |above: &Above| reach(|v| above.margin_of(game, slack, v, nudged(v)) / above.scale, &bends, from, end);
        let best = lines.iter().map(reach).enumerate().filter_map(|(i, to)| Some((i, to?)));
        let best = best.reduce(|best, next| if next.1 > best.1 { next } else { best });
        let Some((line, to)) = best.filter(|&(_, to)| to > from) else { break };
        let agents = &lines[line].line.objective.agents;
        let mixture = |agent: usize, at: f64, proof: &mut ExclusionProof, used: &mut Vec<(usize, usize)>| {
            mixture(&game.frontiers[agent], agent, nudged(at), proof, used)
        };
        let deviations =
            agents.iter().map(|&(agent, _)| [from, to].map(|at| mixture(agent, at, &mut proof, &mut used)));
        let deviations = deviations.collect();
        let place = proof.lines.iter().position(|other| *other == lines[line].line).unwrap_or_else(|| {
            proof.lines.push(lines[line].line.clone());
            proof.lines.len() - 1
        });
        proof.pieces.push(Piece { from, to, line: place, deviations });
        from = to;
    }
    proof
}

/// How far up from `from`, at most to `end`, a concave function that bends at most at `bends` stays above [`MARGIN`].
fn reach(margin: impl Fn(f64) -> f64, bends: &[f64], from: f64, end: f64) -> Option<f64> {
    let mut left = (from, margin(from) - MARGIN);
    if left.1 <= 0.0 {
        return None;
    }
    let between = bends.iter().copied().filter(|&v| v > from && v < end);
    for v in between.chain([end]) {
        let right = (v, margin(v) - MARGIN);
        if right.1 <= 0.0 {
            let mut step = (right.0 - left.0) * left.1 / (left.1 - right.1);
            // Rounding may have carried it too far: back again, twice as far each time.
            let mut back = 1e-15 * (right.0 - left.0);
            while step > 0.0 && margin(left.0 + step) <= MARGIN {
                step = (step - back).max(0.0);
                back *= 2.0;
            }
            return Some(left.0 + step);
        }
        left = right;
    }
    Some(end)
}

/// The mixture of two vertices' schemes that leaves the user `at`.
fn mixture(
    frontier: &Frontier,
    agent: usize,
    at: f64,
    proof: &mut ExclusionProof,
    used: &mut Vec<(usize, usize)>,
) -> Mixture {
    let mut scheme = |vertex: usize| {
        used.iter().position(|&other| other == (agent, vertex)).unwrap_or_else(|| {
            used.push((agent, vertex));
            let scheme: Scheme = frontier.vertices[vertex].scheme.clone();
            proof.schemes.push(scheme);
            proof.schemes.len() - 1
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
