//! Direct schemes against a user of one type: their values, and an upper bound on all obedient
//! schemes by weak duality.

mod conduct;
mod obedience;

use super::{Communication, Direct, Rational, SchemeOutcome};
use crate::error::{Place, ProofError, check_index, check_nonnegative};
use crate::game::{Estimates, Game, TypedGame, USER};
use crate::proof::Exact;
use crate::verdict::TOLERANCE;
use conduct::Conduct;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use suasion_exact::{Contests, Judge, Sum, rounding_error};
use suasion_model::{Instance, Objective, Scheme};

/// The multiplier of one obedience constraint. The constraint says that the user loses nothing when
/// she takes the recommended action and not the alternative. The multiplier is the gain of the
/// objective per unit of the user's utility by which the constraint is relaxed. Written as
/// `[recommended, alternative, value]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(usize, usize, f64)", into = "(usize, usize, f64)")]
pub struct Multiplier {
    /// The action that is recommended.
    pub recommended: usize,
    /// The action that the user takes instead.
    pub alternative: usize,
    /// The multiplier, at least 0.
    pub value: f64,
}

impl Multiplier {
    pub(crate) fn pair(&self) -> (usize, usize) {
        (self.recommended, self.alternative)
    }
}

impl From<(usize, usize, f64)> for Multiplier {
    fn from((recommended, alternative, value): (usize, usize, f64)) -> Self {
        Self { recommended, alternative, value }
    }
}

impl From<Multiplier> for (usize, usize, f64) {
    fn from(multiplier: Multiplier) -> Self {
        (multiplier.recommended, multiplier.alternative, multiplier.value)
    }
}

impl Communication for Direct {
    type Scheme = Scheme;
    type Bound = Vec<Multiplier>;
    type Precision = Exact;
}

impl Rational for Direct {
    /// The user has one type.
    fn game<'a>(
        instance: &'a Instance,
        prior: usize,
        agent: usize,
        objective: &Objective,
    ) -> Result<TypedGame<'a>, ProofError> {
        let game = Game::new(instance, prior, agent, objective)?;
        Ok(TypedGame { observations: game.observations, types: 1, game })
    }

    fn sort_scheme(scheme: &mut Scheme) {
        scheme.entries.sort_by_key(|entry| (entry.state, entry.action));
    }

    fn sort_bound(multipliers: &mut Vec<Multiplier>) {
        multipliers.retain(|multiplier| multiplier.value != 0.0);
        multipliers.sort_by_key(Multiplier::pair);
    }

    fn outcome(scheme: &Scheme, game: &TypedGame<'_>, estimates: &Estimates) -> Result<SchemeOutcome, ProofError> {
        let judge = &mut Judge::new();
        let conduct = Conduct::new(&game.game, estimates, &scheme.entries, judge)?;
        let disobedience = obedience::disobedience(&game.game, estimates, &scheme.entries, TOLERANCE, judge);
        let played = conduct.played().collect();
        let add = |sum: &mut Sum, party: usize, weight: f64| conduct.add_value(sum, party, weight);
        Ok(SchemeOutcome::of(game, add, disobedience, played))
    }

    fn bound_exactly(
        multipliers: &Vec<Multiplier>,
        slope: f64,
        game: &TypedGame<'_>,
        estimates: &Estimates,
    ) -> Result<Sum, ProofError> {
        Ok(*bound(&game.game, estimates, slope, multipliers, &mut Judge::new())?.intercept)
    }
}

/// An upper bound as a linear, decreasing function of the floor on the user's value.
///
/// With multipliers `rho >= 0` of obedience and `s >= 0` of the floor `f`, no obedient scheme that
/// gives the user at least `f` has an objective value above `B(s) - s f`, where `B(s) = sum_x max_a
/// [ P_v[x][a] + s P_u[x][a] + sum_b rho_ab (P_u[x][a] - P_u[x][b]) ]`. (Weak duality of the linear
/// program of Kamenica & Gentzkow 2011 in direct schemes; the maximum replaces the multiplier of
/// plausibility.)
#[derive(Clone)]
pub struct Bound {
    intercept: Box<Sum>,
    slope: f64,
}

impl Bound {
    /// The bound if the user gets at least `floor`: exact but for one rounding to nearest. Infinite
    /// or NaN if `floor` is.
    #[must_use]
    pub fn at(&self, floor: f64) -> f64 {
        if floor.is_finite() { self.exactly_at(floor).round() } else { -self.slope * floor }
    }

    /// The bound without a floor, if the user's utility is valued at `s`: `B(s)` itself, rounded to
    /// nearest.
    #[must_use]
    pub fn intercept(&self) -> f64 {
        self.intercept.round()
    }

    fn exactly_at(&self, floor: f64) -> Sum {
        let mut sum = (*self.intercept).clone();
        sum.subtract([self.slope, floor]);
        sum
    }
}

/// The upper bound that multipliers prove, for one agent at a prior. `floor_multiplier` is `s` of
/// [`Bound`]. The obedience multipliers are in increasing order of (recommended, alternative).
///
/// # Errors
/// If an index is out of range, a number is not finite, a multiplier is negative or out of order,
/// or the user has several types.
pub fn upper_bound(
    instance: &Instance,
    prior: usize,
    agent: usize,
    objective: &Objective,
    floor_multiplier: f64,
    multipliers: &[Multiplier],
) -> Result<Bound, ProofError> {
    let game = Game::new(instance, prior, agent, objective)?;
    let estimates = Estimates::new(&game, &instance.information);
    bound(&game, &estimates, floor_multiplier, multipliers, &mut Judge::new())
}

fn bound(
    game: &Game<'_>,
    estimates: &Estimates,
    slope: f64,
    multipliers: &[Multiplier],
    judge: &mut Judge,
) -> Result<Bound, ProofError> {
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

fn check_multipliers(multipliers: &[Multiplier], actions: usize) -> Result<(), ProofError> {
    for (k, multiplier) in multipliers.iter().enumerate() {
        let place = Place::item("multiplier", k);
        check_index(place, "action", multiplier.recommended, actions)?;
        check_index(place, "action", multiplier.alternative, actions)?;
        check_nonnegative(place, multiplier.value)?;
        if multiplier.recommended == multiplier.alternative {
            return Err(ProofError::SelfComparison { place, index: multiplier.recommended });
        }
        if k > 0 && multipliers[k - 1].pair() >= multiplier.pair() {
            return Err(ProofError::OutOfOrder { place });
        }
    }
    Ok(())
}

/// The positions of the multipliers of each recommended action.
fn rows(multipliers: &[Multiplier], actions: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    (0..actions).map(move |action| {
        let length = multipliers[start..].iter().take_while(|multiplier| multiplier.recommended == action).count();
        let range = start..start + length;
        start = range.end;
        range
    })
}

/// The priced columns of the linear program: the brackets of [`Bound`].
struct Prices<'a> {
    game: &'a Game<'a>,
    slope: f64,
    multipliers: &'a [Multiplier],
}

impl Prices<'_> {
    /// Estimates an action's column at all observations, in the buffer `values`, and enters it into
    /// their contests. The column here is per unit of weight, which does not change any contest.
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
        // The sum over alternatives, bounded action by action: a penalty on one action does not
        // affect the other actions.
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
