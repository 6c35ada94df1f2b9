//! The frontier of direct schemes, with a solver that continues from one basis to the next.

use super::{Frontier, PROVABLE, STEEPENINGS, STEEPER, Tangent, Vertex, corners};
use crate::PersuadeError;
use crate::convincing::is_convincing;
use crate::kernel::Kernel;
use crate::multipliers::multipliers;
use crate::regime::Regime;
use crate::repair::repaired;
use crate::sender::FrontierSearch;
use crate::simplex::Duals;
use crate::small::Small;
use crate::small::number::Number;
use crate::solver::{Parametric, Solver};
use crate::weights::Weights;
use suasion_certificate::{Direct, Multiplier};
use suasion_lp::{Settings, Stopped};
use suasion_model::{Matrix, Scheme, View};

/// Two values closer than this, in scaled utility, are equal.
const SAME: f64 = 4e-9;
/// If the value of information to the user is below this, in scaled utility, floating point is not
/// tried first.
const FAINT: f64 = 1e-5;
/// The same as [`SAME`] in double-double precision, which separates all distinct vertices.
const CLOSEST: f64 = 1e-18;
/// The same for a search for vertices between others, whose slopes are rounded.
const CLOSE: f64 = 1e-13;
/// A difference below this, in scaled utility, is indistinguishable from the noise of the solver.
const NOISE: f64 = 1e-11;
/// After this many solves between vertices, the search finds all vertices at once.
const SEARCHED: usize = 300;
/// The number of times that the parametric method may recover after it loses its way.
const MENDS: usize = 50;
/// The number of pivots between checks of the limits.
const LOOK: usize = 32;
/// The results use this many times their memory by the time they are printed.
const COPIES: usize = 8;
/// The relative rounding error of a value.
const ROUNDINGS: f64 = 4.0 * f64::EPSILON;

/// A vertex during the search. Values are scaled averages over states.
#[derive(Clone)]
struct Point {
    user: f64,
    objective: f64,
    scheme: Scheme,
    /// The slope and the multipliers of a solve that settled the edge to its left; for the first
    /// point, those of slope 0.
    edge: Option<(f64, Duals)>,
    /// The slope and the multipliers of the solve that found it.
    touch: Option<(f64, Duals)>,
}

/// The search for the frontier of direct schemes.
///
/// For a small game, the parametric simplex method finds the whole frontier at once, from full
/// information down. It does the same for a larger game once the whole frontier is requested.
pub struct DirectSearch {
    solver: Solver,
    objective: Matrix,
    /// In order of increasing user value.
    points: Vec<Point>,
    /// Points this little above a line lie on it: a fraction of the difference of the objective
    /// between the first and the last vertex.
    same: f64,
    solves: usize,
    /// Whether the search has looked for all vertices at once.
    walked: bool,
    /// The memory limit of points, in bytes.
    memory: f64,
}

impl DirectSearch {
    /// Finds the first and the last vertex of the frontier of `objective`
    /// (`actions x observations`).
    ///
    /// # Errors
    /// If the solver fails, or a limit of `settings` stops it.
    pub fn new(view: &View<'_>, objective: Matrix, settings: &Settings) -> Result<Self, PersuadeError> {
        let kernel = Kernel::new(&view.prior, &view.user, &objective);
        kernel.check_units()?;
        let full = full_information(&kernel);
        let span = span(&kernel);
        let same = SAME * span;
        let precise = |kernel: &Kernel| Solver::precise(kernel.clone(), Weights::OBJECTIVE, settings);
        if span < FAINT
            && let Some(solver) = precise(&kernel)
        {
            let mut search = Self::by(solver, objective.clone(), SAME);
            if search.walk(&full, same) {
                return Ok(search);
            }
        }
        let at_once = Regime::is_small(kernel.states(), kernel.actions());
        let solver = Solver::for_neighbors(kernel, Weights::OBJECTIVE, settings)?;
        let tiny = solver.is_tiny();
        let mut search = Self::by(solver, objective, SAME);
        if at_once && search.walk(&full, same) {
            return Ok(search);
        }
        if tiny && let Some(precise) = precise(search.solver.kernel()) {
            search.solver = precise;
            if search.walk(&full, same) {
                return Ok(search);
            }
        }
        search.begin(full, same)?;
        Ok(search)
    }

    /// A search without any vertices yet.
    fn by(solver: Solver, objective: Matrix, same: f64) -> Self {
        let memory = solver.settings().available_memory() / COPIES as f64;
        Self { solver, objective, points: vec![], same, solves: 0, walked: false, memory }
    }

    /// Finds the first vertex; the last is full information. Vertices closer than `same` are equal.
    fn begin(&mut self, full: Point, same: f64) -> Result<(), PersuadeError> {
        let (masses, duals) = self.solve(0.0)?;
        let first = Point { edge: Some((0.0, duals)), ..point(self.solver.kernel(), &masses) };
        // There may be only one vertex: the objective's optimum may be full information.
        let last = (full.user - first.user > same).then_some(full);
        self.points = [first].into_iter().chain(last).collect();
        Ok(())
    }

    /// Finds all vertices of the frontier of `objective` (`actions x observations`) by a slow and
    /// reliable method that separates vertices that the usual one merges. Returns `None` if the
    /// game is too large for the method or the method fails.
    #[must_use]
    pub fn precise(view: &View<'_>, objective: Matrix, settings: &Settings) -> Option<Self> {
        let kernel = Kernel::new(&view.prior, &view.user, &objective);
        kernel.check_units().ok()?;
        let full = full_information(&kernel);
        let solver = Solver::precise(kernel.clone(), Weights::OBJECTIVE, settings)?;
        let mut search = Self::by(solver, objective, CLOSEST);
        if search.walk(&full, CLOSEST) {
            return Some(search);
        }
        // Search from both ends instead.
        search.solver = Solver::precise(kernel, Weights::OBJECTIVE, settings)?;
        search.same = CLOSE;
        search.begin(full, CLOSEST).and_then(|()| search.complete_within(view, 0.0)).ok()?;
        Some(search)
    }

    /// The point of a fully settled frontier at which the user gets `floor`, or the first vertex if
    /// that leaves her more: the schemes of which it is a mixture, and the multipliers of the
    /// user's value and of obedience that prove it.
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

    /// Finds all vertices at once, if some are missing and the game is small enough. Tries this
    /// only once.
    fn walk_all(&mut self) {
        let kernel = self.solver.kernel();
        let missing = self.points.iter().skip(1).any(|point| point.edge.is_none());
        if !self.walked && missing && Regime::Small.is_within_reach(kernel, self.solver.settings()) {
            let (full, same) = (full_information(kernel), SAME * span(kernel));
            self.walk(&full, same);
        }
        self.walked = true;
    }

    /// Looks for a slope at which full information is best. Such a slope proves it, independently
    /// of the other results.
    fn prove_last(&mut self) -> Result<(), PersuadeError> {
        let [first, .., last] = &self.points[..] else { return Ok(()) };
        let mut slope = (first.objective - last.objective).max(0.0) / (last.user - first.user);
        for _ in 0..STEEPENINGS {
            let Some(last) = self.points.last().filter(|last| last.edge.is_none()) else { return Ok(()) };
            slope = STEEPER * slope.max(1.0);
            let line = last.objective + slope * last.user;
            let (masses, duals) = self.solve(slope)?;
            let found = point(self.solver.kernel(), &masses);
            let (end, before) = (self.points.len() - 1, &self.points[self.points.len() - 2]);
            if found.objective + slope * found.user - line <= self.height_of_none(end, slope) {
                self.points[end].touch = Some((slope, duals));
                return Ok(());
            }
            if found.user > before.user && found.user < self.points[end].user {
                self.points.insert(end, Point { touch: Some((slope, duals)), ..found });
            }
        }
        Ok(())
    }

    /// Whether the frontier is known to be at most `error` above the line from a point to the next
    /// one.
    fn is_within(&self, left: usize, error: f64) -> bool {
        let tangent = |point: &Point| {
            let slope = point.edge.as_ref().or(point.touch.as_ref())?.0;
            Some(Tangent { user: point.user, objective: point.objective, slope })
        };
        let tangents = tangent(&self.points[left]).zip(tangent(&self.points[left + 1]));
        tangents.is_some_and(|(left, right)| Tangent::are_within(left, right, error))
    }

    /// Finds all vertices from the last to the first, if the solver can move from one to the next.
    /// Returns false if it cannot or a limit stops it; the results are then kept if the first
    /// vertex is known. Vertices closer than `same` are equal.
    fn walk(&mut self, full: &Point, same: f64) -> bool {
        self.walked = true;
        let (settings, memory) = (self.solver.settings().clone(), self.memory);
        let limits = (&settings, memory);
        let found = match self.solver.parametric() {
            // Use the parametric method even if the solver uses another one: a pivot is far cheaper
            // than a solve.
            None => {
                let mut small = Small::<f64>::new(self.solver.kernel().clone(), Weights::OBJECTIVE);
                walk_down(&mut small, full, same, is_convincing, limits)
            }
            Some(Parametric::Small(small)) => walk_down(small, full, same, is_convincing, limits),
            // What is certain here is more precise than floating point.
            Some(Parametric::Precise(small)) => walk_down(small, full, same, |_, _, _| true, limits),
        };
        let Some(Walked { mut points, whole }) = found else { return false };
        self.solves += points.len();
        if whole {
            self.points = points;
        } else if !self.points.is_empty() {
            self.points.truncate(1);
            self.points.append(&mut points);
        }
        whole
    }

    /// Looks for a vertex above the line from a point to the next one. Returns true if there is
    /// none, so the line is an edge.
    fn split(&mut self, left: usize) -> Result<bool, PersuadeError> {
        let (l, r) = (&self.points[left], &self.points[left + 1]);
        let slope = ((l.objective - r.objective) / (r.user - l.user)).max(0.0);
        let line = l.objective + slope * l.user;
        let (masses, duals) = self.solve(slope)?;
        let (l, r) = (&self.points[left], &self.points[left + 1]);
        let (user, objective) = values(self.solver.kernel(), &masses);
        let above = objective + slope * user - line;
        if above > self.height_of_none(left + 1, slope) && user > l.user && user < r.user {
            let found = point(self.solver.kernel(), &masses);
            self.check_memory(found.scheme.entries.len())?;
            self.points.insert(left + 1, Point { touch: Some((slope, duals)), ..found });
            Ok(false)
        } else {
            self.points[left + 1].edge = Some((slope, duals));
            Ok(true)
        }
    }

    /// An optimum for `objective + slope * user`. At slope 0, ties are broken for the user.
    fn solve(&mut self, slope: f64) -> Result<(Masses, Duals), PersuadeError> {
        self.solver.restart(Weights::sloped(slope))?;
        self.solves += 1;
        let duals = self.solver.solve()?;
        if slope == 0.0 {
            self.solver.break_ties(&duals, Weights::USER)?;
        }
        Ok((self.solver.masses()?, duals))
    }

    /// Points less than this above the line to a point lie on it.
    fn height_of_none(&self, right: usize, slope: f64) -> f64 {
        let kernel = self.solver.kernel();
        let uninformed = kernel.objective.row(kernel.uninformed_action());
        let none = kernel.mass.iter().zip(uninformed).map(|(mass, v)| mass * v).sum::<f64>() / kernel.states() as f64;
        let own = self.points[right].objective;
        let full = self.points.last().map_or(own, |last| last.objective);
        let stake = own.max(full).max(none) - own.min(full).min(none);
        (self.same_height() * (1.0 + slope)).min((PROVABLE * stake).max(NOISE * (1.0 + slope)))
    }

    /// Stops the search if the points and one more, with this many probabilities, take too much
    /// memory.
    fn check_memory(&self, entries: usize) -> Result<(), PersuadeError> {
        let taken = (self.points.len() + 1) as f64 * bytes(self.solver.kernel().states(), entries);
        if taken > self.memory { Err(PersuadeError::Stopped(Stopped::MemoryLimit)) } else { Ok(()) }
    }

    /// Points less than this above a line lie on it.
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
    pub fn first(&self, view: &View<'_>) -> Vertex<Direct> {
        let point = &self.points[0];
        Vertex {
            user_value: point.scheme.value(&view.prior, &view.user),
            objective_value: point.scheme.value(&view.prior, &self.objective),
            scheme: point.scheme.clone(),
            slopes: (0.0, f64::INFINITY),
            bound: point.edge.as_ref().map_or((0.0, vec![]), |proof| self.in_true_units(proof)),
        }
    }

    /// The number of programs solved.
    #[must_use]
    pub fn solves(&self) -> usize {
        self.solves
    }
}

impl<'a> FrontierSearch<View<'a>> for DirectSearch {
    fn complete_within(&mut self, _: &View<'a>, error: f64) -> Result<(), PersuadeError> {
        let error = error / self.solver.kernel().true_objective_unit();
        if error > 0.0 {
            self.prove_last()?;
        } else {
            self.walk_all();
        }
        let mut left = 0;
        while left + 1 < self.points.len() {
            if self.points[left + 1].edge.is_some() || self.is_within(left, error) || self.split(left)? {
                left += 1;
            }
        }
        Ok(())
    }

    fn settle(&mut self, view: &View<'a>, user_value: f64) -> Result<(f64, f64), PersuadeError> {
        let (unit, zero) = self.solver.kernel().true_user_value();
        let wanted = (user_value - zero) / unit;
        loop {
            let right = self.points.partition_point(|point| point.user < wanted).min(self.points.len() - 1);
            let value = |point: usize| self.points[point].scheme.value(&view.prior, &view.user);
            match right.checked_sub(1) {
                None => return Ok((f64::NEG_INFINITY, value(0))),
                Some(left) if self.points[right].edge.is_some() => return Ok((value(left), value(right))),
                Some(_) if !self.walked && self.solves >= SEARCHED => {
                    self.walk_all();
                }
                Some(left) => {
                    self.split(left)?;
                }
            }
        }
    }

    fn frontier(&self, view: &View<'a>) -> Frontier<Direct> {
        let corners = corners(&self.points, |point| (point.user, point.objective), self.same_height());
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
                bound: proof.map_or((0.0, vec![]), |proof| self.in_true_units(proof)),
            }
        };
        let vertices = corners.iter().enumerate().map(vertex).collect();
        Frontier { vertices, solves: self.solves, stopped: None }
    }

    fn lines(&self) -> Vec<(f64, Vec<Multiplier>)> {
        let proofs = self.points.iter().flat_map(|point| point.edge.iter().chain(&point.touch));
        proofs.map(|proof| self.in_true_units(proof)).collect()
    }

    fn heights(&self, view: &View<'a>) -> Vec<(f64, f64)> {
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
}

/// The value of information to the user, in scaled utility, at most 1. If it is small, so are all
/// differences.
fn span(kernel: &Kernel) -> f64 {
    let uninformed = kernel.user.row(kernel.uninformed_action());
    let none: f64 = kernel.mass.iter().zip(uninformed).map(|(mass, u)| mass * u).sum();
    (-none / kernel.states() as f64).min(1.0)
}

/// The memory of a point in bytes: two sets of plausibility multipliers, and this many
/// probabilities with their indices.
fn bytes(states: usize, entries: usize) -> f64 {
    8.0 * (2 * states + 3 * entries) as f64
}

/// Vertices in order of increasing user value, up to the last; and whether the first is among them.
struct Walked {
    points: Vec<Point>,
    whole: bool,
}

/// Finds all vertices, starting from the last. Returns only the last ones if a limit of time or
/// memory (in bytes) is reached, or if the method fails or is in doubt too often. Returns none if
/// the last vertex is the only one.
fn walk_down<T: Number>(
    small: &mut Small<T>,
    full: &Point,
    same: f64,
    convinces: impl Fn(&Kernel, &[(usize, usize, f64)], &Duals) -> bool,
    (settings, memory): (&Settings, f64),
) -> Option<Walked> {
    let most = 4 * small.kernel.states() * small.kernel.actions() + 100;
    let (mut slope, mut found, mut taken) = (f64::INFINITY, vec![full.clone()], 0.0);
    small.reveal();
    let mut masses = revealed(&small.kernel);
    // Records the current point, which is optimal for some slope. Returns false if that is in
    // doubt.
    let mut arrive = |small: &mut Small<T>, slope: f64, found: &mut Vec<Point>, masses: &mut Masses| {
        let reached = small.masses();
        let (user, objective) = small.values();
        let Some(before) = found.last_mut() else { return false };
        let rounding = |value: f64| same + ROUNDINGS * value.abs();
        if user > before.user + rounding(user) || objective < before.objective - rounding(objective) {
            return false;
        }
        if user < before.user - rounding(user) {
            let duals = small.multipliers();
            if !convinces(&small.kernel, &reached, &duals) {
                return false;
            }
            before.edge = Some((slope, duals));
            taken += bytes(small.kernel.states(), reached.len());
            found.push(Point { user, objective, ..point(&small.kernel, &reached) });
        }
        *masses = reached;
        settings.stopped().is_none() && taken <= memory
    };
    let (mut whole, mut mends) = (false, 0);
    for pivot in 0..most {
        if pivot % LOOK == 0 && settings.stopped().is_some() {
            break;
        }
        let went_on = match small.descend(slope) {
            Ok(Some((next, length))) => {
                slope = next;
                length <= 0.0 || arrive(small, slope, &mut found, &mut masses)
            }
            Ok(None) if small.is_sound() => {
                small.restart(Weights::OBJECTIVE);
                let duals = small.multipliers();
                whole = convinces(&small.kernel, &masses, &duals);
                if let Some(first) = found.last_mut().filter(|_| whole) {
                    first.edge = Some((0.0, duals));
                }
                break;
            }
            _ => false,
        };
        // Recomputes an optimum for the slope that was reached.
        let again = |small: &mut Small<T>| slope.is_finite() && small.solve(settings).is_some();
        if !went_on {
            mends += 1;
            if mends > MENDS || !again(small) || !arrive(small, slope, &mut found, &mut masses) {
                break;
            }
        }
    }
    found.reverse();
    (whole || found.len() > 1).then_some(Walked { points: found, whole })
}

/// The last vertex, which needs no solver: the user takes her best action in every state. Ties are
/// broken for the objective.
fn full_information(kernel: &Kernel) -> Point {
    point(kernel, &revealed(kernel))
}

/// The masses of full information.
fn revealed(kernel: &Kernel) -> Masses {
    let all = kernel.best_action.iter().zip(&kernel.mass).enumerate();
    all.map(|(y, (&a, &mass))| (a, y, mass)).collect()
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
    Point { user, objective, scheme: repaired(kernel, masses), edge: None, touch: None }
}
