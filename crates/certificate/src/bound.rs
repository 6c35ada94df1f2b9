//! What no obedient scheme can exceed, by weak duality.

use crate::Multiplier;
use crate::contest::{Contests, Judge, rounding_error};
use crate::exact::Sum;
use crate::game::{Estimates, Game, USER};
use crate::refusal::{Place, Refusal, check_index, check_nonnegative};
use std::ops::Range;
use suasion_model::{Instance, Objective};

/// An upper bound as a function of the floor on the user's value: it falls as a line.
///
/// With multipliers `rho >= 0` of obedience and `s >= 0` of the floor `f`, no obedient scheme that leaves the user at least `f`
/// has an objective value above
/// `B(s) - s f`, where `B(s) = sum_x max_a [ P_v[x][a] + s P_u[x][a] + sum_b rho_ab (P_u[x][a] - P_u[x][b]) ]`.
/// (Weak duality of the linear program of Kamenica & Gentzkow 2011 in direct schemes; the maximum takes the place of the
/// multiplier of plausibility.)
#[derive(Clone)]
pub struct Bound {
    intercept: Box<Sum>,
    slope: f64,
}

impl Bound {
    /// The bound when the user is to get at least `floor`, exact but for one rounding to nearest. Infinite or NaN if `floor` is.
    #[must_use]
    pub fn at(&self, floor: f64) -> f64 {
        if floor.is_finite() { self.exactly_at(floor).round() } else { -self.slope * floor }
    }

    /// The bound when nothing is asked for the user and her utility is valued at `s`: `B(s)` itself, rounded to nearest.
    #[must_use]
    pub fn intercept(&self) -> f64 {
        self.intercept.round()
    }

    pub(crate) fn exactly_at(&self, floor: f64) -> Sum {
        let mut sum = (*self.intercept).clone();
        sum.subtract([self.slope, floor]);
        sum
    }
}

/// The upper bound that multipliers prove, for one agent at a prior: `floor_multiplier` is `s` of [`Bound`], and the multipliers
/// are those of obedience, in increasing order of (recommended, alternative).
///
/// # Errors
/// If an index is out of range, a number is not finite, a multiplier is negative or out of order, or the user has several types.
pub fn upper_bound(
    instance: &Instance,
    prior: usize,
    agent: usize,
    objective: &Objective,
    floor_multiplier: f64,
    multipliers: &[Multiplier],
) -> Result<Bound, Refusal> {
    let game = Game::new(instance, prior, agent, objective)?;
    let estimates = Estimates::new(&game, &instance.information);
    bound(&game, &estimates, floor_multiplier, multipliers, &mut Judge::new())
}

pub(crate) fn bound(
    game: &Game<'_>,
    estimates: &Estimates,
    slope: f64,
    multipliers: &[Multiplier],
    judge: &mut Judge,
) -> Result<Bound, Refusal> {
    check_nonnegative(Place::alone("the multiplier of the floor"), slope)?;
    check_multipliers(multipliers, game.actions)?;
    let prices = Prices { game, slope, multipliers };
    let mut contests = Contests::new(game.observations, f64::NEG_INFINITY);
    let mut values = vec![0.0; game.observations];
    for (action, range) in rows(multipliers, game.actions).enumerate() {
        prices.enter_row(&mut contests, &mut values, estimates, action, &multipliers[range]);
    }
    let starts: Vec<Range<usize>> = rows(multipliers, game.actions).collect();
    let mut total = Box::new(Sum::new());
    contests.decide(|x, actions| {
        let price = |sum: &mut Sum, action: usize| prices.add(sum, x, action, starts[action].clone());
        if let &[only] = actions {
            price(&mut total, only);
        } else if let Some((_, largest)) = judge.largest(actions.iter().copied(), price) {
            total.add_sum(largest);
        }
    });
    Ok(Bound { intercept: total, slope })
}

fn check_multipliers(multipliers: &[Multiplier], actions: usize) -> Result<(), Refusal> {
    for (k, multiplier) in multipliers.iter().enumerate() {
        let place = Place::item("multiplier", k);
        check_index(place, "action", multiplier.recommended, actions)?;
        check_index(place, "action", multiplier.alternative, actions)?;
        check_nonnegative(place, multiplier.value)?;
        if multiplier.recommended == multiplier.alternative {
            return Err(Refusal::SelfComparison { place, index: multiplier.recommended });
        }
        if k > 0 && multipliers[k - 1].pair() >= multiplier.pair() {
            return Err(Refusal::OutOfOrder { place });
        }
    }
    Ok(())
}

/// Where the multipliers of each recommended action stand.
fn rows(multipliers: &[Multiplier], actions: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    (0..actions).map(move |action| {
        let length = multipliers[start..].iter().take_while(|multiplier| multiplier.recommended == action).count();
        let range = start..start + length;
        start = range.end;
        range
    })
}

/// The priced columns of the linear program: what stands in the brackets of [`Bound`].
struct Prices<'a> {
    game: &'a Game<'a>,
    slope: f64,
    multipliers: &'a [Multiplier],
}

impl Prices<'_> {
    /// Estimates an action's column at all observations, in the room of `values`, and enters it in their contests. Here the
    /// column is per unit of weight, which no contest minds.
    fn enter_row(
        &self,
        contests: &mut Contests,
        values: &mut [f64],
        estimates: &Estimates,
        action: usize,
        multipliers: &[Multiplier],
    ) {
        let (user, objective) = (&estimates.user, &estimates.objective);
        values.copy_from_slice(objective.values.row(action));
        let priced: f64 = multipliers.iter().map(|multiplier| multiplier.value).sum();
        let own = self.slope + priced;
        if own > 0.0 {
            for (value, utility) in values.iter_mut().zip(user.values.row(action)) {
                *value += own * utility;
            }
        }
        for multiplier in multipliers {
            for (value, utility) in values.iter_mut().zip(user.values.row(multiplier.alternative)) {
                *value -= multiplier.value * utility;
            }
        }
        let operations = 2 * multipliers.len() + user.operations + objective.operations + 4;
        // What the alternatives add up to, bounded action by action: a penalty on one of them is none of the others' concern.
        let alternatives: f64 = multipliers.iter().map(|m| m.value * user.row_magnitude(m.alternative)).sum();
        for (x, &value) in values.iter().enumerate() {
            if self.game.cells(x).is_empty() {
                continue;
            }
            let error = if own > 0.0 {
                let others = alternatives.min(priced * user.column_magnitude(x));
                let magnitude = objective.magnitude(action, x) + own * user.magnitude(action, x) + others;
                rounding_error(operations, magnitude + f64::MIN_POSITIVE)
            } else {
                objective.error(action, x)
            };
            contests.enter(x, action, value, error);
        }
    }

    /// Adds an action's column at an observation.
    fn add(&self, sum: &mut Sum, observation: usize, action: usize, multipliers: Range<usize>) {
        let game = self.game;
        for cell in game.cells(observation) {
            for &(party, weight) in &game.objective {
                sum.add([cell.mass, weight, game.utility(party, action, cell.state)]);
            }
            let own = game.utility(USER, action, cell.state);
            sum.add([cell.mass, self.slope, own]);
            for multiplier in &self.multipliers[multipliers.clone()] {
                sum.add([cell.mass, multiplier.value, own]);
                sum.subtract([cell.mass, multiplier.value, game.utility(USER, multiplier.alternative, cell.state)]);
            }
        }
    }
}
