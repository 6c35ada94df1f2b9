//! The frontier of any sender, by independent solves.
//!
//! *Problem.* `V(v) = max { objective of a scheme : the user gets at least v }`. It is concave,
//! because schemes can be mixed. It is piecewise linear if the outcomes of schemes form a polytope;
//! otherwise it is known to within [`Sender::resolution`]. *Method.* The recursion of Eisner &
//! Severance (J. ACM 23, 1976) on `objective + s u`, with a [`Sender`] as its oracle. *Complexity:*
//! about two solves per vertex. *Guarantee:* every vertex carries a proof of the edge to its left,
//! with the slope as the multiplier of the user's value. The first vertex carries a proof that it
//! is optimal.

use super::{Frontier, PROVABLE, STEEPENINGS, STEEPER, Tangent, Vertex, corners};
use crate::PersuadeError;
use crate::sender::{BoundOf, FrontierSearch, SchemeOf, Sender};
use suasion_lp::Settings;
use suasion_model::Objective;

/// Two values of the user closer than this, relative to their range, are equal.
const CLOSE: f64 = 1e-10;

/// A vertex during the search. Values are differences from what every scheme gives.
struct Point<S: Sender> {
    user: f64,
    objective: f64,
    scheme: SchemeOf<S>,
    /// The slope and the bound of the solve that settled the edge to its left; for the first point,
    /// those of slope 0.
    edge: Option<(f64, BoundOf<S>)>,
    /// The slope and the bound of the solve that found it.
    touch: Option<(f64, BoundOf<S>)>,
}

/// The search for the frontier of any sender.
pub struct GeneralSearch<S: Sender> {
    objective: Objective,
    settings: Settings,
    /// The ranges of the user's values and of the objective's.
    units: (f64, f64),
    /// A point this little above a line, relative to the units, is on it.
    same: f64,
    /// In order of increasing user value.
    points: Vec<Point<S>>,
    solves: usize,
}

impl<S: Sender> GeneralSearch<S> {
    /// Finds the first and the last vertex of the frontier of `objective`.
    ///
    /// # Errors
    /// As [`Sender::maximize`].
    pub fn new(sender: &S, objective: &Objective, settings: &Settings) -> Result<Self, PersuadeError> {
        let (objective, settings) = (objective.clone(), settings.clone());
        let mut search =
            Self { objective, settings, units: (1.0, 1.0), same: sender.resolution(), points: vec![], solves: 0 };
        let (scheme, bound) = search.solve(sender, 0.0)?;
        // The kernel has validated the objective.
        let positive = |range: f64| if range > 0.0 { range } else { 1.0 };
        let (user, objective) = sender.ranges(&search.objective);
        search.units = (positive(user), positive(objective));
        let first = Point { edge: Some((0.0, bound)), ..search.point(sender, scheme) };
        let last = search.point(sender, sender.full_information(&search.objective));
        // There may be only one vertex: the objective's optimum may be full information.
        let apart = last.user - first.user > CLOSE * search.units.0;
        search.points.push(first);
        search.points.extend(apart.then_some(last));
        Ok(search)
    }

    /// Whether the frontier is known to be at most `error` above the line from a point to the next
    /// one.
    fn is_within(&self, left: usize, error: f64) -> bool {
        let tangent = |point: &Point<S>| {
            let slope = point.edge.as_ref().or(point.touch.as_ref())?.0;
            Some(Tangent { user: point.user, objective: point.objective, slope })
        };
        let tangents = tangent(&self.points[left]).zip(tangent(&self.points[left + 1]));
        tangents.is_some_and(|(left, right)| Tangent::are_within(left, right, error))
    }

    /// Looks for a slope at which full information is best. Such a slope proves it, independently
    /// of the other results.
    fn prove_last(&mut self, sender: &S) -> Result<(), PersuadeError> {
        let [first, .., last] = &self.points[..] else { return Ok(()) };
        let unit = self.units.1 / self.units.0;
        let stake = (first.objective - last.objective).max(0.0);
        let mut slope = stake / (last.user - first.user);
        for _ in 0..STEEPENINGS {
            slope = STEEPER * slope.max(unit);
            let (scheme, bound) = self.solve(sender, slope)?;
            let found = self.point(sender, scheme);
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

    /// Looks for a vertex above the line from a point to the next one. Returns true if there is
    /// none, so the line is an edge.
    fn split(&mut self, sender: &S, left: usize) -> Result<bool, PersuadeError> {
        let (l, r) = (&self.points[left], &self.points[left + 1]);
        let slope = ((l.objective - r.objective) / (r.user - l.user)).max(0.0);
        let line = l.objective + slope * l.user;
        let (scheme, bound) = self.solve(sender, slope)?;
        let found = self.point(sender, scheme);
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

    fn solve(&mut self, sender: &S, slope: f64) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError> {
        self.solves += 1;
        let objective = Objective { user: self.objective.user + slope, ..self.objective.clone() };
        sender.maximize(&objective, &self.settings)
    }

    fn point(&self, sender: &S, scheme: SchemeOf<S>) -> Point<S> {
        let values = sender.differences(&scheme);
        Point { user: values.user, objective: values.of(&self.objective), scheme, edge: None, touch: None }
    }
}

impl<S: Sender> FrontierSearch<S> for GeneralSearch<S> {
    fn complete_within(&mut self, sender: &S, error: f64) -> Result<(), PersuadeError> {
        if error > 0.0 {
            self.prove_last(sender)?;
        }
        let mut left = 0;
        while left + 1 < self.points.len() {
            if self.points[left + 1].edge.is_some() || self.is_within(left, error) || self.split(sender, left)? {
                left += 1;
            }
        }
        Ok(())
    }

    fn settle(&mut self, sender: &S, user_value: f64) -> Result<(f64, f64), PersuadeError> {
        loop {
            let value = |point: &Point<S>| sender.values(&point.scheme).user;
            let right = self.points.iter().position(|point| value(point) >= user_value);
            let right = right.unwrap_or(self.points.len() - 1);
            match right.checked_sub(1) {
                None => return Ok((f64::NEG_INFINITY, value(&self.points[0]))),
                Some(left) if self.points[right].edge.is_some() => {
                    return Ok((value(&self.points[left]), value(&self.points[right])));
                }
                Some(left) => {
                    self.split(sender, left)?;
                }
            }
        }
    }

    fn frontier(&self, sender: &S) -> Frontier<S::Communication> {
        // If the first vertex was not best for the user, the one that is takes over its bound.
        let as_good = |pair: &[Point<S>]| pair[0].objective - pair[1].objective <= self.same * self.units.1;
        let begin = self.points.windows(2).take_while(|pair| as_good(pair)).count();
        let first_edge = self.points[0].edge.as_ref();
        let corners = corners(&self.points[begin..], |point| (point.user, point.objective), self.same * self.units.1);
        let slope = |l: &Point<S>, r: &Point<S>| ((l.objective - r.objective) / (r.user - l.user)).max(0.0);
        let edges: Vec<f64> = corners.windows(2).map(|pair| slope(pair[0], pair[1])).collect();
        let last = corners.len().saturating_sub(1);
        let vertex = |(i, corner): (usize, &&Point<S>)| {
            let values = sender.values(&corner.scheme);
            let bound = if i == 0 { first_edge } else { corner.edge.as_ref().or(corner.touch.as_ref()) };
            Vertex {
                user_value: values.user,
                objective_value: values.of(&self.objective),
                scheme: corner.scheme.clone(),
                slopes: (if i == 0 { 0.0 } else { edges[i - 1] }, if i == last { f64::INFINITY } else { edges[i] }),
                bound: bound.cloned().unwrap_or_else(|| (0.0, sender.unpriced())),
            }
        };
        let vertices = corners.iter().enumerate().map(vertex).collect();
        Frontier { vertices, solves: self.solves, stopped: None }
    }

    fn lines(&self) -> Vec<(f64, BoundOf<S>)> {
        self.points.iter().flat_map(|point| point.edge.iter().chain(&point.touch)).cloned().collect()
    }

    fn heights(&self, sender: &S) -> Vec<(f64, f64)> {
        let through = |point: &Point<S>| {
            let values = sender.values(&point.scheme);
            let (user, objective) = (values.user, values.of(&self.objective));
            let slopes: Vec<f64> = point.edge.iter().chain(&point.touch).map(|bound| bound.0).collect();
            slopes.into_iter().map(move |slope| (objective + slope * user, slope))
        };
        self.points.iter().flat_map(through).collect()
    }
}
