//! The vertices of a frontier, and the lines that join them.

use suasion_certificate::{Communication, Floor, OptimumProof};
use suasion_lp::Stopped;
use suasion_model::{Objective, Seat};

/// A vertex of a frontier.
#[derive(Clone, Debug)]
pub struct Vertex<C: Communication> {
    /// The user's value.
    pub user_value: f64,
    /// The objective's value.
    pub objective_value: f64,
    /// The scheme at this vertex.
    pub scheme: C::Scheme,
    /// The range of `s` for which this vertex maximizes `objective + s u`: the negated slopes of
    /// the edges to its left and to its right, from 0 at the first vertex to infinity at the last.
    pub slopes: (f64, f64),
    /// The multiplier of the user's value, with the bound that it gives on the objective along the
    /// edge to the left. For the first vertex, the bound holds for any user value.
    pub bound: (f64, C::Bound),
}

impl<C: Communication> Vertex<C> {
    /// The proof that no scheme that leaves the user as much has a higher value for `objective`.
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
    /// The number of programs solved.
    pub solves: usize,
    /// Why vertices may be missing, if the computation ended early.
    pub stopped: Option<Stopped>,
}

impl<C: Communication> Frontier<C> {
    /// The right end of the edge that contains `user_value`: the first vertex that leaves the user
    /// at least that much, or the last vertex.
    ///
    /// # Panics
    /// If there is no vertex, which is possible if the computation stopped early.
    #[must_use]
    pub fn right(&self, user_value: f64) -> usize {
        self.vertices.partition_point(|vertex| vertex.user_value < user_value).min(self.vertices.len() - 1)
    }

    /// The position of `user_value` between the vertex to its left and the [one to its
    /// right](Frontier::right), as a share of the way: 1 at the right one, to the left of the first
    /// vertex and to the right of the last.
    #[must_use]
    pub fn share(&self, user_value: f64) -> f64 {
        let right = self.right(user_value);
        let Some(left) = right.checked_sub(1) else { return 1.0 };
        let (left, right) = (self.vertices[left].user_value, self.vertices[right].user_value);
        ((user_value - left) / (right - left)).clamp(0.0, 1.0)
    }

    /// `V(v)`: the highest objective of a scheme that leaves the user at least `user_value`. Beyond
    /// full information, it is the value of full information.
    #[must_use]
    pub fn value(&self, user_value: f64) -> f64 {
        let (right, share) = (self.right(user_value), self.share(user_value));
        let height = |vertex: usize| self.vertices[vertex].objective_value;
        if share == 1.0 { height(right) } else { (1.0 - share) * height(right - 1) + share * height(right) }
    }
}
