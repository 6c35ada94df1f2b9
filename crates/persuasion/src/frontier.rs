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

use crate::PersuadeError;
use crate::kernel::Kernel;
use crate::persuade::{Optimum, multipliers};
use crate::repair::repaired;
use crate::simplex::Duals;
use crate::small::number::Number;
use crate::small::{Failed, Small};
use crate::solver::{Parametric, Solver, is_convincing};
use crate::weights::Weights;
use suasion_certificate::{Floor, Multiplier, Proof};
use suasion_lp::{Settings, Stopped};
use suasion_model::{Matrix, Objective, Scheme, View};

/// Two values closer than this, in scaled utility, are one.
const SAME: f64 = 4e-9;
/// Where information is worth less than this to the user, in scaled utility, floating point is not
/// asked first.
const FAINT: f64 = 1e-5;
/// The same as [`SAME`] in twice the precision, where what is told apart is told apart.
const CLOSEST: f64 = 1e-18;
/// The same where vertices are looked for between others, whose slopes are rounded.
const CLOSE: f64 = 1e-13;
/// Such a part of a value is rounding.
const ROUNDINGS: f64 = 4.0 * f64::EPSILON;

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
    let mut search = match FrontierSearch::new(view, objective.clone(), settings) {
        Ok(search) => search,
        Err(PersuadeError::Stopped(stopped)) => {
            return Ok(Frontier { vertices: vec![], solves: 0, stopped: Some(stopped) });
        }
        Err(other) => return Err(other),
    };
    let stopped = match search.complete() {
        Ok(()) => None,
        Err(PersuadeError::Stopped(stopped)) => Some(stopped),
        Err(other) => return Err(other),
    };
    Ok(Frontier { stopped, ..search.frontier(view) })
}

/// A vertex while the search goes on; values are scaled averages over states.
#[derive(Clone)]
struct Point {
    user: f64,
    objective: f64,
    scheme: Scheme,
    /// The masses behind the scheme.
    masses: Masses,
    /// The slope and the multipliers of a solve that settled the edge to its left; for the first
    /// point, those of slope 0.
    edge: Option<(f64, Duals)>,
    /// The slope and the multipliers of the solve that found it.
    touch: Option<(f64, Duals)>,
}

/// A frontier that is found as far as it is asked for.
///
/// It begins with its first and its last vertex; small games are found as a whole at once, by the
/// parametric simplex method from full information down. Between two vertices that are known, the
/// line that joins them is below the frontier; it is an edge once it is settled.
pub struct FrontierSearch {
    solver: Solver,
    objective: Matrix,
    /// In increasing user value.
    points: Vec<Point>,
    /// Points less above a line than this lie on it: a fraction of what the objective gets at the
    /// first vertex more than at the last.
    same: f64,
    solves: usize,
}

impl FrontierSearch {
    /// The first and the last vertex of the frontier of `objective` (`actions x observations`).
    ///
    /// # Errors
    /// If the solver fails, or a limit of `settings` ends it.
    pub fn new(view: &View<'_>, objective: Matrix, settings: &Settings) -> Result<Self, PersuadeError> {
        let kernel = Kernel::new(&view.prior, &view.user, &objective);
        kernel.check_units()?;
        let full = full_information(&kernel);
        // What information is worth to the user; where that is little, all there is to see is
        // little.
        let silent = kernel.user.row(kernel.uninformed_action());
        let none: f64 = kernel.mass.iter().zip(silent).map(|(mass, u)| mass * u).sum();
        let span = (-none / kernel.states() as f64).min(1.0);
        let same = SAME * span;
        let precise = |kernel: &Kernel| Solver::precise(kernel.clone(), Weights::OBJECTIVE, settings);
        if span < FAINT
            && let Some(solver) = precise(&kernel)
        {
            let mut search = Self { solver, objective: objective.clone(), points: vec![], same: SAME, solves: 0 };
            if search.walk(&full, same) {
                return Ok(search);
            }
        }
        let solver = Solver::new(kernel, Weights::OBJECTIVE, settings)?;
        let small = solver.is_small();
        let mut search = Self { solver, objective, points: vec![], same: SAME, solves: 0 };
        if search.walk(&full, same) {
            return Ok(search);
        }
        if small && let Some(precise) = precise(search.solver.kernel()) {
            search.solver = precise;
            if search.walk(&full, same) {
                return Ok(search);
            }
        }
        search.begin(full, same)?;
        Ok(search)
    }

    /// Finds the first vertex; the last is full information. Vertices closer than `same` are one.
    fn begin(&mut self, full: Point, same: f64) -> Result<(), PersuadeError> {
        let (masses, duals) = self.solve(0.0)?;
        let first = Point { edge: Some((0.0, duals)), ..point(self.solver.kernel(), &masses) };
        // Nothing may lie between: the objective's optimum may be full information.
        let last = (full.user - first.user > same).then_some(full);
        self.points = [first].into_iter().chain(last).collect();
        Ok(())
    }

    /// All vertices of the frontier of `objective` (`actions x observations`), by a slow and sure
    /// method that tells apart what the usual one takes for the same; none where the game is too
    /// large for it, or it fails.
    #[must_use]
    pub fn precise(view: &View<'_>, objective: Matrix, settings: &Settings) -> Option<Self> {
        let kernel = Kernel::new(&view.prior, &view.user, &objective);
        kernel.check_units().ok()?;
        let full = full_information(&kernel);
        let solver = Solver::precise(kernel.clone(), Weights::OBJECTIVE, settings)?;
        let mut search = Self { solver, objective, points: vec![], same: CLOSEST, solves: 0 };
        if search.walk(&full, CLOSEST) {
            return Some(search);
        }
        // From both ends, then.
        search.solver = Solver::precise(kernel, Weights::OBJECTIVE, settings)?;
        search.same = CLOSE;
        search.begin(full, CLOSEST).and_then(|()| search.complete()).ok()?;
        Some(search)
    }

    /// The point of a frontier whose edges are all settled at which the user gets `floor`, or the
    /// first one where that leaves her more: the schemes that it is a mixture of, and the
    /// multipliers of the user's value and of obedience that prove it.
    pub(crate) fn at_floor(&self, floor: f64) -> (Vec<(f64, Scheme)>, (f64, Vec<Multiplier>)) {
        let kernel = self.solver.kernel();
        let wanted = kernel.scaled_user_value(floor) / kernel.states() as f64;
        let right = self.points.partition_point(|point| point.user < wanted).min(self.points.len() - 1);
        let point = &self.points[right];
        let proof = point.edge.as_ref().or(point.touch.as_ref());
        let proof = proof.map_or((0.0, vec![]), |proof| self.in_true_units(proof));
        let Some(left) = right.checked_sub(1).map(|left| &self.points[left]) else {
            return (vec![(1.0, point.scheme.clone())], proof);
        };
        let share = ((wanted - left.user) / (point.user - left.user)).clamp(0.0, 1.0);
        (vec![(1.0 - share, left.scheme.clone()), (share, point.scheme.clone())], proof)
    }

    /// Settles all edges.
    ///
    /// # Errors
    /// As [`FrontierSearch::new`]; what was found is kept.
    pub fn complete(&mut self) -> Result<(), PersuadeError> {
        let mut left = 0;
        while left + 1 < self.points.len() {
            if self.points[left + 1].edge.is_some() || self.split(left)? {
                left += 1;
            }
        }
        Ok(())
    }

    /// Settles the edge that holds `user_value`, and returns its ends: from minus infinity to the
    /// first vertex, where it lies below that.
    ///
    /// # Errors
    /// As [`FrontierSearch::new`]; what was found is kept.
    pub fn settle(&mut self, view: &View<'_>, user_value: f64) -> Result<(f64, f64), PersuadeError> {
        let (unit, zero) = self.solver.kernel().true_user_value();
        let wanted = (user_value - zero) / unit;
        loop {
            let right = self.points.partition_point(|point| point.user < wanted).min(self.points.len() - 1);
            let value = |point: usize| self.points[point].scheme.value(&view.prior, &view.user);
            match right.checked_sub(1) {
                None => return Ok((f64::NEG_INFINITY, value(0))),
                Some(left) if self.points[right].edge.is_some() => return Ok((value(left), value(right))),
                Some(left) => self.split(left)?,
            };
        }
    }

    /// Finds all vertices from the last to the first, one after another, where the solver can go
    /// from one to the next. False if it cannot. Vertices closer than `same` are one.
    fn walk(&mut self, full: &Point, same: f64) -> bool {
        let found = match self.solver.parametric() {
            None => None,
            Some(Parametric::Small(small)) => walk_down(small, full, same, is_convincing),
            // What is beyond doubt here is beyond floating point.
            Some(Parametric::Precise(small)) => walk_down(small, full, same, |_, _, _| true),
        };
        let Some(found) = found else { return false };
        self.solves += found.len();
        self.points = found;
        true
    }

    /// Looks for a vertex above the line from a point to the next one. True if there is none: then
    /// it is an edge.
    fn split(&mut self, left: usize) -> Result<bool, PersuadeError> {
        let (l, r) = (&self.points[left], &self.points[left + 1]);
        let slope = ((l.objective - r.objective) / (r.user - l.user)).max(0.0);
        let line = l.objective + slope * l.user;
        let (masses, duals) = self.solve(slope)?;
        let (l, r) = (&self.points[left], &self.points[left + 1]);
        let (user, objective) = values(self.solver.kernel(), &masses);
        let above = (objective + slope * user - line) / (1.0 + slope);
        if above > self.same_height() && user > l.user && user < r.user {
            let found = point(self.solver.kernel(), &masses);
            self.points.insert(left + 1, Point { touch: Some((slope, duals)), ..found });
            Ok(false)
        } else {
            self.points[left + 1].edge = Some((slope, duals));
            Ok(true)
        }
    }

    /// An optimum for `objective + slope * user`; at slope 0, of several the one that is best for
    /// the user.
    fn solve(&mut self, slope: f64) -> Result<(Masses, Duals), PersuadeError> {
        self.solver.restart(Weights::sloped(slope))?;
        self.solves += 1;
        let duals = self.solver.solve()?;
        if slope == 0.0 {
            self.solver.break_ties(&duals, Weights::USER)?;
        }
        Ok((self.solver.masses()?, duals))
    }

    /// Points less above a line than this lie on it.
    fn same_height(&self) -> f64 {
        let ends = self.points.first().zip(self.points.last());
        ends.map_or(self.same, |(first, last)| self.same * (first.objective - last.objective).clamp(0.0, 1.0))
    }

    /// The slope and the multipliers in true units.
    fn in_true_units(&self, proof: &(f64, Duals)) -> (f64, Vec<Multiplier>) {
        let kernel = self.solver.kernel();
        let per_user = kernel.objective_range / kernel.user_range;
        let (slope, duals) = proof;
        // The program's costs were divided by `1 + slope`.
        (slope * per_user, multipliers(kernel, duals, (1.0 + slope) * per_user))
    }

    /// The first vertex: an optimum of the objective.
    #[must_use]
    pub fn first(&self, view: &View<'_>) -> Vertex {
        let point = &self.points[0];
        Vertex {
            user_value: point.scheme.value(&view.prior, &view.user),
            objective_value: point.scheme.value(&view.prior, &self.objective),
            scheme: point.scheme.clone(),
            slopes: (0.0, f64::INFINITY),
            multipliers: point.edge.as_ref().map_or((0.0, vec![]), |proof| self.in_true_units(proof)),
        }
    }

    /// How many programs were solved.
    #[must_use]
    pub fn solves(&self) -> usize {
        self.solves
    }

    /// The lines above the frontier that are known, by the multiplier of the user's value and those
    /// of obedience; see [`Bound`](suasion_certificate::Bound).
    #[must_use]
    pub fn lines(&self) -> Vec<(f64, Vec<Multiplier>)> {
        let proofs = self.points.iter().flat_map(|point| point.edge.iter().chain(&point.touch));
        proofs.map(|proof| self.in_true_units(proof)).collect()
    }

    /// The same lines as (height, slope): the frontier is at most `height - slope v`.
    #[must_use]
    pub fn heights(&self, view: &View<'_>) -> Vec<(f64, f64)> {
        let kernel = self.solver.kernel();
        let per_user = kernel.objective_range / kernel.user_range;
        let through = |point: &Point| {
            let (user, objective) =
                (point.scheme.value(&view.prior, &view.user), point.scheme.value(&view.prior, &self.objective));
            let slopes: Vec<f64> = point.edge.iter().chain(&point.touch).map(|proof| proof.0 * per_user).collect();
            slopes.into_iter().map(move |slope| (objective + slope * user, slope))
        };
        self.points.iter().flat_map(through).collect()
    }

    /// What is known of the frontier: the vertices, without points on the line between their
    /// neighbours. The multipliers of a vertex whose edge is not settled bound the frontier at the
    /// vertex alone; those of the last one may be missing.
    #[must_use]
    pub fn frontier(&self, view: &View<'_>) -> Frontier {
        let mut corners: Vec<&Point> = Vec::with_capacity(self.points.len());
        let same = self.same_height();
        for point in &self.points {
            while let [.., before, last] = &corners[..] {
                let share = (last.user - before.user) / (point.user - before.user);
                let height = last.objective - (before.objective + share * (point.objective - before.objective));
                if height > same {
                    break;
                }
                corners.pop();
            }
            corners.push(point);
        }
        let kernel = self.solver.kernel();
        let per_user = kernel.objective_range / kernel.user_range;
        let slope = |l: &Point, r: &Point| ((l.objective - r.objective) / (r.user - l.user)).max(0.0) * per_user;
        let edges: Vec<f64> = corners.windows(2).map(|pair| slope(pair[0], pair[1])).collect();
        let last = corners.len().saturating_sub(1);
        let vertex = |(i, corner): (usize, &&Point)| {
            let proof = corner.edge.as_ref().or(corner.touch.as_ref());
            Vertex {
                user_value: corner.scheme.value(&view.prior, &view.user),
                objective_value: corner.scheme.value(&view.prior, &self.objective),
                scheme: corner.scheme.clone(),
                slopes: (if i == 0 { 0.0 } else { edges[i - 1] }, if i == last { f64::INFINITY } else { edges[i] }),
                multipliers: proof.map_or((0.0, vec![]), |proof| self.in_true_units(proof)),
            }
        };
        let vertices = corners.iter().enumerate().map(vertex).collect();
        Frontier { vertices, solves: self.solves, stopped: None }
    }
}

/// All vertices from the first to the last, found from the last on; none where the method fails, or
/// what it finds is doubtful.
fn walk_down<T: Number>(
    small: &mut Small<T>,
    full: &Point,
    same: f64,
    convinces: impl Fn(&Kernel, &[(usize, usize, f64)], &Duals) -> bool,
) -> Option<Vec<Point>> {
    let most = 4 * small.kernel.states() * small.kernel.actions() + 100;
    let (mut slope, mut found) = (f64::INFINITY, vec![full.clone()]);
    let mut masses: Option<Masses> = None;
    for _ in 0..most {
        let right = found.len() - 1;
        match small.descend(slope) {
            Err(Failed) => return None,
            Ok(None) if !small.is_sound() => return None,
            Ok(None) => {
                small.restart(Weights::OBJECTIVE);
                let duals = small.multipliers();
                if !convinces(&small.kernel, masses.as_ref().unwrap_or(&full.masses), &duals) {
                    return None;
                }
                found[right].edge = Some((0.0, duals));
                found.reverse();
                return Some(found);
            }
            Ok(Some((next, length))) => {
                slope = next;
                if length <= 0.0 {
                    continue;
                }
                let reached = small.masses();
                let (user, objective) = small.values();
                let (before, rounding) = (&found[right], |value: f64| same + ROUNDINGS * value.abs());
                if user > before.user + rounding(user) || objective < before.objective - rounding(objective) {
                    return None;
                }
                if user < before.user - rounding(user) {
                    let duals = small.multipliers();
                    if !convinces(&small.kernel, &reached, &duals) {
                        return None;
                    }
                    found[right].edge = Some((slope, duals));
                    found.push(Point { user, objective, ..point(&small.kernel, &reached) });
                }
                masses = Some(reached);
            }
        }
    }
    None
}

/// The last vertex needs no solver: she takes her best action in every state, of several the one
/// that is best for the objective.
fn full_information(kernel: &Kernel) -> Point {
    let all = kernel.best_action.iter().zip(&kernel.mass).enumerate();
    let masses: Vec<(usize, usize, f64)> = all.map(|(y, (&a, &mass))| (a, y, mass)).collect();
    point(kernel, &masses)
}

/// (action, state, scaled mass).
type Masses = Vec<(usize, usize, f64)>;

/// The user's and the objective's scaled value, averaged over states.
fn values(kernel: &Kernel, masses: &[(usize, usize, f64)]) -> (f64, f64) {
    let total =
        |utility: &Matrix| masses.iter().map(|&(a, y, x)| x * utility[(a, y)]).sum::<f64>() / kernel.states() as f64;
    (total(&kernel.user), total(&kernel.objective))
}

fn point(kernel: &Kernel, masses: &[(usize, usize, f64)]) -> Point {
    let (user, objective) = values(kernel, masses);
    Point { user, objective, scheme: repaired(kernel, masses), masses: masses.to_vec(), edge: None, touch: None }
}
