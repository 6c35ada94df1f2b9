//! The best mixture in the region where given responses are best responses, by a dedicated dual
//! simplex method.
//!
//! *Problem.* `max c.x` over mixtures `x` with `g_r.x >= h` for every row `r`. Row `r` states that
//! an alternative is no better for a type than its response, and `h` is a small margin or zero.
//! *Method.* The dual simplex method (Lemke, Naval Research Logistics Quarterly 1, 1954). A basis
//! consists of the actions that have mass and of the binding rows, of which there is one fewer. The
//! method stores only its inverse, and adds rows when they are violated, as in Dantzig, Fulkerson &
//! Johnson (1954). *Guarantee.* Wherever the method ends, its multipliers are not negative, so they
//! bound the value of any mixture by weak duality: see [`Mixture::bound`].

#[cfg(test)]
mod tests;

use super::{Responses, row_factor};
use suasion_lp::Settings;

/// The largest violation of a row, and the most negative mass, that count as zero.
const BROKEN: f64 = 1e-11;
/// Smaller entries cannot be pivots.
const PIVOT: f64 = 1e-9;
/// The most negative reduced cost that counts as zero when pivots are compared.
const SLACK: f64 = 1e-13;
/// If a pivot of elimination is below this, the basis is singular.
const SINGULAR: f64 = 1e-14;
/// The number of pivots between computations of the inverse; more if the basis is larger than that.
const REFRESH: usize = 24;
/// After this many pivots without improvement, costs are perturbed.
const STALLED: usize = 8;
/// The approximate size of the perturbation.
const APART: f64 = 1e-12;
/// The method gives up after this many pivots for each action of the basis, plus this many.
const PATIENCE: usize = 60;

/// A row: the alternative is no better for a type than its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub kind: usize,
    pub response: usize,
    pub alternative: usize,
}

/// A row in use.
#[derive(Clone, Debug)]
struct Active {
    label: Label,
    /// The factor by which its gains are multiplied.
    factor: f64,
    /// The gain of each action.
    gains: Vec<f64>,
}

/// The types whose responses are given, each with its response.
#[derive(Clone, Copy)]
pub(crate) struct Region<'a> {
    pub game: &'a Responses,
    pub given: &'a [(usize, usize)],
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The mixture is optimal, and the bound is its value.
    Optimal,
    /// The bound is as low as requested.
    Enough,
    /// No mixture satisfies the rows. The bound is as low as requested, if possible.
    Empty,
    /// There were too many pivots, the time is up, or rounding prevented progress.
    Stuck,
}

/// A linear program over mixtures, and the state of the method.
pub(crate) struct Mixture {
    costs: Vec<f64>,
    /// The actions of the basis, one more than there are rows in use.
    support: Vec<usize>,
    active: Vec<Active>,
    /// The inverse of the basis, `[action][row]`, where row 0 is that of the sum.
    inverse: Vec<Vec<f64>>,
    /// The masses of the support.
    masses: Vec<f64>,
    /// The difference between the bound and the value of each action.
    below: Vec<f64>,
    /// The multiplier of every row in use.
    multipliers: Vec<f64>,
    /// The bound for the perturbed costs.
    level: f64,
    /// The downward perturbation of the costs; empty if there is none.
    moved: Vec<f64>,
    /// The margin by which every row must hold.
    margin: f64,
    /// The largest violation of a row, and the most negative mass, that count as zero.
    tolerance: f64,
    /// If the region is empty, the ray along which multipliers give arbitrarily low bounds, and the
    /// rate at which the bound falls along it.
    ray: Vec<f64>,
    fall: f64,
    pivots: usize,
}

/// What leaves the basis.
enum Leaving {
    Column(usize),
    Row(Active),
}

/// What enters the basis: a column, or the slack of a row in use.
enum Entering {
    Column(usize),
    Slack(usize),
}

impl Region<'_> {
    /// The most violated row at a mixture, among those that are not in use.
    fn broken(&self, mixture: &Mixture) -> Option<(f64, Active)> {
        let mut worst: Option<(f64, Label, f64)> = None;
        let mut values = vec![0.0; self.game.columns()];
        for &(kind, response) in self.given {
            let follower = &self.game.follower[kind];
            values.fill(0.0);
            for (&i, &x) in mixture.support.iter().zip(&mixture.masses) {
                values.iter_mut().zip(follower.row(i)).for_each(|(value, u)| *value += x * u);
            }
            let own = values[response] - mixture.margin;
            for (alternative, &value) in values.iter().enumerate() {
                let by = value - own;
                // If little is at stake, rows have a finer unit.
                if by <= 1e-3 * mixture.tolerance || alternative == response {
                    continue;
                }
                let fine = if by > mixture.tolerance { 1.0 } else { row_factor(follower, response, alternative) };
                let scaled = by * fine;
                if scaled <= mixture.tolerance || worst.as_ref().is_some_and(|worst| worst.0 >= scaled) {
                    continue;
                }
                // A margin is impossible where the two are equal at every action.
                let same = |i: usize| follower[(i, response)] == follower[(i, alternative)];
                if mixture.margin > 0.0 && (0..follower.rows()).all(same) {
                    continue;
                }
                let label = Label { kind, response, alternative };
                if mixture.active.iter().all(|row| row.label != label) {
                    worst = Some((scaled, label, fine));
                }
            }
        }
        worst.map(|(by, label, _)| {
            let Label { kind, response, alternative } = label;
            let follower = &self.game.follower[kind];
            let factor = row_factor(follower, response, alternative);
            let gain = |i: usize| {
                let row = follower.row(i);
                factor * (row[response] - row[alternative])
            };
            (by, Active { label, factor, gains: (0..self.game.rows()).map(gain).collect() })
        })
    }
}

impl Mixture {
    /// The program with these costs and no rows yet.
    pub(crate) fn new(costs: Vec<f64>) -> Self {
        let first = (1..costs.len()).fold(0, |best, i| if costs[i] > costs[best] { i } else { best });
        let level = costs[first];
        Self {
            below: costs.iter().map(|cost| level - cost).collect(),
            costs,
            support: vec![first],
            active: vec![],
            inverse: vec![vec![1.0]],
            masses: vec![1.0],
            multipliers: vec![],
            level,
            moved: vec![],
            margin: 0.0,
            tolerance: BROKEN,
            ray: vec![],
            fall: 0.0,
            pivots: 0,
        }
    }

    /// Iterates until the bound is at most `enough` or optimal.
    pub(crate) fn run(&mut self, region: Region, enough: f64, settings: &Settings) -> End {
        let (mut stalled, mut fresh) = (0, false);
        for pivot in 1.. {
            if self.level <= enough && self.bound() <= enough {
                return End::Enough;
            }
            if pivot % 16 == 0 && settings.stopped().is_some()
                || pivot > PATIENCE * (self.support.len() + 1)
                || !self.level.is_finite()
            {
                return End::Stuck;
            }
            let Some((leaving, row)) = self.leaving(region) else {
                if fresh || self.pivots == 0 {
                    return End::Optimal;
                }
                if !self.refresh() {
                    return End::Stuck;
                }
                fresh = true;
                continue;
            };
            let coefficients = self.coefficients(&leaving, &row);
            let Some((entering, step)) = self.entering(&coefficients, &row) else {
                if !fresh {
                    if !self.refresh() {
                        return End::Stuck;
                    }
                    fresh = true;
                    continue;
                }
                self.escape(leaving, &row, enough);
                return End::Empty;
            };
            fresh = false;
            stalled = if step > SLACK { 0 } else { stalled + 1 };
            self.update(&leaving, &coefficients, &row, step);
            if !self.pivot(leaving, entering, &row, step) {
                return End::Stuck;
            }
            self.pivots += 1;
            if self.pivots.is_multiple_of(REFRESH.max(self.support.len())) && !self.refresh() {
                return End::Stuck;
            }
            if stalled > STALLED {
                self.move_apart();
                stalled = 0;
            }
        }
        End::Stuck
    }

    /// Continues from an optimum to the best mixture that satisfies every row by a margin, if it
    /// finds one.
    pub(crate) fn keep_away(&mut self, region: Region, margin: f64, settings: &Settings) -> Option<Vec<f64>> {
        (self.margin, self.tolerance) = (margin, margin / 4.0);
        self.weigh();
        let end = self.run(region, f64::NEG_INFINITY, settings);
        (end == End::Optimal).then(|| self.strategy())
    }

    /// The upper bound on the value of any mixture in the region that the multipliers prove.
    pub(crate) fn bound(&self) -> f64 {
        let worth = |i: usize| self.costs[i] + self.priced(i);
        (0..self.costs.len()).map(worth).fold(f64::NEG_INFINITY, f64::max)
    }

    /// The mixture.
    pub(crate) fn strategy(&self) -> Vec<f64> {
        let mut strategy = vec![0.0; self.costs.len()];
        for (&i, &x) in self.support.iter().zip(&self.masses) {
            strategy[i] = x.max(0.0);
        }
        strategy
    }

    /// The nonzero multipliers, for rows without a factor.
    pub(crate) fn multipliers(&self) -> impl Iterator<Item = (Label, f64)> {
        let all = self.active.iter().zip(&self.multipliers).filter(|(_, rho)| **rho > 0.0);
        all.map(|(row, rho)| (row.label, rho * row.factor))
    }

    fn priced(&self, i: usize) -> f64 {
        self.active.iter().zip(&self.multipliers).map(|(row, rho)| rho.max(0.0) * row.gains[i]).sum()
    }

    /// The largest violation: an action of the basis with a negative mass, or a row. Also returns
    /// the corresponding row of the inverse.
    fn leaving(&self, region: Region) -> Option<(Leaving, Vec<f64>)> {
        let least = (0..self.masses.len()).min_by(|&l, &r| self.masses[l].total_cmp(&self.masses[r]))?;
        let negative = -self.masses[least];
        // If a basis has negative masses, its row violations mean little.
        if negative > self.tolerance {
            return Some((Leaving::Column(least), self.inverse[least].clone()));
        }
        let (_, row) = region.broken(self)?;
        let mut combined = vec![0.0; self.support.len()];
        for (&i, inverse) in self.support.iter().zip(&self.inverse) {
            combined.iter_mut().zip(inverse).for_each(|(sum, entry)| *sum += row.gains[i] * entry);
        }
        Some((Leaving::Row(row), combined))
    }

    /// The effect of a unit of each action on the violation.
    fn coefficients(&self, leaving: &Leaving, row: &[f64]) -> Vec<f64> {
        let mut coefficients = match leaving {
            Leaving::Column(_) => vec![-row[0]; self.costs.len()],
            Leaving::Row(broken) => broken.gains.iter().map(|gain| gain - row[0]).collect(),
        };
        for (active, by) in self.active.iter().zip(&row[1..]).filter(|(_, by)| **by != 0.0) {
            coefficients.iter_mut().zip(&active.gains).for_each(|(sum, gain)| *sum -= by * gain);
        }
        for &i in &self.support {
            coefficients[i] = 0.0;
        }
        coefficients
    }

    /// What enters, and the step of the leaving variable's multiplier. Among those that bind first,
    /// up to rounding, it is the one with the largest coefficient (Harris, Mathematical Programming
    /// 5, 1973).
    fn entering(&self, coefficients: &[f64], row: &[f64]) -> Option<(Entering, f64)> {
        let columns = coefficients.iter().zip(&self.below).map(|(by, below)| (*by, *below));
        let slacks = row[1..].iter().zip(&self.multipliers).map(|(by, rho)| (*by, *rho));
        let mut most = f64::INFINITY;
        for (by, below) in columns.clone().chain(slacks.clone()).filter(|(by, _)| *by > PIVOT) {
            most = most.min((below.max(0.0) + SLACK) / by);
        }
        let mut best: Option<(Entering, f64, f64)> = None;
        let mut enter = |entering: Entering, by: f64, below: f64| {
            if by > PIVOT && below.max(0.0) <= most * by && best.as_ref().is_none_or(|best| by > best.1) {
                best = Some((entering, by, below.max(0.0) / by));
            }
        };
        slacks.enumerate().for_each(|(a, (by, rho))| enter(Entering::Slack(a), by, rho));
        columns.enumerate().for_each(|(i, (by, below))| enter(Entering::Column(i), by, below));
        best.map(|(entering, _, step)| (entering, step))
    }

    /// Updates the reduced costs and the multipliers after a step.
    fn update(&mut self, leaving: &Leaving, coefficients: &[f64], row: &[f64], step: f64) {
        if step > 0.0 {
            self.below.iter_mut().zip(coefficients).for_each(|(below, by)| *below = (*below - step * by).max(0.0));
            self.multipliers.iter_mut().zip(&row[1..]).for_each(|(rho, by)| *rho = (*rho - step * by).max(0.0));
            self.level += step * row[0];
        }
        if let Leaving::Column(place) = leaving {
            self.below[self.support[*place]] = step;
        }
    }

    /// Changes the basis and its inverse. Returns false if rounding made it singular. `row` belongs
    /// to the leaving variable, and `step` is the multiplier of a row that comes into use.
    fn pivot(&mut self, leaving: Leaving, entering: Entering, row: &[f64], step: f64) -> bool {
        match (leaving, entering) {
            (Leaving::Column(place), Entering::Column(i)) => {
                let column = self.transformed(i);
                let pivot = column[place];
                if pivot.abs() < 0.5 * PIVOT {
                    return false;
                }
                for (s, (inverse, by)) in self.inverse.iter_mut().zip(&column).enumerate() {
                    let by = if s == place { 1.0 - 1.0 / pivot } else { by / pivot };
                    inverse.iter_mut().zip(row).for_each(|(entry, own)| *entry -= by * own);
                }
                self.below[i] = 0.0;
                self.support[place] = i;
            }
            (Leaving::Column(place), Entering::Slack(a)) => {
                self.inverse.remove(place);
                for inverse in &mut self.inverse {
                    let by = inverse[a + 1] / row[a + 1];
                    inverse.iter_mut().zip(row).for_each(|(entry, own)| *entry -= by * own);
                    inverse.remove(a + 1);
                }
                self.support.remove(place);
                self.active.remove(a);
                self.multipliers.remove(a);
            }
            (Leaving::Row(broken), Entering::Column(i)) => {
                let column = self.transformed(i);
                let inner: f64 =
                    row[0] + self.active.iter().zip(&row[1..]).map(|(own, by)| by * own.gains[i]).sum::<f64>();
                let pivot = broken.gains[i] - inner;
                for (inverse, by) in self.inverse.iter_mut().zip(&column) {
                    inverse.iter_mut().zip(row).for_each(|(entry, own)| *entry += by * own / pivot);
                    inverse.push(-by / pivot);
                }
                let own = row.iter().map(|entry| -entry / pivot).chain([1.0 / pivot]);
                self.inverse.push(own.collect());
                self.support.push(i);
                self.below[i] = 0.0;
                self.active.push(broken);
                self.multipliers.push(step);
            }
            (Leaving::Row(broken), Entering::Slack(a)) => {
                for inverse in &mut self.inverse {
                    let own = inverse[a + 1] / row[a + 1];
                    inverse.iter_mut().zip(row).for_each(|(entry, by)| *entry -= by * own);
                    inverse[a + 1] = own;
                }
                self.active[a] = broken;
                self.multipliers[a] = step;
            }
        }
        self.weigh();
        true
    }

    /// A column of the program, in terms of the basis.
    fn transformed(&self, i: usize) -> Vec<f64> {
        let of = |inverse: &Vec<f64>| {
            let rows = self.active.iter().zip(&inverse[1..]).map(|(row, entry)| entry * row.gains[i]);
            inverse[0] + rows.sum::<f64>()
        };
        self.inverse.iter().map(of).collect()
    }

    /// Computes the masses of the basis.
    fn weigh(&mut self) {
        let margin = self.margin;
        let of = |inverse: &Vec<f64>| {
            if margin == 0.0 {
                return inverse[0];
            }
            inverse[0]
                + self.active.iter().zip(&inverse[1..]).map(|(row, entry)| margin * row.factor * entry).sum::<f64>()
        };
        self.masses = self.inverse.iter().map(of).collect();
    }

    /// Moves the multipliers along the ray that proves the region empty. The bound falls along it
    /// without limit; the method stops at the requested value.
    fn escape(&mut self, leaving: Leaving, row: &[f64], enough: f64) {
        if let Leaving::Row(broken) = leaving {
            self.active.push(broken);
            self.multipliers.push(0.0);
        }
        self.ray = row[1..].iter().map(|by| (-by).max(0.0)).chain([1.0]).take(self.active.len()).collect();
        self.fall = -row[0];
        self.follow(enough);
    }

    /// Follows the ray until the bound is low enough, if possible.
    fn follow(&mut self, enough: f64) {
        let start = self.multipliers.clone();
        let mut least = (self.bound(), start.clone());
        let mut length = (least.0 - enough).max(0.0) / self.fall;
        for _ in 0..8 {
            if !(length.is_finite() && least.0 > enough) {
                break;
            }
            length *= 1.25;
            self.multipliers = start.iter().zip(&self.ray).map(|(rho, rate)| rho + length * rate).collect();
            let bound = self.bound();
            if bound < least.0 {
                least = (bound, self.multipliers.clone());
            }
        }
        (self.level, self.multipliers) = least;
    }

    /// Called after an empty region was found. Sets the multipliers to those along the ray alone,
    /// if these bound a program with other costs by at most `enough`. Otherwise, leaves everything
    /// unchanged.
    pub(crate) fn flee(&mut self, costs: &[f64], enough: f64) -> bool {
        let zeros = vec![0.0; self.active.len()];
        let level = self.level;
        let costs = std::mem::replace(&mut self.costs, costs.to_vec());
        let multipliers = std::mem::replace(&mut self.multipliers, zeros);
        self.follow(enough);
        let fled = self.level <= enough;
        if !fled {
            (self.level, self.costs, self.multipliers) = (level, costs, multipliers);
        }
        fled
    }

    /// Perturbs the costs of actions without mass downward if nothing else determines what enters
    /// (Gill, Murray, Saunders & Wright, Mathematical Programming 45, 1989). The bound is that of
    /// the original costs.
    fn move_apart(&mut self) {
        if self.moved.is_empty() {
            self.moved = vec![0.0; self.costs.len()];
        }
        let mut state = self.pivots as u32;
        for (i, moved) in self.moved.iter_mut().enumerate() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if !self.support.contains(&i) {
                let by = APART * (1.0 + f64::from(state >> 8) / f64::from(1 << 24));
                *moved += by;
                self.below[i] += by;
            }
        }
    }

    /// Recomputes the inverse, the masses and the multipliers. Returns false if the basis is
    /// singular.
    fn refresh(&mut self) -> bool {
        let Some(inverse) = self.inverted() else { return false };
        self.inverse = inverse;
        self.weigh();
        let moved = |i: usize| self.moved.get(i).copied().unwrap_or(0.0);
        let mut prices = vec![0.0; self.support.len()];
        for (&i, inverse) in self.support.iter().zip(&self.inverse) {
            let cost = self.costs[i] - moved(i);
            prices.iter_mut().zip(inverse).for_each(|(price, entry)| *price += cost * entry);
        }
        self.level = prices[0];
        self.multipliers = prices[1..].iter().map(|price| (-price).max(0.0)).collect();
        let below = |i: usize| (self.level - self.costs[i] + moved(i) - self.priced(i)).max(0.0);
        self.below = (0..self.costs.len()).map(below).collect();
        for &i in &self.support {
            self.below[i] = 0.0;
        }
        self.level.is_finite()
    }

    /// The inverse of the basis by Gauss-Jordan elimination with row exchanges.
    fn inverted(&self) -> Option<Vec<Vec<f64>>> {
        let size = self.support.len();
        let row = |r: usize| -> Vec<f64> {
            let entry = |&i: &usize| if r == 0 { 1.0 } else { self.active[r - 1].gains[i] };
            let own = self.support.iter().map(entry);
            own.chain((0..size).map(|c| f64::from(u8::from(c == r)))).collect()
        };
        let mut rows: Vec<Vec<f64>> = (0..size).map(row).collect();
        for c in 0..size {
            let pivot = (c..size).max_by(|&l, &r| rows[l][c].abs().total_cmp(&rows[r][c].abs()))?;
            rows.swap(c, pivot);
            let by = rows[c][c];
            if by.abs() < SINGULAR {
                return None;
            }
            rows[c].iter_mut().for_each(|entry| *entry /= by);
            let own = std::mem::take(&mut rows[c]);
            for other in rows.iter_mut().filter(|other| !other.is_empty() && other[c] != 0.0) {
                let by = other[c];
                other.iter_mut().zip(&own).for_each(|(entry, own)| *entry -= by * own);
            }
            rows[c] = own;
        }
        Some(rows.into_iter().map(|row| row[size..].to_vec()).collect())
    }
}
