//! Mechanisms in exact arithmetic.
//!
//! *Problem.* For each report and observation, the action of full information has the probability
//! that the other actions leave. Let `l_t(x, a)` be the regret of type `t` from action `a` at `x`,
//! and let `s[t][r][a] >= 0` be a lower bound on her regret after she reports `r` and is
//! recommended `a`. A mechanism is truthful and obedient if
//!
//! ```text
//! sum pi(a|x,t) l_t(x, a) - sum_a s[t][r][a] <= 0       truth-telling, for r != t,
//! s[t][r][a] - sum_x pi(a|x,r) l_t(x, b) <= 0           double deviation, for r != t and all b,
//! sum_x pi(a|x,t) (l_t(x, a) - l_t(x, b)) <= 0          obedience.
//! ```
//!
//! Full information with `s = 0` satisfies all of these rows. The simplex method starts there.

use super::follow::{Shares, followed};
use super::game::WholeGame;
use super::round::{below, size};
use super::{Bend, chosen, finish, precedence, spread, value};
use dashu::integer::IBig;
use dashu::rational::RBig;
use std::collections::BTreeMap;
use suasion_certificate::{MechanismMultipliers, TruthMultiplier};
use suasion_lp::Settings;
use suasion_lp::exact::{Tableau, last_bit, nearest, ratio, whole};
use suasion_model::{MechanismEntry, MechanismScheme};

/// The maximum number of entries of the program.
const ENTRIES: usize = 20_000;

/// A value is optimal if it is this close to the optimum, relative to what is at stake.
const CONFIRMED: f64 = 1e-9;

/// An optimum in the form of a certificate.
pub(crate) struct Found {
    pub scheme: MechanismScheme,
    pub multipliers: MechanismMultipliers,
    /// The multiplier of the floor.
    pub slope: f64,
}

/// Whether a game is small enough for this method.
pub(crate) fn is_small(game: &WholeGame) -> bool {
    columns(game).len() * rows(game).len() <= ENTRIES
}

/// The optimum of a small game. Returns `None` if time is up.
pub(crate) fn solve(game: &WholeGame, settings: &Settings) -> Option<Found> {
    let (columns, rows) = (columns(game), rows(game));
    let solved = |bend: Bend| -> Option<(RBig, Program<'_>)> {
        let mut program = Program::new(game, &columns, &rows, bend);
        finish(&mut program.tableau, settings)?;
        Some((value(&program.tableau), program))
    };
    let (best, relaxed) = solved(Bend::Relaxed)?;
    let mut program = chosen(game, &best, solved)?;
    program.favor_user(settings);
    let (multipliers, slope) = relaxed.proof();
    Some(Found { scheme: program.scheme(), multipliers, slope })
}

/// Whether the value of a mechanism equals the optimum, up to a negligible part of what is at
/// stake.
pub(crate) fn confirms(game: &WholeGame, scheme: &MechanismScheme, settings: &Settings) -> bool {
    let (columns, rows) = (columns(game), rows(game));
    let mut program = Program::new(game, &columns, &rows, Bend::No);
    if finish(&mut program.tableau, settings).is_none() {
        return false;
    }
    let worth = |unit: i32| {
        let of_entry = |e: &MechanismEntry| {
            let i = game.observed.binary_search(&e.observation).ok()?;
            Some(whole(e.probability, unit) * &game.worth[e.report][i][e.action])
        };
        scheme.entries.iter().filter_map(of_entry).fold(IBig::ZERO, |sum, worth| sum + worth)
    };
    let unit = scheme.entries.iter().filter_map(|e| last_bit(e.probability)).min().unwrap_or(0);
    let (best, own) = (value(&program.tableau), ratio(&worth(unit), &IBig::ONE, unit));
    (own - &best).to_f64().value().abs() <= CONFIRMED * spread(game, &best)
}

/// A column of the program.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    /// `pi(a|x,t)` by type, place of the observation and action, except the action of full
    /// information.
    Share(usize, usize, usize),
    /// `s[t][r][a]`.
    Regret(usize, usize, usize),
}

/// A row of the program.
#[derive(Clone, Copy, PartialEq)]
enum Row {
    /// The probabilities for a report at an observation.
    Plausibility(usize, usize),
    Floor,
    /// Truth-telling of a type against a report.
    Truth(usize, usize),
    /// A double deviation: a type reports another type, is recommended an action and takes another
    /// one.
    DoubleDeviation(usize, usize, usize, usize),
    /// Obedience of a type that is recommended an action, against another action.
    Obedience(usize, usize, usize),
}

fn pairs(types: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..types).flat_map(move |t| (0..types).filter(move |&r| r != t).map(move |r| (t, r)))
}

fn columns(game: &WholeGame) -> Vec<Column> {
    let mut columns = vec![];
    for t in 0..game.types() {
        for i in 0..game.observed.len() {
            let others = game.alive[t].iter().filter(|&&a| a != game.full[t][i]);
            columns.extend(others.map(|&a| Column::Share(t, i, a)));
        }
    }
    for (t, r) in pairs(game.types()) {
        columns.extend(game.alive[r].iter().map(|&a| Column::Regret(t, r, a)));
    }
    columns
}

fn rows(game: &WholeGame) -> Vec<Row> {
    let types = game.types();
    let mut rows = vec![];
    for t in 0..types {
        rows.extend((0..game.observed.len()).map(|i| Row::Plausibility(t, i)));
        for &a in &game.alive[t] {
            rows.extend(game.alive[t].iter().filter(|&&b| b != a).map(|&b| Row::Obedience(t, a, b)));
        }
    }
    rows.extend(game.budget.as_ref().map(|_| Row::Floor));
    for (t, r) in pairs(types) {
        rows.push(Row::Truth(t, r));
        for &a in &game.alive[r] {
            rows.extend(game.alive[t].iter().map(|&b| Row::DoubleDeviation(t, r, a, b)));
        }
    }
    rows
}

struct Program<'a> {
    game: &'a WholeGame,
    columns: &'a [Column],
    rows: &'a [Row],
    bend: Bend,
    tableau: Tableau,
}

impl<'a> Program<'a> {
    fn new(game: &'a WholeGame, columns: &'a [Column], rows: &'a [Row], bend: Bend) -> Self {
        let coefficient = |row: Row, t: usize, i: usize, a: usize| bend.entry(&entry(game, row, (t, i, a)));
        let right = |&row: &Row| {
            let budget = match row {
                Row::Plausibility(..) => return IBig::ONE,
                Row::Floor => game.budget.as_ref().map_or(IBig::ZERO, |budget| -bend.entry(&-budget)),
                _ => IBig::ZERO,
            };
            let full = (0..game.types()).flat_map(|t| (0..game.observed.len()).map(move |i| (t, i)));
            full.fold(budget, |right, (t, i)| right - coefficient(row, t, i, game.full[t][i]))
        };
        let mut tableau = Tableau::new(rows.iter().map(right).collect());
        for &column in columns {
            let entries: Vec<IBig> = match column {
                Column::Share(t, i, a) => {
                    let entry = |&row: &Row| match row {
                        Row::Plausibility(who, place) => IBig::from(u8::from((who, place) == (t, i))),
                        _ => coefficient(row, t, i, a) - coefficient(row, t, i, game.full[t][i]),
                    };
                    rows.iter().map(entry).collect()
                }
                Column::Regret(t, r, a) => {
                    let entry = |&row: &Row| match row {
                        Row::Truth(who, report) if (who, report) == (t, r) => -bend.one(),
                        Row::DoubleDeviation(who, report, recommended, _)
                            if (who, report, recommended) == (t, r, a) =>
                        {
                            bend.one()
                        }
                        _ => IBig::ZERO,
                    };
                    rows.iter().map(entry).collect()
                }
            };
            let worth = match column {
                Column::Share(t, i, a) => &game.worth[t][i][a],
                Column::Regret(..) => &IBig::ZERO,
            };
            tableau.add(&entries, worth);
        }
        Self { game, columns, rows, bend, tableau }
    }

    /// Moves to an optimum that is best for the user, if there is time.
    fn favor_user(&mut self, settings: &Settings) {
        let least = IBig::ONE.max(self.tableau.objective() / self.tableau.denominator());
        let power = precedence(&least, &self.game.most_regret());
        let worth = |column: &Column| match *column {
            Column::Share(t, i, a) => (&self.game.worth[t][i][a] << power) - &self.game.regrets[t][i][a],
            Column::Regret(..) => IBig::ZERO,
        };
        let values: Vec<IBig> = self.columns.iter().map(worth).collect();
        let before = self.tableau.clone();
        self.tableau.set_values(&values);
        if finish(&mut self.tableau, settings).is_none() {
            self.tableau = before;
        }
    }

    /// The mechanism with its probabilities rounded down. The remainder goes to the action of full
    /// information.
    fn scheme(&self) -> MechanismScheme {
        let game = self.game;
        let mut shares: Vec<Vec<Shares>> = vec![vec![vec![]; game.observed.len()]; game.types()];
        for (column, mass) in self.tableau.values() {
            if let Column::Share(t, i, a) = self.columns[column] {
                shares[t][i].push((a, below(mass, self.tableau.denominator())));
            }
        }
        followed(game, &mut shares).0
    }

    /// The rounded multipliers of truth-telling, of double deviations and of the floor.
    fn proof(&self) -> (MechanismMultipliers, f64) {
        let game = self.game;
        let unit = game.worth_unit - game.user_unit + self.bend.power() as i32;
        let (multipliers, denominator) = (self.tableau.multipliers(), self.tableau.denominator());
        let rounded = |multiplier: &IBig| nearest(multiplier, denominator, unit).min(f64::MAX);
        let mut truth: Vec<TruthMultiplier> = vec![];
        let mut taken: Taken = Taken::new();
        let mut slope = 0.0;
        for (row, multiplier) in self.rows.iter().zip(&multipliers) {
            match *row {
                Row::Plausibility(..) => {}
                Row::Floor => slope = rounded(multiplier),
                Row::Truth(t, r) => truth.push((t, r, rounded(multiplier))),
                Row::DoubleDeviation(t, r, a, b) => {
                    taken.entry((t, r, a)).or_default().insert(b, rounded(multiplier));
                }
                Row::Obedience(t, a, b) => {
                    taken.entry((t, t, a)).or_default().insert(b, rounded(multiplier));
                }
            }
        }
        for ((t, r, a), list) in taken.iter_mut().filter(|((t, r, _), _)| t != r) {
            deal(list, of_truth(&truth, *t, *r), *a);
        }
        for &beaten in &game.beaten {
            price_out(game, beaten, slope, &truth, &mut taken);
        }
        truth.retain(|multiplier| multiplier.2 > 0.0);
        let each = |(&(t, r, a), list): (&(usize, usize, usize), &BTreeMap<usize, f64>)| {
            let used = list.iter().filter(|(b, value)| **b != a && **value > 0.0);
            used.map(|(&b, &value)| (t, r, a, b, value)).collect::<Vec<_>>()
        };
        let double_deviations = taken.iter().flat_map(each).collect();
        (MechanismMultipliers { truth, double_deviations }, slope)
    }
}

/// The coefficient of a unit of full information in a row that must be at most 0, plausibility
/// excepted.
fn entry(game: &WholeGame, row: Row, (t, i, a): (usize, usize, usize)) -> IBig {
    let regret = |who: usize, b: usize| &game.regrets[who][i][b];
    match row {
        Row::Floor => regret(t, a).clone(),
        Row::Truth(who, _) if who == t => regret(t, a).clone(),
        Row::DoubleDeviation(who, report, recommended, b) if (report, recommended) == (t, a) => -regret(who, b),
        Row::Obedience(who, recommended, b) if (who, recommended) == (t, a) => regret(t, a) - regret(t, b),
        _ => IBig::ZERO,
    }
}

/// The actions that types take, with multipliers, by type, report and recommendation. The
/// recommended action may be among them.
type Taken = BTreeMap<(usize, usize, usize), BTreeMap<usize, f64>>;

fn of_truth(truth: &[TruthMultiplier], t: usize, r: usize) -> f64 {
    truth.iter().find(|multiplier| (multiplier.0, multiplier.1) == (t, r)).map_or(0.0, |multiplier| multiplier.2)
}

/// Makes multipliers sum to `most` exactly: they become multiples of its last digit, and the
/// largest one absorbs the remainder.
fn deal(list: &mut BTreeMap<usize, f64>, most: f64, own: usize) {
    let largest =
        list.iter().reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(own, |best| *best.0);
    let digit = most.next_up() - most;
    let mut left = most;
    for (_, value) in list.iter_mut().filter(|(b, _)| **b != largest) {
        *value = if most > 0.0 { ((*value / digit).floor() * digit).min(left) } else { 0.0 };
        left -= *value;
    }
    list.insert(largest, left);
}

/// Adds multipliers that put the price of a recommended action below that of the action that beats
/// it where the type has mass. Elsewhere, and for other types, nothing changes.
fn price_out(
    game: &WholeGame,
    (t, action, by): (usize, usize, usize),
    slope: f64,
    truth: &[TruthMultiplier],
    taken: &mut Taken,
) {
    for who in (0..game.types()).filter(|&who| who != t) {
        let list = taken.get(&(who, t, by)).cloned().unwrap_or_default();
        taken.insert((who, t, action), list);
    }
    let regret = |who: usize, i: usize, a: usize| size(&game.regrets[who][i][a], game.user_unit);
    let worth = |i: usize, a: usize| size(&game.worth[t][i][a], game.worth_unit);
    let mut rho: f64 = 0.0;
    for i in (0..game.observed.len()).filter(|&i| game.met[t][i]) {
        let obeyed = taken.get(&(t, t, by)).into_iter().flatten();
        let obeyed: f64 = obeyed.map(|(&b, value)| value * (regret(t, i, b) + regret(t, i, by))).sum();
        let own: f64 = truth.iter().filter(|m| m.0 == t).map(|m| m.2).sum::<f64>() + slope;
        let above = worth(i, action) + worth(i, by) + obeyed + own * regret(t, i, by);
        let margin = size(&(&game.regrets[t][i][action] - &game.regrets[t][i][by]), game.user_unit);
        rho = rho.max(2.0 * above / margin);
    }
    taken.insert((t, t, action), BTreeMap::from([(by, rho.min(f64::MAX))]));
}
