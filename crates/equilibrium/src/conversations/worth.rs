//! The values of conversations: under a plan, to a user who responds quantally, and under no and
//! full information.

use super::heard::{Weighed, mass};
use super::{ConversationGame, ConversationWorth};
use crate::EquilibriumError;
use std::collections::BTreeMap;
use suasion_model::settled;
use suasion_model::{ConversationPlan, ConversationRule, Situation, quantal_response};

/// The messages of a user who does not choose them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserRule {
    /// Always her first message.
    Silent,
    /// Each agent gets every message with the same probability, independently.
    Uniform,
    /// The user reports the number of her type to every agent, written in her alphabet, round by
    /// round from its last digit. If there are too many types for that, numbers that are too large
    /// are reported as the largest possible one.
    Report,
}

impl UserRule {
    /// The messages of type `t` in every round, `[rounds]`, if they are certain.
    fn said(self, alphabets: &[usize], t: usize) -> Option<Vec<usize>> {
        let told = alphabets.iter().copied().fold(1, usize::saturating_mul);
        let mut rest = match self {
            Self::Silent => 0,
            Self::Uniform => return None,
            Self::Report => t.min(told - 1),
        };
        let digit = |&alphabet: &usize| {
            let digit = rest % alphabet;
            rest /= alphabet;
            digit
        };
        Some(alphabets.iter().map(digit).collect())
    }
}

impl ConversationWorth {
    /// Zero values, for this many agents.
    fn nothing(agents: usize) -> Self {
        Self { user: 0.0, agents: vec![0.0; agents] }
    }

    /// Adds the value of an action that is taken with probability `p`.
    fn add(&mut self, game: &ConversationGame<'_>, action: usize, p: f64, weighed: &[(usize, f64)]) {
        for &(w, weight) in weighed {
            let state = game.worlds[w].state;
            self.user += p * weight * game.instance.user.utility[(action, state)];
            for (sum, agent) in self.agents.iter_mut().zip(&game.instance.agents) {
                *sum += p * weight * agent.utility[(action, state)];
            }
        }
    }
}

impl ConversationGame<'_> {
    /// The values of a plan to all parties, against rules that have passed
    /// [`ConversationGame::checked`].
    ///
    /// # Errors
    /// If the plan does not belong to this game, or has no step for something that may happen.
    ///
    /// # Panics
    /// If the rules do not belong to this game.
    pub fn worth(
        &self,
        rules: &[ConversationRule],
        plan: &ConversationPlan,
    ) -> Result<ConversationWorth, EquilibriumError> {
        let (found, types) = (plan.types.len(), self.instance.types());
        if found != types {
            let problem = format!("found {found} types, expected {types}");
            return Err(EquilibriumError::Plan { problem });
        }
        self.follow(rules, plan)
    }

    /// [`ConversationGame::worth`] of a plan that has a step for every type.
    pub(super) fn follow(
        &self,
        rules: &[ConversationRule],
        plan: &ConversationPlan,
    ) -> Result<ConversationWorth, EquilibriumError> {
        let mut worth = ConversationWorth::nothing(self.agents());
        self.walk(rules, plan, &mut |action, weighed| worth.add(self, action, 1.0, weighed))?;
        Ok(worth)
    }

    /// The values to all parties of rules that have passed [`ConversationGame::checked`], against a
    /// user who sends messages as `user` says, and in the end takes each action with a probability
    /// proportional to `exp(eta)` to the power of its expected utility, given the whole history
    /// (Collina et al., arXiv 2509.15090, Theorem 2). The last digits of exponentials may differ
    /// between machines, so they are dropped.
    ///
    /// # Errors
    /// If `eta` is not a finite number of at least 0.
    ///
    /// # Panics
    /// If the rules do not belong to this game.
    pub fn quantal_worth(
        &self,
        rules: &[ConversationRule],
        user: UserRule,
        eta: f64,
    ) -> Result<ConversationWorth, EquilibriumError> {
        if !(eta.is_finite() && eta >= 0.0) {
            let expected = "a finite number of at least 0";
            return Err(EquilibriumError::Number { what: "eta", found: eta, expected });
        }
        let alphabets: Vec<usize> = (0..self.protocol.rounds).map(|round| self.protocol.user_alphabet(round)).collect();
        let mut worth = ConversationWorth::nothing(self.agents());
        for (t, weighed) in self.known().iter().enumerate().filter(|(_, weighed)| !weighed.is_empty()) {
            let said = user.said(&alphabets, t);
            let mut talk = Quantal { game: self, rules, said: said.as_deref(), eta, worth: &mut worth };
            talk.go(0, &vec![0; self.agents()], weighed);
        }
        worth.user = settled(worth.user, self.user_range);
        for (value, range) in worth.agents.iter_mut().zip(&self.ranges) {
            *value = settled(*value, *range);
        }
        Ok(worth)
    }

    /// The user's value if she knows only her type.
    #[must_use]
    pub fn no_information(&self) -> f64 {
        self.informed(|world| (world.user, &[]))
    }

    /// The user's value if she also knows all that the agents observe.
    #[must_use]
    pub fn full_information(&self) -> f64 {
        self.informed(|world| (world.user, &world.observations))
    }

    /// The user's value if she knows `known` of a world.
    fn informed<'w>(&'w self, known: impl Fn(&'w Situation) -> (usize, &'w [usize])) -> f64 {
        let mut groups: BTreeMap<(usize, &[usize]), Weighed> = BTreeMap::new();
        for (w, world) in self.worlds.iter().enumerate() {
            groups.entry(known(world)).or_default().push((w, world.probability));
        }
        let best = |weighed: &Weighed| self.expected(weighed).into_iter().fold(f64::NEG_INFINITY, f64::max);
        groups.values().map(best).sum()
    }

    /// The value of every action to the user, times the mass, `[actions]`.
    pub(super) fn expected(&self, weighed: &[(usize, f64)]) -> Vec<f64> {
        let utility = &self.instance.user.utility;
        let of = |a: usize| weighed.iter().map(|&(w, weight)| weight * utility[(a, self.worlds[w].state)]).sum();
        (0..self.instance.actions.len()).map(of).collect()
    }
}

/// A walk through the histories of a quantal user of one type.
struct Quantal<'g, 'w> {
    game: &'g ConversationGame<'g>,
    rules: &'g [ConversationRule],
    /// Her messages to everyone, `[rounds]`; `None` if they are random.
    said: Option<&'g [usize]>,
    eta: f64,
    worth: &'w mut ConversationWorth,
}

impl Quantal<'_, '_> {
    fn go(&mut self, round: usize, histories: &[usize], weighed: &[(usize, f64)]) {
        let game = self.game;
        if round == game.protocol.rounds {
            let mass = mass(weighed);
            let mut played: Vec<f64> = game.expected(weighed).iter().map(|utility| utility / mass).collect();
            quantal_response(&mut played, self.eta);
            for (action, &p) in played.iter().enumerate() {
                self.worth.add(game, action, p, weighed);
            }
            return;
        }
        let (agents, alphabet) = (game.agents(), game.protocol.user_alphabet(round));
        let mut messages = vec![self.said.map_or(0, |said| said[round]); agents];
        let combinations = alphabet.saturating_pow(u32::try_from(agents).unwrap_or(u32::MAX));
        let share = if self.said.is_some() { 1.0 } else { 1.0 / combinations as f64 };
        let weighed: Weighed = weighed.iter().map(|&(w, weight)| (w, share * weight)).collect();
        loop {
            for heard in game.hear(self.rules, round, histories, &messages, &weighed) {
                self.go(round + 1, &heard.histories, &heard.weighed);
            }
            // The next combination, as the next number, unless her messages are certain or this was
            // the last one.
            let Some(place) = messages.iter().rposition(|&message| self.said.is_none() && message + 1 < alphabet)
            else {
                return;
            };
            messages[place] += 1;
            messages[place + 1..].fill(0);
        }
    }
}
