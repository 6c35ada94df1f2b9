//! The original game in whole numbers, if it is small.

use dashu::integer::IBig;
use suasion_lp::exact::{last_bit, whole};
use suasion_model::{Given, Matrix, Objective, TypedView};

/// Whole numbers by type, observation and action.
pub(crate) type Numbers = Vec<Vec<Vec<IBig>>>;

/// The game of an agent against a user with several types, at the observations that have mass.
pub(crate) struct WholeGame {
    /// The observations that have mass, as indices into the view.
    pub observed: Vec<usize>,
    pub observations: usize,
    /// Each type's regret: her highest payoff minus that of the action, in units of `2^user_unit`.
    pub regrets: Numbers,
    pub user_unit: i32,
    /// The objective's value of each action minus that of full information, in units of
    /// `2^worth_unit`.
    pub worth: Numbers,
    pub worth_unit: i32,
    /// The action of each type at each observation under full information, `[types][observed]`: her
    /// best action. Ties are broken for the objective, then for the first action.
    pub full: Vec<Vec<usize>>,
    /// The action of each type under no information. Ties are broken in the same way.
    pub none: Vec<usize>,
    /// Whether a type and an observation have positive mass together.
    pub met: Vec<Vec<bool>>,
    /// The actions of each type that no other action beats at every observation. For a type without
    /// mass, only the first action.
    pub alive: Vec<Vec<usize>>,
    /// `(type, action, action that is better for her everywhere)` for all other actions.
    pub beaten: Vec<(usize, usize, usize)>,
    /// The user's highest value minus the floor, if there is one, in her unit; at least 0.
    pub budget: Option<IBig>,
}

/// A party's weight and utility.
type Weighted<'a> = (f64, &'a Matrix);

impl WholeGame {
    /// Builds the game of a view. Returns `None` if it is not small. Its numbers are those of
    /// `given` and `objective`, without rounding.
    pub(crate) fn new(view: &TypedView, objective: &Objective, floor: Option<f64>) -> Option<Self> {
        let given = view.given()?;
        let (types, actions) = (view.types(), view.actions());
        let mass = |t: usize, x: usize| view.mass()[(t, x)] > 0.0;
        let observed: Vec<usize> = (0..view.observations()).filter(|&x| (0..types).any(|t| mass(t, x))).collect();
        if observed.is_empty() {
            return None;
        }
        let place = |x: usize| observed.binary_search(&x).ok();
        let shape = (types, observed.len(), actions);
        let (user, user_unit) = folded(given, &[(1.0, given.utilities.first()?)], shape, place, floor);
        let agents = objective.agents.iter().map(|&(agent, weight)| Some((weight, given.utilities.get(agent + 1)?)));
        let mut parties: Vec<Weighted<'_>> = agents.collect::<Option<_>>()?;
        parties.push((objective.user, &given.utilities[0]));
        let (mut worth, worth_unit) = folded(given, &parties, shape, place, None);
        let best = |user: &[IBig], worth: &[IBig]| {
            let larger =
                |best: usize, a: usize| if (&user[a], &worth[a]) > (&user[best], &worth[best]) { a } else { best };
            (1..actions).fold(0, larger)
        };
        let mut full: Vec<Vec<usize>> =
            user.iter().zip(&worth).map(|(u, w)| u.iter().zip(w).map(|(u, w)| best(u, w)).collect()).collect();
        let total = |rows: &Vec<Vec<IBig>>| -> Vec<IBig> {
            (0..actions).map(|a| rows.iter().fold(IBig::ZERO, |sum, row| sum + &row[a])).collect()
        };
        let none = user.iter().zip(&worth).map(|(u, w)| best(&total(u), &total(w))).collect();
        let mut most = IBig::ZERO;
        let mut regrets = user;
        for t in 0..types {
            for i in 0..observed.len() {
                let (top, zero) = (regrets[t][i][full[t][i]].clone(), worth[t][i][full[t][i]].clone());
                most += &top;
                regrets[t][i].iter_mut().for_each(|u| *u = &top - &*u);
                worth[t][i].iter_mut().for_each(|w| *w -= &zero);
            }
        }
        let met: Vec<Vec<bool>> = (0..types).map(|t| observed.iter().map(|&x| mass(t, x)).collect()).collect();
        let (mut alive, mut beaten) = (vec![], vec![]);
        for (t, (regrets, met)) in regrets.iter().zip(&met).enumerate() {
            let (kept, lost) = divided(regrets, met, actions);
            beaten.extend(lost.into_iter().map(|(action, by)| (t, action, by)));
            // Where there is no mass, the action does not matter.
            full[t].iter_mut().zip(met).filter(|(_, met)| !**met).for_each(|(full, _)| *full = kept[0]);
            alive.push(kept);
        }
        let budget = floor.map(|floor| (most - whole(floor, user_unit)).max(IBig::ZERO));
        let observations = view.observations();
        Some(Self {
            observed,
            observations,
            regrets,
            user_unit,
            worth,
            worth_unit,
            full,
            none,
            met,
            alive,
            beaten,
            budget,
        })
    }

    pub(crate) fn types(&self) -> usize {
        self.regrets.len()
    }

    pub(crate) fn actions(&self) -> usize {
        self.regrets[0].first().map_or(0, Vec::len)
    }

    /// The objective's value of no information minus that of full information.
    pub(crate) fn uninformed(&self) -> IBig {
        let of_type = |(worth, &a): (&Vec<Vec<IBig>>, &usize)| worth.iter().fold(IBig::ZERO, |sum, row| sum + &row[a]);
        self.worth.iter().zip(&self.none).map(of_type).fold(IBig::ZERO, |sum, worth| sum + worth)
    }

    /// The highest total regret over the actions that some type may take.
    pub(crate) fn most_regret(&self) -> IBig {
        let mut total = IBig::ZERO;
        for (regrets, alive) in self.regrets.iter().zip(&self.alive) {
            for row in regrets {
                total += alive.iter().map(|&a| row[a].clone()).max().unwrap_or(IBig::ZERO);
            }
        }
        total
    }
}

/// The sums over cells of probability times weighted utilities, and their unit, which is at most
/// the last bit of `floor`.
fn folded(
    given: &Given,
    parties: &[Weighted<'_>],
    (types, observed, actions): (usize, usize, usize),
    place: impl Fn(usize) -> Option<usize>,
    floor: Option<f64>,
) -> (Numbers, i32) {
    let last = |numbers: &[f64]| numbers.iter().filter_map(|&number| last_bit(number)).min();
    let of_mass = given.cells.iter().filter_map(|cell| last_bit(cell.3)).min().unwrap_or(0);
    let of_party = |(weight, utility): &Weighted<'_>| Some(last_bit(*weight)? + last(utility.as_slice())?);
    let of_parties = parties.iter().filter_map(of_party).min().unwrap_or(0);
    let unit = floor.and_then(last_bit).unwrap_or(i32::MAX).min(of_mass + of_parties);
    let mut sums = vec![vec![vec![IBig::ZERO; actions]; observed]; types];
    for &(t, x, state, p) in &given.cells {
        let (Some(i), p) = (place(x), whole(p, of_mass)) else { continue };
        for (weight, utility) in parties.iter().filter(|(weight, _)| *weight != 0.0) {
            let Some(of_weight) = last_bit(*weight) else { continue };
            let factor = &p * whole(*weight, of_weight);
            for (a, sum) in sums[t][i].iter_mut().enumerate() {
                *sum += &factor * whole(utility[(a, state)], unit - of_mass - of_weight);
            }
        }
    }
    (sums, unit)
}

/// The actions that no other action beats wherever there is mass; and the others, each with an
/// action that beats it.
fn divided(regrets: &[Vec<IBig>], met: &[bool], actions: usize) -> (Vec<usize>, Vec<(usize, usize)>) {
    if !met.contains(&true) {
        return (vec![0], (1..actions).map(|a| (a, 0)).collect());
    }
    let places: Vec<usize> = (0..met.len()).filter(|&i| met[i]).collect();
    let beats = |b: usize, a: usize| places.iter().all(|&i| regrets[i][b] < regrets[i][a]);
    let (kept, lost): (Vec<usize>, Vec<usize>) = (0..actions).partition(|&a| !(0..actions).any(|b| beats(b, a)));
    let by = |a: usize| kept.iter().copied().find(|&b| beats(b, a)).unwrap_or(kept[0]);
    let lost = lost.into_iter().map(|a| (a, by(a))).collect();
    (kept, lost)
}
