//! How an agent may talk to a user of several types, and what no such talk exceeds.

use crate::contest::Judge;
use crate::conversation::{self, TemptationMultiplier, TruthMultiplier};
use crate::exact::Sum;
use crate::game::{Estimates, TypedGame};
use crate::menu;
use crate::obedience::Disobedience;
use crate::refusal::{Place, Refusal};
use crate::serial::{MenuSchemeForm, conversation_form};
use crate::tree::{Node, sort_multipliers};
use serde::{Deserialize, Serialize};
use suasion_model::{Conversation, MenuScheme};

/// The rules that agents may offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rules {
    /// An agent speaks once: see [`MenuProof`](crate::MenuProof).
    Menu,
    /// It converses, for as many rounds as it likes: see [`ConversationProof`](crate::ConversationProof).
    Conversation,
}

/// What an agent offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// A scheme of menus, as in [`MenuProof`](crate::MenuProof).
    Menu(#[serde(with = "MenuSchemeForm")] MenuScheme),
    /// A conversation, as in [`ConversationProof`](crate::ConversationProof).
    Conversation(#[serde(with = "conversation_form")] Conversation),
    /// All that the agent observes, upon which every type takes her best action; of several, the best for the first of the agents that
    /// offer it; of several, the first. Both a scheme of menus and a conversation.
    All,
}

/// What bounds, together with a multiplier of the user's value, what an agent gets by any rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum RuleBound {
    /// The tree of a [`MenuProof`](crate::MenuProof).
    Menu(Vec<Node>),
    /// The multipliers of a [`ConversationProof`](crate::ConversationProof).
    Conversation {
        /// Those of truth.
        truth: Vec<TruthMultiplier>,
        /// Those of temptations.
        temptations: Vec<TemptationMultiplier>,
    },
}

impl Rules {
    fn refuse<T>(self, place: Place) -> Result<T, Refusal> {
        let expected = match self {
            Self::Menu => "a scheme of menus",
            Self::Conversation => "a conversation",
        };
        Err(Refusal::OtherRule { place, expected })
    }
}

impl Rule {
    /// Refuses a rule that is none, or that agents may not offer.
    pub(crate) fn check(&self, rules: Rules, place: Place, game: &TypedGame<'_>) -> Result<(), Refusal> {
        match (self, rules) {
            (Self::Menu(scheme), Rules::Menu) => menu::check_scheme(scheme, game),
            (Self::Conversation(conversation), Rules::Conversation) => {
                conversation::check_conversation(conversation, game)
            }
            (Self::All, _) => Ok(()),
            _ => rules.refuse(place),
        }
    }

    /// What it is worth to a party, if the user follows it.
    pub(crate) fn value(&self, game: &TypedGame<'_>, party: usize) -> Sum {
        let mut sum = Sum::new();
        match self {
            Self::Menu(scheme) => {
                menu::visit(scheme, game, |p, action, place| game.add(&mut sum, [p, 1.0], party, action, place));
            }
            Self::Conversation(conversation) => {
                for e in &conversation.entries {
                    game.add(&mut sum, [e.probability, 1.0], party, e.action, (e.report, e.observation));
                }
            }
            Self::All => {
                let mut judge = Judge::new();
                for place in (0..game.types).flat_map(|t| (0..game.observations).map(move |x| (t, x))) {
                    if let Some(action) = game.best_action(place, &mut judge) {
                        game.add(&mut sum, [1.0, 1.0], party, action, place);
                    }
                }
            }
        }
        sum
    }

    /// What the user could gain by not following it; every gain is to be within `tolerance` of what is at stake.
    pub(crate) fn disobedience(&self, game: &TypedGame<'_>, estimates: &Estimates, tolerance: f64) -> Disobedience {
        match self {
            Self::Menu(scheme) => menu::disobedience(scheme, game, estimates, tolerance),
            Self::Conversation(conversation) => conversation::disobedience(conversation, game, estimates, tolerance),
            Self::All => Disobedience::none(),
        }
    }

    /// The pairs of a type and an observation, and what is done there.
    pub(crate) fn played(&self, game: &TypedGame<'_>) -> Vec<(usize, usize)> {
        match self {
            Self::Menu(scheme) => menu::played(scheme, game),
            Self::Conversation(conversation) => {
                conversation.entries.iter().map(|e| (game.pair(e.report, e.observation), e.action)).collect()
            }
            // Full information is one of the outcomes that stakes are measured by anyway.
            Self::All => vec![],
        }
    }
}

impl RuleBound {
    /// Puts multipliers in order, where they may be in any.
    pub(crate) fn sort(&mut self) {
        if let Self::Menu(tree) = self {
            sort_multipliers(tree);
        }
    }

    /// What no rule gets for the objective plus `slope` times the user's value.
    pub(crate) fn bound(
        &self,
        rules: Rules,
        place: Place,
        slope: f64,
        game: &TypedGame<'_>,
        estimates: &Estimates,
    ) -> Result<Sum, Refusal> {
        match (self, rules) {
            (Self::Menu(tree), Rules::Menu) => menu::bound(tree, slope, game, estimates),
            (Self::Conversation { truth, temptations }, Rules::Conversation) => {
                conversation::bound(truth, temptations, slope, game)
            }
            _ => rules.refuse(place),
        }
    }
}
