//! What an agent can get, as a function of what it leaves the user, however it talks to her.
//!
//! *Problem.* `V(v) = max { objective of a scheme : the user gets at least v }`, which is concave, since schemes can be mixed, and piecewise
//! linear, where the outcomes of schemes are a polytope; elsewhere it is known to within [`Talk::resolution`]. *Method.* The recursion of Eisner &
//! Severance (J. ACM 23, 1976) on `objective + s u`, with a [`Talk`] as its oracle. *Complexity:* about two solves per vertex. *Guarantee:* as that of [`frontier()`](crate::frontier()): every vertex
//! carries what proves the edge to its left, with the slope as the multiplier of the user's value; the first, what proves that nothing is better.

use super::{Talk, Values};
use crate::PersuadeError;
use crate::frontier::{Frontier, PROVABLE, STEEPENINGS, STEEPER, Tangent, Vertex};
use suasion_lp::Settings;
use suasion_model::Objective;

/// Relative to the range of the user's values: two that are closer are one.
const CLOSE: f64 = 1e-10;

/// A vertex while the search goes on: values are differences, less what every scheme gives.
struct Point<T: Talk> {
    user: f64,
    objective: f64,
    scheme: T::Scheme,
    /// The slope and the bound of the solve that settled the edge to its left; for the first point, those of slope 0.
    edge: Option<(f64, T::Bound)>,
    /// The slope and the bound of the solve that found it.
    touch: Option<(f64, T::Bound)>,
}

struct Search<'a, T: Talk> {
    talk: &'a T,
    objective: &'a Objective,
    settings: &'a Settings,
    /// The ranges of the user's values and of the objective's.
    units: (f64, f64),
    /// Relative to them: a point so little above a line is on it.
    same: f64,
    /// How far the frontier may be above the line that joins two vertices.
    error: f64,
    /// In increasing user value.
    points: Vec<Point<T>>,
    solves: usize,
}

/// The frontier of `objective` against the user's value.
///
/// # Errors
/// If the objective names an agent that there is not, or the solver fails. That a limit of `settings` ended it is no error: see
/// [`Frontier::stopped`].
pub fn talk_frontier<T: Talk>(
    talk: &T,
    objective: &Objective,
    settings: &Settings,
) -> Result<Frontier<T::Scheme, T::Bound>, PersuadeError> {
    talk_frontier_within(talk, objective, 0.0, settings)
}

/// Some of its vertices, as by [`frontier_within`](crate::frontier_within).
///
/// # Errors
/// As [`talk_frontier`].
pub fn talk_frontier_within<T: Talk>(
    talk: &T,
    objective: &Objective,
    error: f64,
    settings: &Settings,
) -> Result<Frontier<T::Scheme, T::Bound>, PersuadeError> {
    let (units, same) = ((1.0, 1.0), talk.resolution());
    let mut search = Search { talk, objective, settings, units, same, error, points: vec![], solves: 0 };
    let stopped = match search.run() {
        Ok(()) => None,
        Err(PersuadeError::Stopped(stopped)) => Some(stopped),
        Err(other) => return Err(other),
    };
    Ok(Frontier { stopped, ..search.frontier() })
}

/// The first vertex alone, the optimum of the objective without a floor: all that matters to a lone agent.
///
/// # Errors
/// As [`talk_frontier`]; and if a limit ended it ([`PersuadeError::Stopped`]).
pub fn talk_optimum<T: Talk>(
    talk: &T,
    objective: &Objective,
    settings: &Settings,
) -> Result<Frontier<T::Scheme, T::Bound>, PersuadeError> {
    let (scheme, bound) = talk.maximise_carefully(objective, settings)?;
    let values = talk.values(&scheme);
    let vertex = Vertex {
        user_value: values.user,
        objective_value: values.of(objective),
        scheme,
        slopes: (0.0, f64::INFINITY),
        multipliers: (0.0, bound),
    };
    Ok(Frontier { vertices: vec![vertex], solves: 1, stopped: None })
}

/// The scheme of a frontier at a user value: a vertex's, or two of them mixed.
///
/// # Panics
/// As [`Frontier::right`].
#[must_use]
pub fn talk_scheme<T: Talk>(talk: &T, frontier: &Frontier<T::Scheme, T::Bound>, user_value: f64) -> T::Scheme {
    let (right, share) = (frontier.right(user_value), frontier.share(user_value));
    let scheme = |vertex: usize| &frontier.vertices[vertex].scheme;
    if share == 1.0 {
        scheme(right).clone()
    } else {
        talk.mix(&[(1.0 - share, scheme(right - 1)), (share, scheme(right))])
    }
}

impl<T: Talk> Search<'_, T> {
    fn run(&mut self) -> Result<(), PersuadeError> {
        let (scheme, bound) = self.solve(0.0)?;
        // The kernel has looked at the objective: it is one.
        let positive = |range: f64| if range > 0.0 { range } else { 1.0 };
        let (user, objective) = self.talk.ranges(self.objective);
        self.units = (positive(user), positive(objective));
        let first = Point { edge: Some((0.0, bound)), ..self.point(scheme) };
        let last = self.point(self.talk.revelation(self.objective));
        // Nothing may lie between: the objective's optimum may be full information.
        let apart = last.user - first.user > CLOSE * self.units.0;
        self.points.push(first);
        self.points.extend(apart.then_some(last));
        if self.error > 0.0 {
            self.prove_last()?;
        }
        let mut left = 0;
        while left + 1 < self.points.len() {
            if self.is_within(left) || self.split(left)? {
                left += 1;
            }
        }
        Ok(())
    }

    /// Whether the frontier is known to be no more than the error above the line from a point to the
    /// next one.
    fn is_within(&self, left: usize) -> bool {
        let tangent = |point: &Point<T>| {
            let slope = point.edge.as_ref().or(point.touch.as_ref())?.0;
            Some(Tangent { user: point.user, objective: point.objective, slope })
        };
        let tangents = tangent(&self.points[left]).zip(tangent(&self.points[left + 1]));
        tangents.is_some_and(|(left, right)| Tangent::are_within(left, right, self.error))
    }

    /// Looks for a slope at which full information is best, which proves it whatever else is found.
    fn prove_last(&mut self) -> Result<(), PersuadeError> {
        let [first, .., last] = &self.points[..] else { return Ok(()) };
        let unit = self.units.1 / self.units.0;
        let stake = (first.objective - last.objective).max(0.0);
        let mut slope = stake / (last.user - first.user);
        for _ in 0..STEEPENINGS {
            slope = STEEPER * slope.max(unit);
            let (scheme, bound) = self.solve(slope)?;
            let found = self.point(scheme);
            let end = self.points.len() - 1;
            let (before, last) = (&self.points[end - 1], &self.points[end]);
            let above = found.objective + slope * found.user - (last.objective + slope * last.user);
            if above <= (self.same * (self.units.1 + slope * self.units.0)).min(PROVABLE * stake) {
                self.points[end].touch = Some((slope, bound));
                return Ok(());
            }
            let close = CLOSE * self.units.0;
            if found.user > before.user + close && found.user < last.user - close {
                self.points.insert(end, Point { touch: Some((slope, bound)), ..found });
            }
        }
        Ok(())
    }

    /// Looks for a vertex above the line from a point to the next one. True if there is none: then it is an edge.
    fn split(&mut self, left: usize) -> Result<bool, PersuadeError> {
        let (l, r) = (&self.points[left], &self.points[left + 1]);
        let slope = ((l.objective - r.objective) / (r.user - l.user)).max(0.0);
        let line = l.objective + slope * l.user;
        let (scheme, bound) = self.solve(slope)?;
        let found = self.point(scheme);
        let (l, r) = (&self.points[left], &self.points[left + 1]);
        let (same, close) = (self.same * (self.units.1 + slope * self.units.0), CLOSE * self.units.0);
        let above = found.objective + slope * found.user - line;
        if above > same && found.user > l.user + close && found.user < r.user - close {
            self.points.insert(left + 1, Point { touch: Some((slope, bound)), ..found });
            return Ok(false);
        }
        self.points[left + 1].edge = Some((slope, bound));
        Ok(true)
    }

    fn solve(&mut self, slope: f64) -> Result<(T::Scheme, T::Bound), PersuadeError> {
        self.solves += 1;
        let objective = Objective { user: self.objective.user + slope, ..self.objective.clone() };
        self.talk.maximise(&objective, self.settings)
    }

    fn point(&self, scheme: T::Scheme) -> Point<T> {
        let values: Values = self.talk.differences(&scheme);
        Point { user: values.user, objective: values.of(self.objective), scheme, edge: None, touch: None }
    }

    /// What is known: the vertices, without points on the line between their neighbours.
    fn frontier(mut self) -> Frontier<T::Scheme, T::Bound> {
        // A first vertex that was not best for the user gives its bound to the one that is.
        while let [first, second, ..] = &self.points[..]
            && first.objective - second.objective <= self.same * self.units.1
        {
            let edge = self.points.remove(0).edge;
            self.points[0].edge = edge;
        }
        let mut corners: Vec<Point<T>> = Vec::with_capacity(self.points.len());
        for point in self.points {
            while let [.., before, last] = &corners[..] {
                let share = (last.user - before.user) / (point.user - before.user);
                let height = last.objective - (before.objective + share * (point.objective - before.objective));
                if height > self.same * self.units.1 {
                    break;
                }
                corners.pop();
            }
            corners.push(point);
        }
        let slope = |l: &Point<T>, r: &Point<T>| ((l.objective - r.objective) / (r.user - l.user)).max(0.0);
        let edges: Vec<f64> = corners.windows(2).map(|pair| slope(&pair[0], &pair[1])).collect();
        let last = corners.len().saturating_sub(1);
        let vertex = |(i, corner): (usize, Point<T>)| {
            let values = self.talk.values(&corner.scheme);
            Vertex {
                user_value: values.user,
                objective_value: values.of(self.objective),
                scheme: corner.scheme,
                slopes: (if i == 0 { 0.0 } else { edges[i - 1] }, if i == last { f64::INFINITY } else { edges[i] }),
                multipliers: corner.edge.or(corner.touch).unwrap_or_default(),
            }
        };
        let vertices = corners.into_iter().enumerate().map(vertex).collect();
        Frontier { vertices, solves: self.solves, stopped: None }
    }
}
