//! A user who knows something by herself: the agent speaks once, or converses.

use super::{Talk, Values};
use crate::conversation::{bound as conversation_bound, converse};
use crate::menu::{bound as menu_bound, menu};
use crate::typed::make_plausible;
use crate::{ConversationOptimum, MenuOptimum, PersuadeError};
use std::collections::BTreeMap;
use suasion_certificate::{Floor, Node, TemptationMultiplier, TruthMultiplier};
use suasion_lp::Settings;
use suasion_model::{Conversation, ConversationEntry, Matrix, MenuScheme, Message, Objective, TypedView};

/// The agent speaks once: each message tells every type what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Menus {
    /// How the agent sees the game.
    pub view: TypedView,
}

/// The user reports what she knows, and is recommended an action: a conversation of any length.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversations {
    /// How the agent sees the game.
    pub view: TypedView,
}

/// Relative to the range of the user's utility for a type and an observation: her actions are as good as each other within this.
const TIED: f64 = 1e-12;

impl Talk for Menus {
    type Scheme = MenuScheme;
    /// A tree of menus.
    type Bound = Vec<Node>;

    fn values(&self, scheme: &MenuScheme) -> Values {
        values(&self.view, |utility| scheme.value(utility))
    }

    fn ranges(&self, objective: &Objective) -> (f64, f64) {
        ranges(&self.view, objective)
    }

    fn silence(&self) -> MenuScheme {
        let probabilities = (0..self.view.observations()).map(|x| (x, 1.0)).collect();
        MenuScheme { messages: vec![Message { menu: self.view.no_information().0, probabilities }] }
    }

    fn revelation(&self, objective: &Objective) -> MenuScheme {
        let best = best_actions(&self.view, objective);
        let menu = |x: usize| best.iter().map(|actions| actions[x]).collect::<Vec<usize>>();
        let mut by_menu: BTreeMap<Vec<usize>, Vec<(usize, f64)>> = BTreeMap::new();
        for x in 0..self.view.observations() {
            by_menu.entry(menu(x)).or_default().push((x, 1.0));
        }
        let message = |(menu, probabilities)| Message { menu, probabilities };
        MenuScheme { messages: by_menu.into_iter().map(message).collect() }
    }

    fn maximise(&self, objective: &Objective, settings: &Settings) -> Result<(MenuScheme, Vec<Node>), PersuadeError> {
        let MenuOptimum { scheme, tree, stopped, .. } = menu(&self.view, objective, None, settings)?;
        stopped.map_or(Ok((scheme, tree)), |stopped| Err(PersuadeError::Stopped(stopped)))
    }

    fn mix(&self, parts: &[(f64, &MenuScheme)]) -> MenuScheme {
        let mut by_menu: BTreeMap<&[usize], Vec<f64>> = BTreeMap::new();
        for &(share, scheme) in parts {
            for message in &scheme.messages {
                let sent = by_menu.entry(&message.menu).or_insert_with(|| vec![0.0; self.view.observations()]);
                message.probabilities.iter().for_each(|&(x, probability)| sent[x] += share * probability);
            }
        }
        let mut messages: Vec<Message> =
            by_menu.keys().map(|menu| Message { menu: menu.to_vec(), probabilities: vec![] }).collect();
        for x in 0..self.view.observations() {
            let mut shares: Vec<f64> = by_menu.values().map(|sent| sent[x]).collect();
            make_plausible(&mut shares);
            for (message, share) in messages.iter_mut().zip(shares) {
                if share > 0.0 {
                    message.probabilities.push((x, share));
                }
            }
        }
        messages.retain(|message| !message.probabilities.is_empty());
        MenuScheme { messages }
    }

    fn bounded(&self, objective: &Objective, multiplier: f64, bound: &Vec<Node>) -> f64 {
        let utility = objective.typed_utility(&self.view);
        utility.map_or(f64::INFINITY, |utility| menu_bound::bound(&self.view, &utility, bound, Some((0.0, multiplier))))
    }

    fn most(&self) -> f64 {
        self.view.full_information()
    }
}

impl Talk for Conversations {
    type Scheme = Conversation;
    /// The multipliers of truth, and those of temptations.
    type Bound = (Vec<TruthMultiplier>, Vec<TemptationMultiplier>);

    fn values(&self, scheme: &Conversation) -> Values {
        values(&self.view, |utility| scheme.value(utility))
    }

    fn ranges(&self, objective: &Objective) -> (f64, f64) {
        ranges(&self.view, objective)
    }

    fn silence(&self) -> Conversation {
        let menu = self.view.no_information().0;
        deterministic(&self.view, |report, _| menu[report])
    }

    fn revelation(&self, objective: &Objective) -> Conversation {
        let best = best_actions(&self.view, objective);
        deterministic(&self.view, |report, observation| best[report][observation])
    }

    fn maximise(
        &self,
        objective: &Objective,
        settings: &Settings,
    ) -> Result<(Conversation, Self::Bound), PersuadeError> {
        let ConversationOptimum { conversation, truth, temptations, stopped, .. } =
            converse(&self.view, objective, None, settings)?;
        stopped.map_or(Ok((conversation, (truth, temptations))), |stopped| Err(PersuadeError::Stopped(stopped)))
    }

    /// Whoever does not gain by lying in any of the conversations does not in the mixture, where she is told less.
    fn mix(&self, parts: &[(f64, &Conversation)]) -> Conversation {
        let mut by_pair: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
        for &(share, conversation) in parts {
            for entry in &conversation.entries {
                let told = by_pair.entry((entry.report, entry.observation));
                told.or_insert_with(|| vec![0.0; self.view.actions()])[entry.action] += share * entry.probability;
            }
        }
        let mut entries = Vec::new();
        for ((report, observation), mut told) in by_pair {
            make_plausible(&mut told);
            let likely = told.into_iter().enumerate().filter(|(_, probability)| *probability > 0.0);
            entries.extend(likely.map(|(action, probability)| ConversationEntry {
                report,
                observation,
                action,
                probability,
            }));
        }
        Conversation::new(entries)
    }

    fn bounded(&self, objective: &Objective, multiplier: f64, bound: &Self::Bound) -> f64 {
        let utility = objective.typed_utility(&self.view);
        let floor = Some(Floor { value: 0.0, multiplier });
        utility
            .map_or(f64::INFINITY, |utility| conversation_bound::bound(&self.view, &utility, &bound.0, &bound.1, floor))
    }

    fn most(&self) -> f64 {
        self.view.full_information()
    }
}

fn values(view: &TypedView, value: impl Fn(&[Matrix]) -> f64) -> Values {
    Values { user: value(view.user()), agents: view.agents().iter().map(|utility| value(utility)).collect() }
}

pub(super) fn ranges(view: &TypedView, objective: &Objective) -> (f64, f64) {
    let spread = |utility: &Matrix, x: usize| {
        let column = || (0..utility.rows()).map(|a| utility[(a, x)]);
        column().fold(f64::NEG_INFINITY, f64::max) - column().fold(f64::INFINITY, f64::min)
    };
    let range = |utilities: &[Matrix]| {
        let of_type = |utility: &Matrix| (0..utility.columns()).map(|x| spread(utility, x)).sum::<f64>();
        utilities.iter().map(of_type).sum()
    };
    (range(view.user()), objective.typed_utility(view).map_or(0.0, |utility| range(&utility)))
}

/// What each type does upon each observation, `[types][observations]`: what is best for her; of several actions, for the objective.
fn best_actions(view: &TypedView, objective: &Objective) -> Vec<Vec<usize>> {
    let worth = objective.typed_utility(view).unwrap_or_else(|_| view.user().to_vec());
    let best = |user: &Matrix, worth: &Matrix, x: usize| {
        let column = || (0..user.rows()).map(|a| user[(a, x)]);
        let (low, high) = (column().fold(f64::INFINITY, f64::min), column().fold(f64::NEG_INFINITY, f64::max));
        let good = (0..user.rows()).filter(|&a| user[(a, x)] >= high - TIED * (high - low));
        good.reduce(|best, next| if worth[(next, x)] > worth[(best, x)] { next } else { best }).unwrap_or(0)
    };
    let of_type = |(user, worth): (&Matrix, &Matrix)| (0..user.columns()).map(|x| best(user, worth, x)).collect();
    view.user().iter().zip(&worth).map(of_type).collect()
}

fn deterministic(view: &TypedView, action: impl Fn(usize, usize) -> usize) -> Conversation {
    let pairs = (0..view.types()).flat_map(|report| (0..view.observations()).map(move |x| (report, x)));
    let entry = |(report, observation)| ConversationEntry {
        report,
        observation,
        action: action(report, observation),
        probability: 1.0,
    };
    Conversation::new(pairs.map(entry).collect())
}
