//! From a solver's masses to messages that are plausible and obeyed.
//!
//! A solver satisfies constraints up to a tolerance. A tolerance that is negligible overall can be
//! large for a message that is rarely sent. So probabilities are rounded to multiples of `2^-53`,
//! whose sums are exact. Messages that are not obeyed lose some of the observations that count
//! against them, by such multiples. The freed probability goes to messages that it does not harm,
//! or reveals its observation. If this is not enough for a message, it gets a little of a posterior
//! strictly inside the region of its menu, and all messages shrink accordingly. If a region has no
//! interior, the result states the remaining violation.

use super::{ScaledMessage, merged};
use crate::PersuadeError;
use crate::typed::{TypedKernel, unit_of};
use suasion_lp::{LpOptions, Model, Program, Sense, Settings, Stop};

/// Probabilities are multiples of this.
const GRID: f64 = f64::EPSILON / 2.0;
/// Smaller probabilities are lost to rounding.
pub(crate) const LEAST: f64 = 4.0 * f64::EPSILON;
/// A message whose probability is at most this at every observation is dropped instead of repaired.
const RARE: f64 = 1e-11;
/// A sum of probabilities this close to one equals one up to the tolerance of the solver.
const NEAR: f64 = 1e-8;
/// The maximum share of everything that the repair of one message may take.
const MOST: f64 = 1e-8;
/// The amount that is taken from a message at once, unless less is left.
const STEP: f64 = 1e-11;
/// A region thinner than this counts as empty.
const THIN: f64 = 1e-7;
/// The relative precision of a difference of utilities, which is computed from sums.
const ROUNDING: f64 = 1e-15;
/// The number of passes over the messages.
const PASSES: usize = 12;

/// A message: the probability at each observation, `[n]`.
pub(crate) struct RepairedMessage {
    pub menu: Vec<usize>,
    pub shares: Vec<f64>,
    /// For each type and each alternative that a type may prefer: how much a share of each
    /// observation favors the menu, `[n]`, in a unit of its own, rounded down.
    rows: Vec<Vec<f64>>,
    /// The sums of the shares times the rows.
    slacks: Vec<f64>,
}

/// Repairs messages to these types. They leave the user `floor`, in scaled units, up to rounding.
pub(crate) fn repaired(
    kernel: &TypedKernel<'_>,
    kinds: &[usize],
    messages: Vec<ScaledMessage>,
    floor: Option<f64>,
    settings: &Settings,
) -> Result<Vec<RepairedMessage>, PersuadeError> {
    let twins = |menu: &[usize]| menu.iter().zip(kinds).map(|(&a, &t)| kernel.twins[t][a]).collect();
    let messages =
        merged(messages.into_iter().map(|ScaledMessage { menu, masses }| ScaledMessage { menu: twins(&menu), masses }));
    let mut repair = Repair { kernel, kinds, messages: vec![], free: vec![0.0; kernel.states()] };
    for ScaledMessage { menu, masses } in messages {
        let shares = masses.iter().zip(&kernel.mass).map(|(q, mass)| q / mass).collect();
        let message = repair.message(menu, shares);
        repair.messages.push(message);
    }
    repair.plausible();
    if let Some(floor) = floor {
        repair.raise(floor);
    }
    repair.round();
    repair.obedient();
    if repair.messages.iter().any(RepairedMessage::fails) {
        repair.enter(settings)?;
        repair.round();
        repair.obedient();
    }
    repair.release();
    Ok(repair.messages)
}

impl RepairedMessage {
    fn fails(&self) -> bool {
        self.slacks.iter().any(|&slack| slack < 0.0)
    }

    fn change(&mut self, i: usize, share: f64) {
        self.shares[i] = share;
        self.weigh();
    }

    fn weigh(&mut self) {
        let weigh = |row: &Vec<f64>| row.iter().zip(&self.shares).map(|(gain, share)| gain * share).sum::<f64>();
        self.slacks = self.rows.iter().map(weigh).collect();
    }

    /// Whether the message can take more of an observation: it does no harm, or there is enough
    /// slack for it.
    fn has_room(&self, i: usize, share: f64) -> bool {
        self.rows.iter().zip(&self.slacks).all(|(row, slack)| row[i] >= 0.0 || slack + share * row[i] >= 0.0)
    }

    fn is_empty(&self) -> bool {
        self.shares.iter().all(|&share| share == 0.0)
    }
}

struct Repair<'a> {
    kernel: &'a TypedKernel<'a>,
    /// The types that receive the messages; menus have one action for each.
    kinds: &'a [usize],
    messages: Vec<RepairedMessage>,
    /// The share of every observation that no message has.
    free: Vec<f64>,
}

impl Repair<'_> {
    fn message(&self, menu: Vec<usize>, shares: Vec<f64>) -> RepairedMessage {
        let k = self.kernel;
        let mut rows = Vec::new();
        for (&t, &own) in self.kinds.iter().zip(&menu) {
            for b in (0..k.actions()).filter(|&b| b != own && k.takes(t, b)) {
                let gain = |i: usize| {
                    let gain = k.mass[i] * k.preference(t, own, b, i);
                    if gain > 0.0 { gain * (1.0 - ROUNDING) } else { gain * (1.0 + ROUNDING) }
                };
                let mut row: Vec<f64> = (0..k.states()).map(gain).collect();
                if row.iter().any(|&gain| gain < 0.0)
                    && let Some(unit) = unit_of(&row)
                {
                    row.iter_mut().for_each(|gain| *gain /= unit);
                    rows.push(row);
                }
            }
        }
        let mut message = RepairedMessage { menu, shares, rows, slacks: vec![] };
        message.weigh();
        message
    }

    /// Makes the shares of every observation sum to one, except for the free share.
    fn plausible(&mut self) {
        self.messages.retain(|message| message.shares.iter().any(|&share| share > RARE));
        for (i, free) in self.free.iter_mut().enumerate() {
            let total: f64 = self.messages.iter().map(|message| message.shares[i]).sum();
            // A shortfall above the tolerance counts as free.
            let whole = total > 1.0 - NEAR;
            *free = if whole { 0.0 } else { 1.0 - total };
            for message in self.messages.iter_mut().filter(|_| whole) {
                message.shares[i] /= total;
            }
        }
    }

    /// Reveals enough to leave the user at least the floor.
    fn raise(&mut self, floor: f64) {
        let k = self.kernel;
        let regret = |message: &RepairedMessage| {
            let of_type = |i: usize, (&t, &a): (&usize, &usize)| k.shares[t] * k.user[t][(i, a)];
            let at = |i: usize| self.kinds.iter().zip(&message.menu).map(|pair| of_type(i, pair)).sum::<f64>();
            message.shares.iter().enumerate().map(|(i, share)| share * k.mass[i] * at(i)).sum::<f64>()
        };
        let value: f64 = self.messages.iter().map(regret).sum();
        if value < floor * (1.0 + 4.0 * f64::EPSILON) {
            self.shrink(1.0 - (floor / value).clamp(0.0, 1.0));
        }
    }

    /// Rounds shares down to the grid. The difference becomes free, and the free shares are
    /// rounded.
    fn round(&mut self) {
        let down = |share: f64| if share < LEAST { 0.0 } else { (share / GRID).floor() * GRID };
        for i in 0..self.free.len() {
            let mut left = 1.0;
            for message in &mut self.messages {
                message.shares[i] = down(message.shares[i]).min(left);
                left -= message.shares[i];
            }
            self.free[i] = left;
        }
        self.messages.iter_mut().for_each(RepairedMessage::weigh);
        self.messages.retain(|message| !message.is_empty());
        self.release();
    }

    /// Lowers the shares that count against messages that are not obeyed.
    fn obedient(&mut self) {
        for _ in 0..PASSES {
            for j in 0..self.messages.len() {
                self.reduce(j);
            }
            self.messages.retain(|message| !message.is_empty());
            self.release();
            if !self.messages.iter().any(RepairedMessage::fails) {
                return;
            }
        }
    }

    fn reduce(&mut self, j: usize) {
        let message = &mut self.messages[j];
        for _ in 0..PASSES {
            let worst = (0..message.slacks.len()).min_by(|&l, &r| message.slacks[l].total_cmp(&message.slacks[r]));
            let Some(worst) = worst.filter(|&row| message.slacks[row] < 0.0) else { return };
            let row = &message.rows[worst];
            let against = (0..row.len()).filter(|&i| row[i] < 0.0 && message.shares[i] > 0.0);
            let Some(i) =
                against.min_by(|&l, &r| (row[l] * message.shares[l]).total_cmp(&(row[r] * message.shares[r])))
            else {
                return;
            };
            let steps = (message.slacks[worst] / row[i] / GRID).floor() + 1.0;
            let taken = (steps * GRID).min(message.shares[i]);
            // In a very thin region, one row undoes the work of another, and this may take many
            // steps.
            if taken > STEP && message.shares[i] > STEP {
                return;
            }
            self.free[i] += taken;
            message.change(i, message.shares[i] - taken);
        }
    }

    /// Frees a share of everything.
    fn shrink(&mut self, share: f64) {
        for message in &mut self.messages {
            message.shares.iter_mut().for_each(|own| *own *= 1.0 - share);
        }
        for free in &mut self.free {
            *free += share * (1.0 - *free);
        }
    }

    /// Gives free shares to messages that have slack for them, and reveals the rest.
    fn release(&mut self) {
        let k = self.kernel;
        for i in 0..k.states() {
            let share = std::mem::take(&mut self.free[i]);
            if share <= 0.0 {
                continue;
            }
            let kinds = self.kinds;
            let worth = |message: &RepairedMessage| {
                kinds.iter().zip(&message.menu).map(|(&t, &a)| k.objective[t][(i, a)]).sum::<f64>()
            };
            let harmless = |message: &RepairedMessage| message.rows.iter().all(|row| row[i] >= 0.0);
            let little = share <= MOST;
            let fits = |message: &RepairedMessage| {
                harmless(message) || (little && message.shares[i] > 0.0 && message.has_room(i, share))
            };
            let fitting = (0..self.messages.len()).filter(|&j| fits(&self.messages[j]));
            let best =
                fitting.reduce(
                    |best, next| {
                        if worth(&self.messages[next]) > worth(&self.messages[best]) { next } else { best }
                    },
                );
            let j = best.unwrap_or_else(|| {
                let menu = kinds.iter().map(|&t| k.best_action(t, i)).collect();
                let message = self.message(menu, vec![0.0; k.states()]);
                self.messages.push(message);
                self.messages.len() - 1
            });
            let more = self.messages[j].shares[i] + share;
            self.messages[j].change(i, more);
        }
    }

    /// Gives messages that are not obeyed a small share of a posterior inside their regions.
    fn enter(&mut self, settings: &Settings) -> Result<(), PersuadeError> {
        let n = self.kernel.states();
        let mut added: Vec<(usize, Vec<f64>)> = Vec::new();
        for (j, message) in self.messages.iter().enumerate().filter(|(_, message)| message.fails()) {
            let Some(inside) = interior(n, &message.rows, settings)? else { continue };
            let along = |row: &[f64]| row.iter().zip(&inside).map(|(gain, q)| gain * q).sum::<f64>();
            // Rounding takes up to one step of the grid from every share.
            let lost = |row: &[f64]| GRID * row.iter().map(|gain| gain.abs()).sum::<f64>();
            let missing = message.rows.iter().zip(&message.slacks).map(|(row, slack)| (lost(row) - slack) / along(row));
            let weight = missing.fold(0.0, f64::max);
            if weight <= MOST {
                added.push((j, inside.iter().map(|share| weight * share).collect()));
            }
        }
        let mut taken = vec![0.0; n];
        for (_, shares) in &added {
            taken.iter_mut().zip(shares).for_each(|(taken, share)| *taken += share);
        }
        let share = taken.into_iter().fold(0.0, f64::max);
        if share > 0.0 {
            self.shrink(share);
            for (j, shares) in added {
                self.messages[j].shares.iter_mut().zip(&shares).for_each(|(own, more)| *own += more);
            }
        }
        Ok(())
    }
}

/// The shares that maximize the smallest row. Returns `None` if the maximum is negligible.
fn interior(n: usize, rows: &[Vec<f64>], settings: &Settings) -> Result<Option<Vec<f64>>, PersuadeError> {
    let mut program = Program::new("interior of the region of a menu", Sense::Maximise);
    for _ in 0..n {
        program.add_column(0.0, 0.0, 1.0);
    }
    let margin = program.add_column(1.0, 0.0, 1.0);
    for row in rows {
        let entries = row.iter().copied().enumerate().filter(|entry| entry.1 != 0.0);
        program.add_row(0.0, f64::INFINITY, entries.chain([(margin, -1.0)]));
    }
    let options = LpOptions { scaling: false, interrupt: Some(settings.interrupt.clone()), ..LpOptions::default() };
    let mut model = Model::from_program(&program, options)?;
    if model.solve()?.stop != Stop::Optimal {
        return Ok(None);
    }
    let mut shares = model.primal()?;
    shares.truncate(n);
    shares.iter_mut().for_each(|share| *share = share.clamp(0.0, 1.0));
    let along = |row: &Vec<f64>| row.iter().zip(&shares).map(|(gain, share)| gain * share).sum::<f64>();
    let least = rows.iter().map(along).fold(f64::INFINITY, f64::min);
    Ok((least > THIN).then_some(shares))
}
