//! The highest value that an agent can get, as a function of the user's value.
//!
//! *Problem.* `V(v) = max { objective of pi : pi obedient and plausible, u(pi) >= v }`, which is
//! concave and piecewise linear. *Method.* The recursion of Eisner & Severance (J. ACM 23, 1976):
//! maximize `objective + s u` at the slope `s` of the line through two known vertices. Either both
//! are optimal and the line is an edge, or a new vertex lies above it. Only costs change between
//! solves, so each starts from a primal feasible basis. *Complexity:* about two solves per vertex.
//! Small games use a parametric method instead, which moves down from full information, one pivot
//! from one basis to the next (Gass & Saaty 1955). *Guarantee:* every vertex carries the
//! multipliers of the edge to its left, which prove both ends of that edge and all points between.
//! The first vertex carries those of slope 0.
//!
//! *Within an error.* Multipliers of any slope that prove a vertex also bound the frontier
//! elsewhere, by a line that touches it at the vertex. Between two vertices, the frontier lies in
//! the triangle formed by the line that joins them and the two tangents. If the height of this
//! triangle is at most the error, the search stops there (the sandwich algorithm: Rote, Computing
//! 48, 1992). *Complexity:* of the order of the inverse root of the error, however many vertices
//! there are.

mod general;
mod search;
pub(crate) mod vertices;

use crate::PersuadeError;
use crate::optimum::Optimum;
use crate::sender::{FrontierSearch, SchemeOf, Sender};
pub use general::GeneralSearch;
pub use search::DirectSearch;
use suasion_lp::Settings;
use suasion_model::Objective;
pub use vertices::{Frontier, Vertex};

/// A certificate cannot distinguish a point from a line if the point is above it by less than this,
/// as a fraction of what is at stake for the objective.
pub(crate) const PROVABLE: f64 = 2e-8;
/// The share of the error that the triangles may use. The rest is left to rounding.
const USED: f64 = 0.99;
/// The search for a slope that proves full information multiplies it by [`STEEPER`] at most this
/// many times.
pub(crate) const STEEPENINGS: usize = 20;
/// See [`STEEPENINGS`].
pub(crate) const STEEPER: f64 = 8.0;

/// A point of a frontier, and the negated slope of a tangent at that point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tangent {
    pub user: f64,
    pub objective: f64,
    pub slope: f64,
}

impl Tangent {
    /// Whether the triangle of two tangents and the line between their points has a height of at
    /// most `error`.
    pub(crate) fn are_within(left: Self, right: Self, error: f64) -> bool {
        let slope = (left.objective - right.objective) / (right.user - left.user);
        let (rise, fall) = ((slope - left.slope).max(0.0), (right.slope - slope).max(0.0));
        let is_edge = rise == 0.0 || fall == 0.0;
        error > 0.0 && (is_edge || rise * fall / (rise + fall) * (right.user - left.user) <= USED * error)
    }
}

/// The points that are more than `same` above the line between their neighbors. `at` returns the
/// user's and the objective's value.
fn corners<P>(points: &[P], at: impl Fn(&P) -> (f64, f64), same: f64) -> Vec<&P> {
    let mut corners: Vec<&P> = Vec::with_capacity(points.len());
    for point in points {
        while let [.., before, last] = &corners[..] {
            let ((from, high), (here, own), (to, low)) = (at(before), at(last), at(point));
            let share = (here - from) / (to - from);
            if own - (high + share * (low - high)) > same {
                break;
            }
            corners.pop();
        }
        corners.push(point);
    }
    corners
}

/// The frontier of `objective` against the user's value, for any form of communication.
///
/// # Errors
/// If the objective names an agent that does not exist, or the solver fails. Stopping at a limit of
/// `settings` is not an error: see [`Frontier::stopped`].
pub fn frontier<S: Sender>(
    sender: &S,
    objective: &Objective,
    settings: &Settings,
) -> Result<Frontier<S::Communication>, PersuadeError> {
    frontier_within(sender, objective, 0.0, settings)
}

/// Some vertices of the frontier, including the first and the last. Between them, the frontier is
/// nowhere more than `error` above the lines that join them, in the unit of the objective. With an
/// error of 0, these are all vertices.
///
/// # Errors
/// As [`frontier()`].
pub fn frontier_within<S: Sender>(
    sender: &S,
    objective: &Objective,
    error: f64,
    settings: &Settings,
) -> Result<Frontier<S::Communication>, PersuadeError> {
    let mut search = match sender.search(objective, settings) {
        Ok(search) => search,
        Err(PersuadeError::Stopped(stopped)) => {
            return Ok(Frontier { vertices: vec![], solves: 0, stopped: Some(stopped) });
        }
        Err(other) => return Err(other),
    };
    let stopped = match search.complete_within(sender, error) {
        Ok(()) => None,
        Err(PersuadeError::Stopped(stopped)) => Some(stopped),
        Err(other) => return Err(other),
    };
    Ok(Frontier { stopped, ..search.frontier(sender) })
}

/// The scheme of a frontier at a user value: that of a vertex, or a mixture of two.
///
/// # Panics
/// As [`Frontier::right`].
#[must_use]
pub fn scheme_at<S: Sender>(sender: &S, frontier: &Frontier<S::Communication>, user_value: f64) -> SchemeOf<S> {
    let (right, share) = (frontier.right(user_value), frontier.share(user_value));
    let scheme = |vertex: usize| &frontier.vertices[vertex].scheme;
    if share == 1.0 {
        scheme(right).clone()
    } else {
        sender.mix(&[(1.0 - share, scheme(right - 1)), (share, scheme(right))])
    }
}

/// The first vertex alone: the optimum of the objective without a floor. It is all that a
/// monopolist needs.
///
/// # Errors
/// As [`frontier()`]; and if a limit stopped it ([`PersuadeError::Stopped`]).
pub fn first_vertex<S: Sender>(
    sender: &S,
    optimum: Optimum<S::Communication>,
) -> Result<Frontier<S::Communication>, PersuadeError> {
    if let Some(stopped) = optimum.stopped {
        return Err(PersuadeError::Stopped(stopped));
    }
    let values = sender.values(&optimum.scheme);
    let vertex = Vertex {
        user_value: values.user,
        objective_value: values.of(&optimum.objective),
        scheme: optimum.scheme,
        slopes: (0.0, f64::INFINITY),
        bound: (0.0, optimum.bound),
    };
    Ok(Frontier { vertices: vec![vertex], solves: 1, stopped: None })
}
