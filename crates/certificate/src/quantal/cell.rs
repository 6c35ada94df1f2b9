//! An upper bound on the value of a message, less its price, if its posterior is in a cell: a
//! simplex of up to four corners.
//!
//! Prices are raised by a *level* times the weight of the message, which is linear in its
//! posterior.

use super::CORNERS;
use super::arrays::Space;
use super::copositive::{Form, is_copositive};
use super::corner::{Corners, Of, greedy, product_above, sum_above};
use suasion_exact::{Interval, exponential};

/// The corners of a cell.
pub(super) type Cell = [u32; CORNERS];

/// A type is curved only if its mass at each corner is at least this part of its mass at any other.
const STEADY: f64 = 1.0 / 64.0;

/// If the probability of an action is known less precisely than this, the cell is examined more
/// closely.
const COARSE: f64 = 0.25;
/// The number of rounds of fictitious play that find weights of rivals.
const ROUNDS: u8 = 16;

/// The buffers for one cell after another.
pub(super) struct Bounder<'a> {
    space: &'a Space,
    /// The least and the greatest probability with which each type plays each action in the cell,
    /// `[types][actions]`.
    least: Vec<f64>,
    most: Vec<f64>,
    /// For each type and corner, an upper bound on the value of the type's part of a message if she
    /// may play any mixture within these probabilities. For each type, the most by which this
    /// exceeds the actual value.
    hulls: Vec<[f64; CORNERS]>,
    excess: Vec<f64>,
    curvature: Curvature,
}

/// A bound on a cell. With barycentric coordinates `c`, the value of a message in the cell less its
/// price is at most `sum_i c_i linear_i + sum_{i<j} c_i c_j curved_ij`.
pub(super) struct CellBound {
    order: usize,
    linear: [f64; CORNERS],
    curved: Form,
    /// The least and the greatest weight of each corner.
    weights: [(f64, f64); CORNERS],
    /// The benefit of halving each edge.
    score: Form,
}

impl<'a> Bounder<'a> {
    pub(super) fn new(space: &'a Space) -> Self {
        let (types, m) = (space.types, space.actions);
        Self {
            space,
            least: vec![0.0; types * m],
            most: vec![0.0; types * m],
            hulls: vec![[0.0; CORNERS]; types],
            excess: vec![0.0; types],
            curvature: Curvature::new(m),
        }
    }

    /// Bounds a cell. If the bound without curvature already shows that the level `enough`
    /// suffices, the work ends there.
    ///
    /// A type's part is `sum_a s_a y_a` with `y_a` linear in the posterior. The maximum over all
    /// mixtures that she may play in the cell is a maximum of linear functions, hence convex. So it
    /// is at most the interpolation of its values at the corners: the hull. In small cells,
    /// curvature gives a tighter bound.
    pub(super) fn bound(&mut self, corners: &Corners<'_>, cell: Cell, enough: f64) -> CellBound {
        let (space, order) = (self.space, self.space.dimension());
        let weights = std::array::from_fn(|i| if i < order { corners.weight(cell[i] as usize) } else { (0.0, 0.0) });
        let (curved, score) = (Form::default(), Form::default());
        let mut bound = CellBound { order, linear: [0.0; CORNERS], curved, weights, score };
        let levels: [f64; CORNERS] = weights.map(|weight| raised_by(enough, weight));
        for t in 0..space.types {
            self.hull(corners, cell, t);
            self.score(corners, cell, t, self.excess[t], &mut bound.score);
            for i in 0..order {
                bound.linear[i] = sum_above(bound.linear[i], self.hulls[t][i]);
            }
        }
        for i in 0..order {
            bound.linear[i] = (bound.linear[i] - corners.paid(cell[i] as usize)).next_up();
        }
        if bound.linear[..order].iter().zip(levels).all(|(&linear, level)| linear <= level) {
            return bound;
        }
        let room = |i: usize| levels[i] - corners.worth(cell[i] as usize);
        let least = (0..order).map(room).fold(f64::INFINITY, f64::min);
        // If the hull is almost exact for a type, no closer bound is needed.
        let negligible = 1e-3 * least.abs() / space.types as f64;
        bound.score = Form::default();
        bound.linear = [0.0; CORNERS];
        self.curvature.clear();
        for t in 0..space.types {
            let mut parts = self.hulls[t];
            let mut cost = self.excess[t];
            if cost > negligible {
                let own = t * space.actions..(t + 1) * space.actions;
                let played = (&self.least[own.clone()], &self.most[own]);
                let at: [Of<'_>; CORNERS] = std::array::from_fn(|i| corners.of(cell[i.min(order - 1)] as usize, t));
                let at = &at[..order];
                if let Some(curved) = self.curvature.add(at, played, cost, space) {
                    cost = curved;
                    parts = std::array::from_fn(|i| at.get(i).map_or(0.0, |at| at.worth));
                } else {
                    // Take whichever leaves more room, relative to the room available.
                    let raised = self.curvature.raised(at, played, space);
                    let share = |above: f64, i: usize| above / room(i).max(f64::MIN_POSITIVE);
                    let most =
                        |above: &dyn Fn(usize) -> f64| (0..order).map(|i| share(above(i), i)).fold(0.0, f64::max);
                    if most(&|i| raised[i]) < most(&|i| parts[i] - at[i].worth) {
                        cost = raised.iter().copied().fold(0.0, f64::max);
                        for i in 0..order {
                            parts[i] = sum_above(at[i].worth, raised[i]);
                        }
                    }
                }
            }
            self.score(corners, cell, t, cost, &mut bound.score);
            for i in 0..order {
                bound.linear[i] = sum_above(bound.linear[i], parts[i]);
            }
        }
        for i in 0..order {
            bound.linear[i] = (bound.linear[i] - corners.paid(cell[i] as usize)).next_up();
        }
        bound.curved = self.curvature.curved(order);
        bound
    }

    /// Computes what a type may play in a cell, and an upper bound on its value.
    fn hull(&mut self, corners: &Corners<'_>, cell: Cell, t: usize) {
        let (space, order) = (self.space, self.space.dimension());
        (self.hulls[t], self.excess[t]) = ([0.0; CORNERS], 0.0);
        if !self.respond(corners, cell, t) {
            return;
        }
        let own = t * space.actions..(t + 1) * space.actions;
        let (least, most) = (&self.least[own.clone()], &self.most[own]);
        for i in 0..order {
            let at = corners.of(cell[i] as usize, t);
            if at.mass > 0.0 {
                let each = greedy(at.objective, at.objective_error, least, most);
                self.hulls[t][i] = product_above(at.mass, space.mass_error, each).max(at.worth);
                self.excess[t] = f64::max(self.excess[t], self.hulls[t][i] - at.worth);
            }
        }
    }

    /// Finds the least and the greatest probability of each action in a cell. Returns false if the
    /// type has no mass there.
    ///
    /// The logarithm of an action's probability is concave in the belief, hence least at a corner.
    /// Its inverse is `sum_b exp(z_b - z_a)`, in which every term is least at a corner. There the
    /// term is the quotient of two probabilities.
    fn respond(&mut self, corners: &Corners<'_>, cell: Cell, t: usize) -> bool {
        let (m, order) = (self.space.actions, self.space.dimension());
        let own = t * m..(t + 1) * m;
        let (least, most) = (&mut self.least[own.clone()], &mut self.most[own]);
        least.fill(f64::INFINITY);
        let present = || cell[..order].iter().map(|&corner| corners.of(corner as usize, t)).filter(|at| at.mass > 0.0);
        for at in present() {
            for (least, &own) in least.iter_mut().zip(at.least) {
                *least = least.min(own);
            }
        }
        let sum: f64 = least.iter().sum();
        if sum == f64::INFINITY {
            return false;
        }
        for a in 0..m {
            // One rounding per term, of numbers below two.
            let others = (sum - least[a]) - 2.0 * m as f64 * f64::EPSILON;
            let mut inverse = 1.0;
            for b in (0..m).filter(|&b| b != a) {
                let quotient = present().map(|at| at.least[b] / at.most[a]).fold(f64::INFINITY, f64::min);
                inverse += quotient * (1.0 - f64::EPSILON);
            }
            let inverse = inverse * (1.0 - (m + 2) as f64 * f64::EPSILON);
            most[a] = (1.0 / inverse).next_up().min((1.0 - others).next_up()).min(1.0).max(least[a]);
        }
        let uncertain = (0..m).filter(|&a| most[a] - least[a] > COARSE).count();
        if uncertain > 2 {
            let at: [Of<'_>; CORNERS] = std::array::from_fn(|i| corners.of(cell[i.min(order - 1)] as usize, t));
            for a in 0..m {
                if most[a] - least[a] > COARSE {
                    let ahead = rivals(&at[..order], a);
                    let inverse = (1.0 + exponential(Interval::point(ahead)).low).next_down();
                    most[a] = most[a].min((1.0 / inverse).next_up()).max(least[a]);
                }
            }
        }
        true
    }

    /// Adds to the score of each edge its share of a type's uncertainty about her action, times the
    /// cost of this uncertainty.
    fn score(&self, corners: &Corners<'_>, cell: Cell, t: usize, cost: f64, score: &mut Form) {
        let (m, order) = (self.space.actions, self.space.dimension());
        if cost == 0.0 {
            return;
        }
        let width = |a: usize| self.most[t * m + a] - self.least[t * m + a];
        let total: f64 = (0..m).map(width).sum();
        each_pair(order, |i, j| {
            let (p, q) = (corners.of(cell[i] as usize, t), corners.of(cell[j] as usize, t));
            if p.mass > 0.0 && q.mass > 0.0 && total > 0.0 {
                let change = |a: usize| p.utility[a] - q.utility[a];
                let mean = (0..m).map(|a| width(a) * change(a)).sum::<f64>() / total;
                let varied: f64 = (0..m).map(|a| width(a) * (change(a) - mean).abs()).sum();
                score[i][j] += cost * varied / total;
            }
        });
    }
}

/// A lower bound on the lead of a mixture of other actions over action `a` everywhere in a cell.
/// With weights `theta` of the others, `sum_b exp(z_b - z_a) >= exp(sum_b theta_b (z_b - z_a))` by
/// Jensen's inequality. The exponent is linear in the belief, hence least at a corner. This shows
/// that an action between two others is not played, although each of them is worse somewhere. The
/// weights come from a few rounds of fictitious play (Brown 1951) between a player who chooses the
/// action and a player who chooses the corner. Any weights are valid.
fn rivals(at: &[Of<'_>], a: usize) -> f64 {
    let mut values = [0.0; CORNERS];
    let mut turns = [0.0; CORNERS];
    turns[0] = 1.0;
    let mut best = f64::NEG_INFINITY;
    for round in 1..=ROUNDS {
        let lead =
            |b: usize| at.iter().zip(turns).map(|(at, turn)| turn * (at.utility[b] - at.utility[a])).sum::<f64>();
        let others = (0..at[0].utility.len()).filter(|&b| b != a);
        let Some((rival, _)) = others.map(|b| (b, lead(b))).max_by(|left, right| left.1.total_cmp(&right.1)) else {
            return best;
        };
        let mut lowest = 0;
        for (i, at) in at.iter().enumerate() {
            if at.mass > 0.0 {
                // Subtract the error of a difference, and the rounding of the mean.
                let ahead = at.utility[rival] - at.utility[a];
                let error = at.utility_error[rival] + at.utility_error[a];
                values[i] += ahead - (error + 16.0 * f64::EPSILON * ahead.abs());
            } else {
                values[i] = f64::INFINITY;
            }
            if values[i].is_nan() {
                return f64::NEG_INFINITY;
            }
            lowest = if values[i] < values[lowest] { i } else { lowest };
        }
        best = best.max(values[lowest] / f64::from(round));
        if best > 40.0 {
            break;
        }
        turns[lowest] += 1.0;
    }
    best
}

/// A lower bound on the price increase of a level, for a given weight.
fn raised_by(level: f64, (least, most): (f64, f64)) -> f64 {
    (if level >= 0.0 { level * least } else { level * most }).next_down()
}

/// Visits the edges of a cell.
fn each_pair(order: usize, mut visit: impl FnMut(usize, usize)) {
    for i in 0..order {
        for j in i + 1..order {
            visit(i, j);
        }
    }
}

impl CellBound {
    /// Whether it is proved that nothing in the cell needs a higher level.
    pub(super) fn is_at_most(&self, level: f64) -> bool {
        let levels = self.weights.map(|weight| raised_by(level, weight));
        let low = self.linear[..self.order].iter().zip(levels).all(|(&linear, level)| linear <= level);
        if !low {
            return false;
        }
        // The remainder at this level is sum_ij c_i c_j form_ij, because the c_i sum to one.
        let mut form = Form::default();
        for i in 0..self.order {
            form[i][i] = (levels[i] - self.linear[i]).next_down();
        }
        each_pair(self.order, |i, j| {
            let level = (0.5 * levels[i] + 0.5 * levels[j]).next_down();
            form[i][j] = (level - self.between(i, j)).next_down();
            form[j][i] = form[i][j];
        });
        is_copositive(&form, self.order)
    }

    /// The entry of the form for two corners.
    fn between(&self, i: usize, j: usize) -> f64 {
        let mean = (0.5 * self.linear[i] + 0.5 * self.linear[j]).next_up();
        (mean + 0.5 * self.curved[i][j]).next_up()
    }

    /// A level that suffices everywhere in the cell.
    pub(super) fn most(&self) -> f64 {
        let needed = |worth: f64, (least, most): (f64, f64)| {
            if worth >= 0.0 { (worth / least).next_up() } else { (worth / most).next_up() }
        };
        let corners = self.linear[..self.order].iter().zip(self.weights);
        let mut level = corners.map(|(&linear, weight)| needed(linear, weight)).fold(f64::NEG_INFINITY, f64::max);
        each_pair(self.order, |i, j| {
            let (p, q) = (self.weights[i], self.weights[j]);
            let weight = ((0.5 * p.0 + 0.5 * q.0).next_down(), (0.5 * p.1 + 0.5 * q.1).next_up());
            level = level.max(needed(self.between(i, j), weight));
        });
        if self.linear[..self.order].iter().any(|linear| linear.is_nan()) { f64::NAN } else { level }
    }

    /// The edge whose halving brings the largest benefit. In a tie, or if there is no information,
    /// the longest edge.
    pub(super) fn edge(&self, corners: &Corners<'_>, cell: Cell) -> (usize, usize) {
        let length = |i: usize, j: usize| {
            let (p, q) = (corners.posterior(cell[i] as usize), corners.posterior(cell[j] as usize));
            p.iter().zip(q).map(|(p, q)| (p - q) * (p - q)).sum::<f64>()
        };
        let mut best = (0, 1, f64::NEG_INFINITY, f64::NEG_INFINITY);
        each_pair(self.order, |i, j| {
            let score = if self.score[i][j].is_finite() { self.score[i][j] } else { f64::MAX };
            let length = length(i, j);
            if score > best.2 || (score == best.2 && length > best.3) {
                best = (i, j, score, length);
            }
        });
        (best.0, best.1)
    }
}

/// A quadratic form in the edges from the first corner. Minus the second derivative along any
/// direction in the cell never exceeds it. It is given as a middle and, for every entry, the
/// largest distance of the true entry from the middle.
struct Curvature {
    middle: Form,
    radius: Form,
    /// Scratch for one type, `[CORNERS][actions]` and `[actions]`: changes of utility and objective
    /// along the edges, and their ranges.
    utility: Vec<Interval>,
    objective: Vec<Interval>,
    range: Vec<Interval>,
    played: Vec<Interval>,
}

impl Curvature {
    fn new(actions: usize) -> Self {
        let edges = vec![Interval::ZERO; CORNERS * actions];
        let list = vec![Interval::ZERO; actions];
        let (middle, radius) = (Form::default(), Form::default());
        Self { middle, radius, utility: edges.clone(), objective: edges, range: list.clone(), played: list }
    }

    fn clear(&mut self) {
        (self.middle, self.radius) = (Form::default(), Form::default());
    }

    /// An upper bound on minus the second derivative of a type's part, as a middle and a radius in
    /// the edges from the first of `present` corners. Let `m_i`, `b_i` be the masses and beliefs of
    /// the type at the corners. The belief moves in direction `d` of a posterior by `sum_i d_i m_i
    /// (b_i - b) / m`. Let `zeta_a / m` and `nu_a / m` be the resulting changes of utilities times
    /// `eta`, and of the objective. The type contributes `m w(b)` with `w = sum_a s_a y_a`, whose
    /// second derivative along `d` is
    ///
    /// `1/m ( sum_a s_a (zeta_a - mean zeta)^2 (y_a - mean y) + 2 sum_a s_a (zeta_a - mean zeta)
    /// nu_a )`,
    ///
    /// where means are by `s`. Only differences to one action matter. If all masses are one, this
    /// is the second derivative of `w`.
    fn of_type(
        &mut self,
        at: &[Of<'_>],
        masses: &[Interval],
        (least, most): (&[f64], &[f64]),
        space: &Space,
    ) -> (Form, Form) {
        let (order, m) = (at.len(), space.actions);
        let base = (0..m).fold(0, |base, a| if least[a] > least[base] { a } else { base });
        let Self { utility, objective, range, played, .. } = self;
        for (a, played) in played.iter_mut().enumerate() {
            *played = Interval { low: least[a], high: most[a] };
        }
        changes(base, masses, |i| (at[i].utility, at[i].utility_error), utility, range);
        changes(base, masses, |i| (at[i].objective, at[i].objective_error), objective, range);
        // `range` is now that of the objective.
        center(played, range, base);
        for j in 1..order {
            center(played, &mut utility[j * m..(j + 1) * m], base);
        }
        let any = masses.iter().copied().reduce(Interval::hull).unwrap_or(Interval::ZERO);
        let inverse = Interval::point(1.0).over(any);
        let (mut middle, mut radius) = (Form::default(), Form::default());
        for j in 1..order {
            for l in j..order {
                let (z_j, z_l) = (&utility[j * m..(j + 1) * m], &utility[l * m..(l + 1) * m]);
                let (y_j, y_l) = (&objective[j * m..(j + 1) * m], &objective[l * m..(l + 1) * m]);
                let mut sum = Interval::ZERO;
                for a in 0..m {
                    let part = if j == l {
                        z_j[a].square().mul(range[a]).add(z_j[a].mul(y_j[a].add(y_j[a])))
                    } else {
                        z_j[a].mul(z_l[a]).mul(range[a]).add(z_j[a].mul(y_l[a])).add(z_l[a].mul(y_j[a]))
                    };
                    sum = sum.add(played[a].mul(part));
                }
                let (center, width) = sum.mul(inverse).middle();
                (middle[j][l], middle[l][j]) = (-center, -center);
                (radius[j][l], radius[l][j]) = (width, width);
            }
        }
        (middle, radius)
    }

    /// Adds a type's contribution to the form and returns its cost, unless a hull of `allowed` is
    /// better.
    fn add(&mut self, at: &[Of<'_>], played: (&[f64], &[f64]), allowed: f64, space: &Space) -> Option<f64> {
        let mut masses = [Interval::ZERO; CORNERS];
        for (interval, at) in masses.iter_mut().zip(at) {
            *interval = Interval::around(at.mass, at.mass * space.mass_error);
        }
        let masses = &masses[..at.len()];
        let any = masses.iter().copied().reduce(Interval::hull)?;
        let steady = any.low > STEADY * any.high;
        if !steady {
            return None;
        }
        let (middle, radius) = self.of_type(at, masses, played, space);
        let largest = largest(&curved(&middle, &radius, at.len()), at.len());
        let better = 0.25 * largest < allowed;
        if !better {
            return None;
        }
        for j in 1..at.len() {
            for l in 1..at.len() {
                // The middle is an ordinary number; the rounding of its sum goes to the radius.
                let sum = self.middle[j][l] + middle[j][l];
                let slack = f64::EPSILON * sum.abs() + f64::MIN_POSITIVE;
                self.radius[j][l] = sum_above(sum_above(self.radius[j][l], radius[j][l]), slack);
                self.middle[j][l] = sum;
            }
        }
        Some(0.25 * largest)
    }

    /// How much the interpolation of a type's value must be raised at each corner if her mass
    /// changes much in the cell. In terms of her belief, `w <= sum_i beta_i w_i + sum_{i<j} beta_i
    /// beta_j curved_ij` with `beta_i = c_i m_i / m`. And `m beta_i beta_j` is at most `c_i m_i`,
    /// and at most `c_j m_j`: it is charged to the corner with the smaller mass.
    fn raised(&mut self, at: &[Of<'_>], played: (&[f64], &[f64]), space: &Space) -> [f64; CORNERS] {
        let (mut present, mut places) = (vec![], vec![]);
        for (i, at) in at.iter().enumerate().filter(|(_, at)| at.mass > 0.0) {
            present.push(*at);
            places.push(i);
        }
        let order = present.len();
        let ones = [Interval::point(1.0); CORNERS];
        let (middle, radius) = self.of_type(&present, &ones[..order], played, space);
        let curved = curved(&middle, &radius, order);
        let mut raised = [0.0; CORNERS];
        each_pair(order, |i, j| {
            let lighter = if present[i].mass < present[j].mass { i } else { j };
            // NaN is not a bound.
            let bend = if curved[i][j].is_nan() { f64::INFINITY } else { curved[i][j].max(0.0) };
            let above = product_above(present[lighter].mass, space.mass_error, bend);
            raised[places[lighter]] =
                if above.is_nan() { f64::INFINITY } else { sum_above(raised[places[lighter]], above) };
        });
        raised
    }

    fn curved(&self, order: usize) -> Form {
        curved(&self.middle, &self.radius, order)
    }
}

/// The largest off-diagonal entry, at least 0; NaN if an entry is NaN.
fn largest(form: &Form, order: usize) -> f64 {
    let mut largest = 0.0;
    each_pair(order, |i, j| largest = if form[i][j] > largest || form[i][j].is_nan() { form[i][j] } else { largest });
    largest
}

/// Changes of `values`, less those of action `base`, along the edges from the first corner, times
/// the mass: `m_j v_j - m_0 v_0 - (m_j - m_0) v`, where `v` is anything between the corners'
/// values. They go to `changes`, and the possible values go to `range`.
fn changes<'a>(
    base: usize,
    masses: &[Interval],
    values: impl Fn(usize) -> (&'a [f64], &'a [f64]),
    changes: &mut [Interval],
    range: &mut [Interval],
) {
    let m = range.len();
    for a in 0..m {
        let mut at = [Interval::ZERO; CORNERS];
        for (i, at) in at.iter_mut().enumerate().take(masses.len()) {
            let (values, errors) = values(i);
            if a != base {
                let difference = values[a] - values[base];
                let error = errors[a] + errors[base];
                *at = Interval::around(difference, error + 2.0 * f64::EPSILON * (error + difference.abs()));
            }
        }
        range[a] = at[..masses.len()].iter().copied().reduce(Interval::hull).unwrap_or(Interval::ZERO);
        for j in 1..masses.len() {
            let turn = masses[j].sub(masses[0]).mul(range[a]);
            changes[j * m + a] = masses[j].mul(at[j]).sub(masses[0].mul(at[0])).sub(turn);
        }
    }
}

/// Subtracts the mean from the values; the value of action `base` is zero.
fn center(played: &[Interval], values: &mut [Interval], base: usize) {
    let parts = played.iter().zip(values.iter()).enumerate().filter(|&(a, _)| a != base);
    let mean = parts.map(|(_, (played, value))| played.mul(*value)).fold(Interval::ZERO, Interval::add);
    for value in values {
        *value = value.sub(mean);
    }
}

/// Half the form at each edge. If a function plus half a quadratic form is convex, the function
/// exceeds the linear interpolation of its values at the corners by at most `sum_{i<j} c_i c_j`
/// times half the form at the edge from `i` to `j`. Radii are moved to the diagonal: `2 |d_j d_l|
/// <= d_j^2 + d_l^2`.
fn curved(middle: &Form, radius: &Form, order: usize) -> Form {
    let mut diagonal = [0.0; CORNERS];
    for j in 1..order {
        diagonal[j] = (1..order).fold(0.0, |sum, l| sum_above(sum, radius[j][l]));
    }
    let mut curved = Form::default();
    for j in 1..order {
        curved[0][j] = 0.5 * sum_above(middle[j][j], diagonal[j]);
        for l in j + 1..order {
            let form = sum_above(sum_above(middle[j][j], middle[l][l]), -2.0 * middle[j][l]);
            curved[j][l] = 0.5 * sum_above(form, sum_above(diagonal[j], diagonal[l]));
        }
    }
    curved
}
