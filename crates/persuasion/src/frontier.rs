//! What an agent can get, as a function of what it leaves the user.
//!
//! *Problem.* `V(v) = max { objective of pi : pi obedient and plausible, u(pi) >= v }`, which is
//! concave and piecewise linear. *Method.* The recursion of Eisner & Severance (J. ACM 23, 1976):
//! maximize `objective + s u` at the slope `s` of the line through two known vertices; either both
//! are optimal and the line is an edge, or a new vertex lies above it. Only costs change between
//! solves, so each starts from a primal feasible basis. *Complexity:* about two solves per vertex.
//! Small games are walked instead, from full information down, one pivot from one basis to the next
//! (Gass & Saaty 1955). *Guarantee:* every vertex carries the multipliers of the edge to its left,
//! which prove both ends of that edge and all between; the first carries those of slope 0.
//!
//! *Within an error.* Multipliers of any slope that prove a vertex bound the frontier elsewhere, too:
//! by a line that touches it at the vertex. Between two vertices, the frontier is in the triangle of
//! the line that joins them and the two lines that touch. Where this triangle is no higher than the
//! error, nothing more is looked for (the sandwich algorithm: Rote, Computing 48, 1992). *Complexity:*
//! of the order of the inverse root of the error, however many vertices there are.

mod general;
mod search;

use crate::PersuadeError;
use crate::optimum::Optimum;
use crate::sender::{BoundOf, SchemeOf, Sender};
pub use general::GeneralSearch;
pub use search::DirectSearch;
use suasion_certificate::{Communication, Floor, OptimumProof};
use suasion_lp::{Settings, Stopped};
use suasion_model::{Objective, Seat};

/// A point this little above a line, as a part of what is at stake for the objective, lies on it as
/// far as a certificate tells.
pub(crate) const PROVABLE: f64 = 2e-8;
/// So much of an error is used up by the triangles; the rest is left to rounding.
const USED: f64 = 0.99;
/// A slope that proves full information is looked for by so many factors of [`STEEPER`], at most.
pub(crate) const STEEPENINGS: usize = 20;
/// See [`STEEPENINGS`].
pub(crate) const STEEPER: f64 = 8.0;

/// A point of a frontier and the slope, negated, of a line that touches the frontier there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tangent {
    pub user: f64,
    pub objective: f64,
    pub slope: f64,
}

impl Tangent {
    /// Whether the triangle of two tangents and the line that joins their points is no higher than
    /// `error`.
    pub(crate) fn are_within(left: Self, right: Self, error: f64) -> bool {
        let slope = (left.objective - right.objective) / (right.user - left.user);
        let (rise, fall) = ((slope - left.slope).max(0.0), (right.slope - slope).max(0.0));
        let is_edge = rise == 0.0 || fall == 0.0;
        error > 0.0 && (is_edge || rise * fall / (rise + fall) * (right.user - left.user) <= USED * error)
    }
}

/// The points that are not on the line between their neighbors, by more than `same`; `at` tells the
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

/// A vertex of a frontier.
#[derive(Clone, Debug)]
pub struct Vertex<C: Communication> {
    /// What the user gets.
    pub user_value: f64,
    /// What the objective gets.
    pub objective_value: f64,
    /// The scheme.
    pub scheme: C::Scheme,
    /// The range of `s` for which this vertex maximizes `objective + s u`: the negated slopes of
    /// the edges to its left and to its right, from 0 at the first vertex to infinity at the last.
    pub slopes: (f64, f64),
    /// The multiplier of the user's value, and what bounds the objective with it on the edge to its
    /// left; for the first vertex, what bounds the objective whatever the user gets.
    pub bound: (f64, C::Bound),
}

impl<C: Communication> Vertex<C> {
    /// The proof that nobody does better for `objective` who leaves the user as much.
    #[must_use]
    pub fn proof(&self, communication: C, seat: Seat, objective: Objective) -> OptimumProof<C> {
        let (multiplier, bound) = self.bound.clone();
        OptimumProof {
            communication,
            prior: seat.prior,
            agent: seat.agent,
            objective,
            floor: Some(Floor { value: self.user_value, multiplier }),
            scheme: self.scheme.clone(),
            bound,
        }
    }
}

/// All vertices of a frontier.
#[derive(Clone, Debug)]
pub struct Frontier<C: Communication> {
    /// The vertices, in increasing user value: from the objective's optimum to full information.
    pub vertices: Vec<Vertex<C>>,
    /// How many programs were solved.
    pub solves: usize,
    /// Why vertices may be missing, if the computation ended early.
    pub stopped: Option<Stopped>,
}

impl<C: Communication> Frontier<C> {
    /// The vertex at which the edge ends that holds `user_value`: the first one that leaves the
    /// user at least so much, or the last.
    ///
    /// # Panics
    /// If there is no vertex, which a frontier that was stopped early may lack.
    #[must_use]
    pub fn right(&self, user_value: f64) -> usize {
        self.vertices.partition_point(|vertex| vertex.user_value < user_value).min(self.vertices.len() - 1)
    }

    /// Where `user_value` lies, as the share of the way from the vertex left of it to the [one
    /// right of it](Frontier::right): 1 at that vertex, to the left of the first one and to the
    /// right of the last.
    #[must_use]
    pub fn share(&self, user_value: f64) -> f64 {
        let right = self.right(user_value);
        let Some(left) = right.checked_sub(1) else { return 1.0 };
        let (left, right) = (self.vertices[left].user_value, self.vertices[right].user_value);
        ((user_value - left) / (right - left)).clamp(0.0, 1.0)
    }

    /// `V(v)`: the most that the objective gets from a scheme that leaves the user at least
    /// `user_value`; beyond full information, what it gets there.
    #[must_use]
    pub fn value(&self, user_value: f64) -> f64 {
        let (right, share) = (self.right(user_value), self.share(user_value));
        let height = |vertex: usize| self.vertices[vertex].objective_value;
        if share == 1.0 { height(right) } else { (1.0 - share) * height(right - 1) + share * height(right) }
    }
}

/// The frontier of `objective` against the user's value, however the agent communicates.
///
/// # Errors
/// If the objective names an agent that there is not, or the solver fails. That a limit of
/// `settings` ended it is no error: see [`Frontier::stopped`].
pub fn frontier<S: Sender>(
    sender: &S,
    objective: &Objective,
    settings: &Settings,
) -> Result<Frontier<S::Communication>, PersuadeError> {
    frontier_within(sender, objective, 0.0, settings)
}

/// Some vertices of the frontier, among them the first and the last: between them it is nowhere more
/// than `error` above the lines that join them, in the unit of the objective. With an error of 0
/// these are all vertices.
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

/// A frontier that is found as far as it is asked for.
///
/// It begins with its first and its last vertex. Between two vertices that are known, the line that
/// joins them is below the frontier; it is an edge once it is settled. Every method gets the sender
/// whose frontier it is.
pub trait FrontierSearch<S: Sender>: Send {
    /// Settles all edges, or brings the frontier to within `error` of the lines that join points, in
    /// the unit of the objective.
    ///
    /// # Errors
    /// If the solver fails, or a limit ends it; what was found is kept.
    fn complete_within(&mut self, sender: &S, error: f64) -> Result<(), PersuadeError>;

    /// Settles the edge that holds `user_value`, and returns its ends: from minus infinity to the
    /// first vertex, where it lies below that.
    ///
    /// # Errors
    /// As [`FrontierSearch::complete_within`].
    fn settle(&mut self, sender: &S, user_value: f64) -> Result<(f64, f64), PersuadeError>;

    /// What is known of the frontier: the vertices, without points on the line between their
    /// neighbors. What bounds a vertex whose edge is not settled bounds the frontier at the vertex
    /// alone; at the last one it may be missing.
    fn frontier(&self, sender: &S) -> Frontier<S::Communication>;

    /// The lines above the frontier that are known: the multiplier of the user's value, and what
    /// bounds the objective with it.
    fn lines(&self) -> Vec<(f64, BoundOf<S>)>;

    /// The same lines as (height, slope): the frontier is at most `height - slope v`.
    fn heights(&self, sender: &S) -> Vec<(f64, f64)>;
}

/// The scheme of a frontier at a user value: a vertex's, or two of them mixed.
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

/// The first vertex alone, the optimum of the objective without a floor: all that matters to a
/// monopolist.
///
/// # Errors
/// As [`frontier()`]; and if a limit ended it ([`PersuadeError::Stopped`]).
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
