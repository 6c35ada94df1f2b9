//! What an agent can get, as a function of what it leaves the user.
//!
//! *Problem.* `V(v) = max { objective of pi : pi obedient and plausible, u(pi) >= v }`, which is concave and piecewise linear. *Method.*
//! The recursion of Eisner & Severance (J. ACM 23, 1976): maximise `objective + s u` at the slope `s` of the line through two known
//! vertices; either both are optimal and the line is an edge, or a new vertex lies above it. Only costs change between solves, so
//! each starts from a primal feasible basis. *Complexity:* about two solves per vertex. *Guarantee:* every vertex carries the
//! multipliers of the edge to its left, which prove both ends of that edge and all between; the first carries those of slope 0.

use crate::PersuadeError;
use crate::kernel::Kernel;
use crate::persuade::{multipliers, start};
use crate::repair::repaired;
use crate::simplex::{Duals, Simplex};
use crate::weights::Weights;
use suasion_certificate::{Floor, Multiplier, Proof};
use suasion_lp::{Settings, Stopped};
use suasion_model::{Matrix, Objective, Scheme, View};

/// Two values closer than this, in scaled utility, are one.
const SAME: f64 = 4e-9;

/// A vertex of a frontier.
#[derive(Clone, Debug)]
pub struct Vertex {
    /// What the user gets.
    pub user_value: f64,
    /// What the objective gets.
    pub objective_value: f64,
    /// The scheme.
    pub scheme: Scheme,
    /// The range of `s` for which this vertex maximises `objective + s u`: the negated slopes of the edges to its left and to its
    /// right, from 0 at the first vertex to infinity at the last.
    pub slopes: (f64, f64),
    /// The multiplier of the user's value and those of obedience that prove the edge to its left (the first: that nothing is better).
    multipliers: (f64, Vec<Multiplier>),
}

impl Vertex {
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
pub struct Frontier {
    /// The vertices, in increasing user value: from the objective's optimum to full information.
    pub vertices: Vec<Vertex>,
    /// How many programs were solved.
    pub solves: usize,
    /// Why vertices may be missing, if the computation ended early.
    pub stopped: Option<Stopped>,
}

/// A vertex while the search goes on; values are scaled averages over states.
struct Point {
    user: f64,
    objective: f64,
    scheme: Scheme,
    /// The slope and the multipliers of a solve at which it was optimal.
    proof: Option<(f64, Duals)>,
}

/// The frontier of `objective` (`actions x observations`) against the user's value.
///
/// # Errors
/// If the solver fails. That a limit of `settings` ended it is no error: see [`Frontier::stopped`].
pub fn frontier(view: &View<'_>, objective: &Matrix, settings: &Settings) -> Result<Frontier, PersuadeError> {
    let kernel = Kernel::new(&view.prior, &view.user, objective);
    let full = full_information(&kernel);
    let (user_range, objective_range) = (kernel.user_range, kernel.objective_range);
    let mut search = Search { points: vec![], solves: 0 };
    let stopped = match start(kernel, Weights::OBJECTIVE, None, settings)
        .and_then(|mut simplex| search.run(&mut simplex, full))
    {
        Ok(()) => None,
        Err(PersuadeError::Stopped(stopped)) => Some(stopped),
        Err(other) => return Err(other),
    };
    let per_user = objective_range / user_range;
    Ok(Frontier { vertices: search.vertices(view, objective, per_user), solves: search.solves, stopped })
}

/// The last vertex needs no solver: she takes her best action in every state, of several the one that is best for the objective.
fn full_information(kernel: &Kernel) -> Point {
    let all = kernel.best_action.iter().zip(&kernel.mass).enumerate();
    let masses: Vec<(usize, usize, f64)> = all.map(|(y, (&a, &mass))| (a, y, mass)).collect();
    point(kernel, &masses)
}

fn point(kernel: &Kernel, masses: &[(usize, usize, f64)]) -> Point {
    let total =
        |utility: &Matrix| masses.iter().map(|&(a, y, x)| x * utility[(a, y)]).sum::<f64>() / kernel.states() as f64;
    let (user, objective) = (total(&kernel.user), total(&kernel.objective));
    Point { user, objective, scheme: repaired(kernel, masses), proof: None }
}

struct Search {
    /// In increasing user value.
    points: Vec<Point>,
    solves: usize,
}

impl Search {
    fn run(&mut self, simplex: &mut Simplex, full: Point) -> Result<(), PersuadeError> {
        let (first, duals) = self.solve(simplex, 0.0)?;
        self.points.push(first);
        self.points.push(full);
        self.points[0].proof = Some((0.0, duals));
        if self.points[1].user - self.points[0].user <= SAME {
            // Nothing lies between: the objective's optimum is full information.
            self.points.pop();
            return Ok(());
        }
        // The edges before `left` are settled.
        let mut left = 0;
        while left + 1 < self.points.len() {
            let (l, r) = (&self.points[left], &self.points[left + 1]);
            let slope = ((l.objective - r.objective) / (r.user - l.user)).max(0.0);
            let line = l.objective + slope * l.user;
            let (found, duals) = self.solve(simplex, slope)?;
            let (l, r) = (&self.points[left], &self.points[left + 1]);
            let above = (found.objective + slope * found.user - line) / (1.0 + slope);
            if above > SAME && found.user > l.user && found.user < r.user {
                self.points.insert(left + 1, found);
            } else {
                // The first vertex keeps the proof at slope 0; every other proves the edge to its left.
                left += 1;
                self.points[left].proof = Some((slope, duals));
            }
        }
        Ok(())
    }

    /// An optimum for `objective + slope * user`; at slope 0, of several the one that is best for the user.
    fn solve(&mut self, simplex: &mut Simplex, slope: f64) -> Result<(Point, Duals), PersuadeError> {
        // Costs stay within [0, 1] however steep the slope.
        let weights = Weights { objective: 1.0 / (1.0 + slope), user: slope / (1.0 + slope) };
        simplex.restart(weights)?;
        self.solves += 1;
        let duals = simplex.solve(&|_, _| true)?;
        let duals = duals.ok_or_else(|| PersuadeError::Impossible("Infeasible".into()))?;
        if slope == 0.0 {
            simplex.break_ties(&duals, Weights::USER)?;
        }
        Ok((point(&simplex.kernel, &simplex.masses()?), duals))
    }

    /// The vertices in true units, without points on the line between their neighbours.
    fn vertices(&mut self, view: &View<'_>, objective: &Matrix, per_user: f64) -> Vec<Vertex> {
        let mut corners: Vec<Point> = Vec::with_capacity(self.points.len());
        for point in self.points.drain(..) {
            while let [.., before, last] = &corners[..] {
                let share = (last.user - before.user) / (point.user - before.user);
                let height = last.objective - (before.objective + share * (point.objective - before.objective));
                if height > SAME {
                    break;
                }
                corners.pop();
            }
            corners.push(point);
        }
        let slope = |l: &Point, r: &Point| ((l.objective - r.objective) / (r.user - l.user)).max(0.0) * per_user;
        let edges: Vec<f64> = corners.windows(2).map(|pair| slope(&pair[0], &pair[1])).collect();
        let last = corners.len().saturating_sub(1);
        let vertex = |(i, corner): (usize, Point)| {
            let multipliers = corner.proof.map_or((0.0, vec![]), |(slope, duals)| {
                // The program's costs were divided by `1 + slope`.
                (slope * per_user, multipliers(&duals, (1.0 + slope) * per_user))
            });
            Vertex {
                user_value: corner.scheme.value(&view.prior, &view.user),
                objective_value: corner.scheme.value(&view.prior, objective),
                scheme: corner.scheme,
                slopes: (if i == 0 { 0.0 } else { edges[i - 1] }, if i == last { f64::INFINITY } else { edges[i] }),
                multipliers,
            }
        };
        corners.into_iter().enumerate().map(vertex).collect()
    }
}
