//! What a user gets, and does, who knows all that agents observe.

use crate::{
    ConversationRule, Instance, LeveledGame, Matrix, Objective, Protocol, Situation, TypedView, TypedViewError,
    quantal_response, settled,
};
use std::collections::BTreeMap;

/// Two utilities closer than this, relative to their sizes, are one.
const SAME: f64 = 4.0 * f64::EPSILON;
/// Two expected utilities closer than this, relative to what is at stake, are one.
const TIED: f64 = 1e-9;

impl Instance {
    /// The user's values at prior number `prior` when she knows her type alone, and when she also
    /// knows all that any agent observes. She is rational; with a sensitivity `eta`, she plays an
    /// action with probability proportional to `exp(eta * its expected utility)`, and the last
    /// digits, in which machines may differ, are left out.
    ///
    /// # Errors
    /// If there is no such prior.
    pub fn informed_values(&self, prior: usize, eta: Option<f64>) -> Result<(f64, f64), TypedViewError> {
        if prior >= self.priors() {
            return Err(TypedViewError::OutOfRange { what: "prior", index: prior, size: self.priors() });
        }
        let (level, situations) = (LeveledGame::new(self, prior), self.situations(prior));
        let value = |known: &dyn Fn(&Situation) -> (usize, Vec<usize>)| {
            let mut groups: BTreeMap<(usize, Vec<usize>), Group> = BTreeMap::new();
            for situation in &situations {
                groups.entry(known(situation)).or_default().add(&level, situation);
            }
            let value = level.user().plus(groups.values().map(|group| group.value(eta)).sum());
            if eta.is_some() { settled(value, level.user_unit()) } else { value }
        };
        let none = value(&|situation| (situation.user, vec![]));
        Ok((none, value(&|situation| (situation.user, situation.observations.clone()))))
    }
}

/// Situations that the user cannot tell apart.
#[derive(Default)]
struct Group {
    mass: f64,
    /// What is at stake for her, times the mass.
    stake: f64,
    /// The value of each action to her, times the mass, `[actions]`.
    user: Vec<f64>,
}

impl Group {
    fn add(&mut self, level: &LeveledGame<'_>, situation: &Situation) {
        let utility = &level.instance.user.utility;
        self.user.resize(utility.rows(), 0.0);
        self.mass += situation.probability;
        self.stake += situation.probability * level.user_stake(situation.state);
        for (a, worth) in self.user.iter_mut().enumerate() {
            *worth += situation.probability * utility[(a, situation.state)];
        }
    }

    /// What she gets, times the mass. A rational user takes the first of the best actions.
    fn value(&self, eta: Option<f64>) -> f64 {
        let Some(eta) = eta else {
            let most = self.user.iter().fold(f64::NEG_INFINITY, |most, &u| most.max(u));
            return self.user.iter().copied().find(|&u| u >= most - TIED * self.stake).unwrap_or(0.0);
        };
        let share = |u: &f64| if self.mass > 0.0 { u / self.mass } else { 0.0 };
        let mut played: Vec<f64> = self.user.iter().map(share).collect();
        quantal_response(&mut played, eta);
        played.iter().zip(&self.user).map(|(p, u)| p * u).sum()
    }
}

impl TypedView {
    /// What every type does upon every observation if she knows what the agent observes,
    /// `[types][observations]`: what is best for her; of several actions, what is best for the
    /// objective; of several, the first.
    #[must_use]
    pub fn informed_actions(&self, objective: &Objective) -> Vec<Vec<usize>> {
        let worth = objective.reduced_utility(self).map_or_else(|_| self.reduced_user().to_vec(), |(worth, _)| worth);
        let best = |user: &Matrix, worth: &Matrix, x: usize| {
            let high = (0..user.rows()).map(|a| user[(a, x)]).fold(f64::NEG_INFINITY, f64::max);
            let good = (0..user.rows()).filter(|&a| {
                let u = user[(a, x)];
                high - u <= SAME * (high.abs() + u.abs())
            });
            good.reduce(|best, next| if worth[(next, x)] > worth[(best, x)] { next } else { best }).unwrap_or(0)
        };
        let of_type = |(user, worth): (&Matrix, &Matrix)| (0..user.columns()).map(|x| best(user, worth, x)).collect();
        self.reduced_user().iter().zip(&worth).map(of_type).collect()
    }
}

impl ConversationRule {
    /// The rule by which an agent of an instance tells all that it can: which of the observations
    /// that it may make at this prior it has made.
    ///
    /// # Panics
    /// If there is no such prior or agent.
    #[must_use]
    pub fn of_full_information(protocol: &Protocol, instance: &Instance, prior: usize, agent: usize) -> Self {
        let situations = instance.situations(prior);
        let mut made: Vec<usize> = situations.iter().map(|situation| situation.observations[agent]).collect();
        made.sort_unstable();
        made.dedup();
        let number = |x| made.binary_search(&x).unwrap_or(0);
        Self::revelation(protocol, &(0..instance.observations()).map(number).collect::<Vec<usize>>())
    }
}
