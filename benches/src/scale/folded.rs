//! A game as one agent plays it, in rational numbers, and its exact optima.

use crate::exact::{Answer, Program, Relation};
use dashu::base::{Abs, Gcd, UnsignedAbs};
use dashu::integer::{IBig, UBig};
use dashu::rational::RBig;
use suasion_model::{Information, Instance};

/// A finite number as the rational that it is.
///
/// # Panics
/// If it is not finite.
#[must_use]
pub fn rational(number: f64) -> RBig {
    RBig::try_from(number).expect("a finite number")
}

/// Sums of rational numbers.
pub trait Total: Iterator<Item = RBig> + Sized {
    /// The sum of all.
    fn total(self) -> RBig {
        self.fold(RBig::ZERO, |total, number| total + number)
    }
}

impl<I: Iterator<Item = RBig>> Total for I {}

/// Numbers per type, observation and action.
pub type Array = Vec<Vec<Vec<RBig>>>;

/// The game against a user of several types, `[types][observations][actions]`: masses are folded
/// in, and from each party's utility that of the first action is subtracted, so that nothing is
/// left of what depends on the state alone.
#[derive(Clone, Debug)]
pub struct Folded {
    /// The mass of each type and observation.
    pub mass: Vec<Vec<RBig>>,
    /// The user's utility first, then the agents'.
    pub parties: Vec<Array>,
    /// What each party gets of the first action.
    pub levels: Vec<RBig>,
    /// The actions that some type takes in some posterior, or at least are not worse than another
    /// one everywhere, `[types][actions]`.
    pub alive: Vec<Vec<bool>>,
}

impl Folded {
    /// The game at the first prior, as agent `agent` sees it.
    ///
    /// # Panics
    /// If there is no such agent.
    #[must_use]
    pub fn new(instance: &Instance, agent: usize) -> Self {
        let (types, observations) = (instance.types(), instance.observations());
        let actions = instance.actions.len();
        let situations: Vec<(usize, usize, usize, RBig)> = match &instance.information {
            Information::Priors(priors) => {
                priors.row(0).iter().enumerate().map(|(y, &p)| (0, y, y, rational(p))).collect()
            }
            Information::Worlds { worlds, .. } => {
                let of_world =
                    |w: &suasion_model::World| (w.user, w.agents.of(agent), w.state, rational(w.probability));
                worlds.iter().map(of_world).collect()
            }
        };
        let mut mass = vec![vec![RBig::ZERO; observations]; types];
        for (t, x, _, p) in &situations {
            mass[*t][*x] += p;
        }
        let all = std::iter::once(&instance.user).chain(&instance.agents);
        let (mut parties, mut levels) = (vec![], vec![]);
        for party in all {
            let mut array = vec![vec![vec![RBig::ZERO; actions]; observations]; types];
            let mut level = RBig::ZERO;
            for (t, x, y, p) in &situations {
                let first = rational(party.utility[(0, *y)]);
                level += p * &first;
                for a in 1..actions {
                    array[*t][*x][a] += p * (rational(party.utility[(a, *y)]) - &first);
                }
            }
            parties.push(array);
            levels.push(level);
        }
        let alive = (0..types).map(|t| alive(&mass[t], &parties[0][t])).collect();
        Self { mass, parties, levels, alive }
    }

    /// The number of types.
    #[must_use]
    pub fn types(&self) -> usize {
        self.mass.len()
    }

    /// The number of observations.
    #[must_use]
    pub fn observations(&self) -> usize {
        self.mass[0].len()
    }

    /// The number of actions.
    #[must_use]
    pub fn actions(&self) -> usize {
        self.alive[0].len()
    }

    /// What both the user's and a party's utilities at an observation are multiples of, so that
    /// columns in this unit have short entries.
    fn unit(&self, x: usize, party: usize) -> RBig {
        let mut unit = RBig::ZERO;
        for t in 0..self.types() {
            for number in self.parties[0][t][x].iter().chain(&self.parties[party][t][x]) {
                unit = common(&unit, number);
            }
        }
        if unit.is_zero() { RBig::ONE } else { unit }
    }

    /// The actions of the largest value.
    fn best_of(&self, value: impl Fn(usize) -> RBig) -> Vec<usize> {
        let values: Vec<RBig> = (0..self.actions()).map(value).collect();
        let Some(most) = values.iter().max() else { return vec![] };
        (0..values.len()).filter(|&a| values[a] == *most).collect()
    }

    /// What each type may do when she knows what the agent observes, `[types][observations]`.
    #[must_use]
    pub fn full_information(&self) -> Vec<Vec<Vec<usize>>> {
        let at = |t: usize, x: usize| self.best_of(|a| self.parties[0][t][x][a].clone());
        (0..self.types()).map(|t| (0..self.observations()).map(|x| at(t, x)).collect()).collect()
    }

    /// What each type may do when she knows nothing but her type, `[types]`.
    #[must_use]
    pub fn no_information(&self) -> Vec<Vec<usize>> {
        let value = |t: usize, a: usize| (0..self.observations()).map(|x| self.parties[0][t][x][a].clone()).total();
        (0..self.types()).map(|t| self.best_of(|a| value(t, a))).collect()
    }

    /// The menus that may be obeyed: an action for every type.
    fn menus(&self) -> Vec<Vec<usize>> {
        let mut menus = vec![vec![]];
        for alive in &self.alive {
            let actions = || (0..alive.len()).filter(|&a| alive[a]);
            menus = menus
                .into_iter()
                .flat_map(|menu: Vec<usize>| actions().map(move |a| [&menu[..], &[a]].concat()))
                .collect();
        }
        menus
    }

    /// The most that a party gets from an agent who speaks once, where the user gets at least
    /// `floor` (less her level). None, if she cannot.
    #[must_use]
    pub fn speaking_once(&self, party: usize, floor: Option<&RBig>) -> Option<RBig> {
        self.speaking_once_within(party, floor, &RBig::ZERO)
    }

    /// The same, if the user also obeys where that costs her at most `slack` times the magnitudes
    /// of her utilities. A small slack restores ties that rounding broke.
    #[must_use]
    pub fn speaking_once_within(&self, party: usize, floor: Option<&RBig>, slack: &RBig) -> Option<RBig> {
        let menus = self.menus();
        let (user, objective) = (&self.parties[0], &self.parties[party]);
        let observations = self.observed();
        let column = |i: usize, f: usize| i * menus.len() + f;
        let mut program = Program::new(observations.len() * menus.len());
        let full = self.full_information();
        let mut start = vec![];
        for (i, &x) in observations.iter().enumerate() {
            let unit = self.unit(x, party);
            for (f, menu) in menus.iter().enumerate() {
                let worth: RBig = menu.iter().enumerate().map(|(t, &a)| objective[t][x][a].clone()).total();
                program.add_cost(column(i, f), &(worth / &unit));
            }
            let sum = (0..menus.len()).map(|f| (column(i, f), RBig::ONE));
            program.add_row(sum, Relation::Equal, unit);
            let best = |t: usize| {
                let own = full[t][x].iter().copied().filter(|&a| self.alive[t][a]);
                own.max_by(|&a, &b| objective[t][x][a].cmp(&objective[t][x][b])).unwrap_or(0)
            };
            let menu: Vec<usize> = (0..self.types()).map(best).collect();
            start.extend(menus.iter().position(|other| *other == menu).map(|f| column(i, f)));
        }
        let units: Vec<RBig> = observations.iter().map(|&x| self.unit(x, party)).collect();
        for (f, menu) in menus.iter().enumerate() {
            for (t, &own) in menu.iter().enumerate() {
                for other in (0..self.actions()).filter(|&b| b != own && self.alive[t][b]) {
                    let gain = |(i, &x): (usize, &usize)| {
                        let (here, there) = (&user[t][x][own], &user[t][x][other]);
                        let size = here.clone().abs() + there.clone().abs();
                        (column(i, f), (there - here - slack * size) / &units[i])
                    };
                    program.add_row(observations.iter().enumerate().map(gain), Relation::AtMost, RBig::ZERO);
                }
            }
        }
        if let Some(floor) = floor {
            let entries = observations.iter().enumerate().flat_map(|(i, &x)| {
                let unit = &units[i];
                let worth = move |menu: &Vec<usize>| -> RBig {
                    menu.iter().enumerate().map(|(t, &a)| user[t][x][a].clone()).total() / unit
                };
                menus.iter().enumerate().map(move |(f, menu)| (column(i, f), worth(menu)))
            });
            program.add_row(entries.collect::<Vec<_>>(), Relation::AtLeast, floor.clone());
        }
        optimum(program.maximise(&start))
    }

    /// The most that a party gets from an agent to whom the user reports her type.
    #[must_use]
    pub fn in_conversation(&self, party: usize) -> Option<RBig> {
        let (types, actions) = (self.types(), self.actions());
        let (user, objective) = (&self.parties[0], &self.parties[party]);
        let observations = self.observed();
        let units: Vec<RBig> = observations.iter().map(|&x| self.unit(x, party)).collect();
        // What may be recommended to whom; and what a type gains by a lie upon a recommendation,
        // above following it.
        let mut told = vec![];
        for t in 0..types {
            for a in (0..actions).filter(|&a| self.alive[t][a]) {
                told.extend((0..observations.len()).map(|i| (t, a, i)));
            }
        }
        let mut tempted = vec![];
        for t in 0..types {
            for r in (0..types).filter(|&r| r != t) {
                tempted.extend((0..actions).filter(|&a| self.alive[r][a]).map(|a| (t, r, a)));
            }
        }
        let column = |t: usize, a: usize, i: usize| told.iter().position(|&key| key == (t, a, i));
        let mut program = Program::new(told.len() + tempted.len());
        for (k, &(t, a, i)) in told.iter().enumerate() {
            program.add_cost(k, &(&objective[t][observations[i]][a] / &units[i]));
        }
        let full = self.full_information();
        let mut start = vec![];
        for t in 0..types {
            for (i, &x) in observations.iter().enumerate() {
                let columns = (0..actions).filter_map(|a| column(t, a, i));
                program.add_row(columns.map(|k| (k, RBig::ONE)), Relation::Equal, units[i].clone());
                start.extend(full[t][x].iter().find_map(|&a| column(t, a, i)));
            }
        }
        let gains = |t: usize, r: usize, own: usize, other: usize| {
            let gain = |i: usize| {
                let x = observations[i];
                column(r, own, i).map(|k| (k, (&user[t][x][other] - &user[t][x][own]) / &units[i]))
            };
            (0..observations.len()).filter_map(gain).collect::<Vec<_>>()
        };
        for t in 0..types {
            for own in (0..actions).filter(|&a| self.alive[t][a]) {
                for other in (0..actions).filter(|&b| b != own && self.alive[t][b]) {
                    program.add_row(gains(t, t, own, other), Relation::AtMost, RBig::ZERO);
                }
            }
        }
        for (k, &(t, r, own)) in tempted.iter().enumerate() {
            for other in (0..actions).filter(|&b| b != own && self.alive[t][b]) {
                let entries = gains(t, r, own, other).into_iter().chain([(told.len() + k, -RBig::ONE)]);
                program.add_row(entries, Relation::AtMost, RBig::ZERO);
            }
        }
        for t in 0..types {
            for r in (0..types).filter(|&r| r != t) {
                let worth = |(k, &(report, a, i)): (usize, &(usize, usize, usize))| {
                    let worth = &user[t][observations[i]][a] / &units[i];
                    if report == r {
                        (k, worth)
                    } else if report == t {
                        (k, -worth)
                    } else {
                        (k, RBig::ZERO)
                    }
                };
                let more = tempted.iter().enumerate().filter(|(_, key)| (key.0, key.1) == (t, r));
                let more = more.map(|(k, _)| (told.len() + k, RBig::ONE));
                let entries: Vec<_> = told.iter().enumerate().map(worth).chain(more).collect();
                program.add_row(entries, Relation::AtMost, RBig::ZERO);
            }
        }
        optimum(program.maximise(&start))
    }

    /// The observations that have mass.
    fn observed(&self) -> Vec<usize> {
        (0..self.observations()).filter(|&x| self.mass.iter().any(|mass| !mass[x].is_zero())).collect()
    }
}

fn optimum(answer: Answer) -> Option<RBig> {
    answer.optimal().map(|solution| solution.value)
}

/// Actions but for those that one other beats at every observation with mass; of a type without
/// mass, the first.
fn alive(mass: &[RBig], user: &[Vec<RBig>]) -> Vec<bool> {
    let observed: Vec<usize> = (0..mass.len()).filter(|&x| !mass[x].is_zero()).collect();
    let actions = user[0].len();
    if observed.is_empty() {
        return (0..actions).map(|a| a == 0).collect();
    }
    let beats = |b: usize, a: usize| observed.iter().all(|&x| user[x][b] > user[x][a]);
    (0..actions).map(|a| !(0..actions).any(|b| beats(b, a))).collect()
}

/// The largest number of which both are multiples.
fn common(one: &RBig, other: &RBig) -> RBig {
    if one.is_zero() {
        return other.clone().abs();
    }
    if other.is_zero() {
        return one.clone();
    }
    let magnitude = |number: &RBig| number.numerator().unsigned_abs();
    let numerator: UBig = magnitude(one).gcd(magnitude(other));
    let (left, right) = (one.denominator(), other.denominator());
    let denominator = left / left.gcd(right) * right;
    RBig::from_parts(IBig::from(numerator), denominator)
}
