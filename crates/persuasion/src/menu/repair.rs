//! From a solver's masses to messages that are plausible and obeyed.
//!
//! A solver keeps constraints to a tolerance, and what is a tolerance of all is much of a message that is hardly ever sent. So every message that is
//! not obeyed gets a little of a posterior strictly inside the region of its menu, at which it is obeyed by the largest margin there is; all
//! messages shrink by what this takes; and what is left over goes to messages which that does not harm, or reveals its observation. Where a region
//! has no interior, what remains of the violation is left to be stated.

use super::{Said, merged};
use crate::PersuadeError;
use crate::typed::{TypedKernel, difference, unit_of};
use suasion_lp::{Model, Options, Program, Sense, Settings, Stop};

/// Probabilities below this are lost to rounding.
pub(crate) const LEAST: f64 = 4.0 * f64::EPSILON;
/// A message that is sent at no observation with more than this probability is not worth its repair.
const RARE: f64 = 1e-11;
/// A sum of probabilities that is closer to one than this is one but for the tolerance of the solver.
const NEAR: f64 = 1e-8;
/// So much of everything may be taken for the repair of one message.
const MOST: f64 = 1e-8;
/// A region thinner than this is not looked into.
const THIN: f64 = 1e-7;

/// The messages to these types, repaired; they leave the user `floor`, in scaled units, but for roundings.
pub(crate) fn repaired(
    kernel: &TypedKernel<'_>,
    kinds: &[usize],
    said: Vec<Said>,
    floor: Option<f64>,
    settings: &Settings,
) -> Result<Vec<Said>, PersuadeError> {
    let twins = |menu: &[usize]| menu.iter().zip(kinds).map(|(&a, &t)| kernel.twins[t][a]).collect();
    let said = merged(said.into_iter().map(|Said { menu, masses }| Said { menu: twins(&menu), masses }));
    let mut repair = Repair { kernel, kinds, said, free: vec![0.0; kernel.states()] };
    repair.plausible();
    repair.obedient(settings)?;
    repair.release();
    if let Some(floor) = floor {
        repair.raise(floor);
        repair.release();
    }
    Ok(repair.said)
}

struct Repair<'a> {
    kernel: &'a TypedKernel<'a>,
    /// Whom messages are for; menus have one action for each.
    kinds: &'a [usize],
    said: Vec<Said>,
    /// The mass of every observation that no message has.
    free: Vec<f64>,
}

impl Repair<'_> {
    /// Makes the masses of every observation sum to its mass, but for what is free.
    fn plausible(&mut self) {
        let k = self.kernel;
        let rare = |said: &Said| said.masses.iter().zip(&k.mass).all(|(q, mass)| *q <= RARE * mass);
        self.said.retain(|said| !rare(said));
        for (i, &mass) in k.mass.iter().enumerate() {
            let mut total = 0.0;
            for said in &mut self.said {
                if said.masses[i] <= LEAST * mass {
                    said.masses[i] = 0.0;
                }
                total += said.masses[i];
            }
            // What is missing by more than a tolerance is free.
            let factor = if total > (1.0 - NEAR) * mass { mass / total } else { 1.0 };
            self.said.iter_mut().for_each(|said| said.masses[i] *= factor);
            self.free[i] = if total > (1.0 - NEAR) * mass { 0.0 } else { mass - total };
        }
        self.said.retain(|said| said.masses.iter().any(|&q| q > 0.0));
    }

    /// By how much a message is obeyed beyond what roundings may take: for every type and alternative that matters, in a unit of the pair, and the
    /// pair's preferences in this unit, `[n]`.
    fn slacks(&self, said: &Said) -> Vec<(f64, Vec<f64>)> {
        let k = self.kernel;
        let mut slacks = Vec::new();
        for (&t, &own) in self.kinds.iter().zip(&said.menu) {
            for b in (0..k.actions()).filter(|&b| b != own && k.takes(t, b)) {
                let row: Vec<f64> = (0..k.states()).map(|i| k.preference(t, own, b, i)).collect();
                let sent = || said.masses.iter().enumerate().filter(|(_, q)| **q > 0.0);
                // Where nobody who hears it prefers the alternative, nothing can go wrong.
                if sent().all(|(i, _)| row[i] >= 0.0) {
                    continue;
                }
                let Some(unit) = unit_of(&row) else { continue };
                let size = |i: usize| k.user[t][(i, own)].abs() + k.user[t][(i, b)].abs();
                let lost = |(i, q): (usize, &f64)| if row[i] == 0.0 { 0.0 } else { (8.0 * q + k.mass[i]) * size(i) };
                let lost = 2.0 * f64::EPSILON * sent().map(lost).sum::<f64>();
                let gained = sent().map(|(i, q)| q * row[i]).sum::<f64>();
                slacks.push(((gained - lost) / unit, row.into_iter().map(|gain| gain / unit).collect()));
            }
        }
        slacks
    }

    /// Gives messages that are not obeyed a little of what lies inside their regions.
    fn obedient(&mut self, settings: &Settings) -> Result<(), PersuadeError> {
        let n = self.kernel.states();
        let mut added: Vec<(usize, Vec<f64>)> = Vec::new();
        for j in 0..self.said.len() {
            let slacks = self.slacks(&self.said[j]);
            if slacks.iter().all(|(slack, _)| *slack >= 0.0) {
                continue;
            }
            let rows = self.rows(&self.said[j].menu);
            let Some(inside) = interior(self.kernel, &rows, settings)? else { continue };
            let along = |row: &[f64]| row.iter().zip(&inside).map(|(gain, q)| gain * q).sum::<f64>();
            let weight = slacks.iter().map(|(slack, row)| -slack / along(row)).fold(0.0, f64::max);
            if weight <= MOST {
                added.push((j, inside.iter().map(|q| weight * q).collect()));
            }
        }
        let mut taken = vec![0.0; n];
        for (_, masses) in &added {
            taken.iter_mut().zip(masses).for_each(|(taken, q)| *taken += q);
        }
        let share = taken.iter().zip(&self.kernel.mass).map(|(taken, mass)| taken / mass).fold(0.0, f64::max);
        if share > 0.0 {
            self.shrink(share);
            for (j, masses) in added {
                self.said[j].masses.iter_mut().zip(&masses).for_each(|(q, more)| *q += more);
                self.free.iter_mut().zip(&masses).for_each(|(free, less)| *free = (*free - less).max(0.0));
            }
        }
        Ok(())
    }

    /// The preferences that a menu asks for, each in a unit of its own.
    fn rows(&self, menu: &[usize]) -> Vec<Vec<f64>> {
        let k = self.kernel;
        let of_type = |(&t, &own): (&usize, &usize)| {
            let others = (0..k.actions()).filter(move |&b| b != own && k.takes(t, b));
            others.filter_map(move |b| {
                let row: Vec<f64> = (0..k.states()).map(|i| k.preference(t, own, b, i)).collect();
                let unit = unit_of(&row)?;
                Some(row.into_iter().map(|gain| gain / unit).collect::<Vec<f64>>())
            })
        };
        self.kinds.iter().zip(menu).flat_map(of_type).collect()
    }

    /// Frees a share of everything.
    fn shrink(&mut self, share: f64) {
        for said in &mut self.said {
            said.masses.iter_mut().for_each(|q| *q *= 1.0 - share);
        }
        for (free, mass) in self.free.iter_mut().zip(&self.kernel.mass) {
            *free += share * (mass - *free);
        }
    }

    /// Gives what is free to a message that makes it known to be good for everyone to do as told, or to one that has room for it; else it is revealed.
    fn release(&mut self) {
        let k = self.kernel;
        for i in 0..k.states() {
            let mass = std::mem::take(&mut self.free[i]);
            if mass <= f64::EPSILON * k.mass[i] {
                continue;
            }
            let kinds = self.kinds;
            let worth = |menu: &[usize]| kinds.iter().zip(menu).map(|(&t, &a)| k.objective[t][(i, a)]).sum::<f64>();
            let harmless = |said: &Said| {
                let content = |(&t, &own): (&usize, &usize)| {
                    (0..k.actions()).all(|b| !k.takes(t, b) || k.preference(t, own, b, i) >= 0.0)
                };
                kinds.iter().zip(&said.menu).all(content)
            };
            let room = |said: &Said| self.slacks(said).iter().all(|(slack, row)| slack + mass * row[i].min(0.0) >= 0.0);
            let little = mass <= MOST * k.mass[i];
            let fits = |said: &Said| harmless(said) || (little && said.masses[i] > 0.0 && room(said));
            let fitting = (0..self.said.len()).filter(|&j| fits(&self.said[j]));
            let best = fitting.reduce(|best, next| {
                if worth(&self.said[next].menu) > worth(&self.said[best].menu) { next } else { best }
            });
            let j = best.unwrap_or_else(|| {
                let menu = kinds.iter().map(|&t| k.best_action(t, i)).collect();
                self.said.push(Said { menu, masses: vec![0.0; k.states()] });
                self.said.len() - 1
            });
            self.said[j].masses[i] += mass;
        }
    }

    /// Reveals as much as it takes to leave the user so much.
    fn raise(&mut self, floor: f64) {
        let k = self.kernel;
        let regret = |said: &Said| {
            let of_type = |i: usize, (&t, &a): (&usize, &usize)| k.shares[t] * k.user[t][(i, a)];
            let at = |i: usize| self.kinds.iter().zip(&said.menu).map(|pair| of_type(i, pair)).sum::<f64>();
            said.masses.iter().enumerate().map(|(i, q)| q * at(i)).sum::<f64>()
        };
        let value: f64 = self.said.iter().map(regret).sum();
        if value < floor * (1.0 + 4.0 * f64::EPSILON) {
            let share = 1.0 - (floor / value).clamp(0.0, 1.0);
            self.shrink(share);
            self.said.retain(|said| said.masses.iter().any(|&q| q > 0.0));
        }
    }
}

/// The masses, of at most those of the observations, at which the smallest of the rows is largest; `None` where that is next to nothing.
fn interior(
    kernel: &TypedKernel<'_>,
    rows: &[Vec<f64>],
    settings: &Settings,
) -> Result<Option<Vec<f64>>, PersuadeError> {
    let n = kernel.states();
    let mut program = Program::new("interior of a region of menus", Sense::Maximise);
    for _ in 0..n {
        program.add_column(0.0, 0.0, 1.0);
    }
    let margin = program.add_column(1.0, 0.0, 1.0);
    for row in rows {
        let entries = row.iter().zip(&kernel.mass).map(|(gain, mass)| gain * mass).enumerate();
        program.add_row(0.0, f64::INFINITY, entries.filter(|entry| entry.1 != 0.0).chain([(margin, -1.0)]));
    }
    let options = Options { scaling: false, interrupt: Some(settings.interrupt.clone()), ..Options::default() };
    let mut model = Model::from_program(&program, options)?;
    if model.solve()?.stop != Stop::Optimal {
        return Ok(None);
    }
    let shares = model.primal()?;
    let masses: Vec<f64> = kernel.mass.iter().zip(&shares).map(|(mass, share)| mass * share.clamp(0.0, 1.0)).collect();
    let along = |row: &Vec<f64>| row.iter().zip(&masses).map(|(gain, q)| gain * q).sum::<f64>();
    let least = rows.iter().map(along).fold(f64::INFINITY, f64::min);
    Ok((difference(least, THIN) > 0.0).then_some(masses))
}
