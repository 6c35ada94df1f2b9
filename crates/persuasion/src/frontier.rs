//! What an agent can get, as a function of what it leaves the user.
//!
//! *Problem.* `V(v) = max { objective of pi : pi obedient and plausible, u(pi) >= v }`, which is
//! concave and piecewise linear. *Method.* The recursion of Eisner & Severance (J. ACM 23, 1976):
//! maximise `objective + s u` at the slope `s` of the line through two known vertices; either both
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

mod search;

use crate::PersuadeError;
use crate::persuade::Optimum;
pub use search::FrontierSearch;
use suasion_certificate::{Floor, Multiplier, Proof};
use suasion_lp::{Settings, Stopped};
use suasion_model::{Matrix, Objective, Scheme, View};

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

/// A vertex of a frontier of schemes `S`, each proved by a `B`: multipliers, or what another kernel
/// proves its optima by.
#[derive(Clone, Debug)]
pub struct Vertex<S = Scheme, B = Vec<Multiplier>> {
    /// What the user gets.
    pub user_value: f64,
    /// What the objective gets.
    pub objective_value: f64,
    /// The scheme.
    pub scheme: S,
    /// The range of `s` for which this vertex maximises `objective + s u`: the negated slopes of
    /// the edges to its left and to its right, from 0 at the first vertex to infinity at the last.
    pub slopes: (f64, f64),
    /// The multiplier of the user's value and those of obedience that prove the edge to its left
    /// (the first: that nothing is better).
    pub(crate) multipliers: (f64, B),
}

impl<S, B> Vertex<S, B> {
    /// The multiplier of the user's value, and what bounds the objective with it on the edge to its
    /// left; for the first vertex, what bounds the objective whatever the user gets.
    #[must_use]
    pub fn bound(&self) -> (f64, &B) {
        (self.multipliers.0, &self.multipliers.1)
    }
}

impl Vertex {
    /// The multiplier of the user's value and those of obedience that bound the objective on the
    /// edge to its left, as in [`Bound`](suasion_certificate::Bound); those of the first vertex
    /// bound the objective whatever the user gets.
    #[must_use]
    pub fn multipliers(&self) -> (f64, &[Multiplier]) {
        (self.multipliers.0, &self.multipliers.1)
    }

    /// The proof that nobody does better for `objective` who leaves the user as much.
    #[must_use]
    pub fn proof(&self, prior: usize, agent: usize, objective: Objective) -> Proof {
        let (multiplier, multipliers) = self.multipliers.clone();
        Proof {
            prior,
            agent,
            objective,
            floor: Some(Floor { value: self.user_value, multiplier }),
            scheme: self.scheme.clone(),
            multipliers,
        }
    }
}

/// All vertices of a frontier.
#[derive(Clone, Debug)]
pub struct Frontier<S = Scheme, B = Vec<Multiplier>> {
    /// The vertices, in increasing user value: from the objective's optimum to full information.
    pub vertices: Vec<Vertex<S, B>>,
    /// How many programs were solved.
    pub solves: usize,
    /// Why vertices may be missing, if the computation ended early.
    pub stopped: Option<Stopped>,
}

impl Frontier {
    /// The first vertex alone, from the optimum of the objective without a floor: all that matters
    /// to a lone agent.
    #[must_use]
    pub fn first(view: &View<'_>, objective: &Matrix, optimum: &Optimum) -> Self {
        let vertex = Vertex {
            user_value: optimum.scheme.value(&view.prior, &view.user),
            objective_value: optimum.scheme.value(&view.prior, objective),
            scheme: optimum.scheme.clone(),
            slopes: (0.0, f64::INFINITY),
            multipliers: (0.0, optimum.multipliers.clone()),
        };
        Self { vertices: vec![vertex], solves: 1, stopped: optimum.stopped }
    }
}

impl<S, B> Frontier<S, B> {
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

/// The frontier of `objective` (`actions x observations`) against the user's value.
///
/// # Errors
/// If the solver fails. That a limit of `settings` ended it is no error: see [`Frontier::stopped`].
pub fn frontier(view: &View<'_>, objective: &Matrix, settings: &Settings) -> Result<Frontier, PersuadeError> {
    frontier_within(view, objective, 0.0, settings)
}

/// Some vertices of the frontier, among them the first and the last: between them it is nowhere more
/// than `error` above the lines that join them, in the unit of the objective. With an error of 0
/// these are all vertices.
///
/// # Errors
/// As [`frontier()`].
pub fn frontier_within(
    view: &View<'_>,
    objective: &Matrix,
    error: f64,
    settings: &Settings,
) -> Result<Frontier, PersuadeError> {
    let mut search = match FrontierSearch::new(view, objective.clone(), settings) {
        Ok(search) => search,
        Err(PersuadeError::Stopped(stopped)) => {
            return Ok(Frontier { vertices: vec![], solves: 0, stopped: Some(stopped) });
        }
        Err(other) => return Err(other),
    };
    let stopped = match search.complete_within(error) {
        Ok(()) => None,
        Err(PersuadeError::Stopped(stopped)) => Some(stopped),
        Err(other) => return Err(other),
    };
    Ok(Frontier { stopped, ..search.frontier(view) })
}
