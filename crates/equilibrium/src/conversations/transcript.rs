//! All that happens under conversation rules and a plan, as a tree to be read.

use super::ConversationGame;
use super::heard::{Heard, mass};
use crate::EquilibriumError;
use suasion_model::{ConversationPlan, ConversationRule, Step};

/// All conversations that may happen, with what is likely in each.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// Where each type begins: `(type, node)`, types without mass left out.
    pub types: Vec<(usize, TranscriptNode)>,
    /// How many nodes are told of.
    pub nodes: usize,
    /// How many more there are.
    pub left_out: usize,
}

/// The user between two rounds, or after the last.
#[derive(Clone, Debug, PartialEq)]
pub struct TranscriptNode {
    /// How likely it is to get here.
    pub probability: f64,
    /// The same, given her type.
    pub given_type: f64,
    /// What she believes of every state, `[states]`.
    pub belief: Vec<f64>,
    /// What she says or does.
    pub next: TranscriptStep,
}

/// What the user says or does, and what then.
#[derive(Clone, Debug, PartialEq)]
pub enum TranscriptStep {
    /// She sends a message to every agent.
    Ask {
        /// The message to every agent.
        messages: Vec<usize>,
        /// With which probability each agent gives each answer, as she knows it,
        /// `[agents][answers]`.
        expected: Vec<Vec<f64>>,
        /// What may be answered, in increasing order, as far as it is told of.
        then: Vec<TranscriptReply>,
        /// How many nodes below are not told of.
        left_out: usize,
    },
    /// She acts.
    Act(usize),
}

/// A combination of answers, and what then.
#[derive(Clone, Debug, PartialEq)]
pub struct TranscriptReply {
    /// The answer of every agent.
    pub answers: Vec<usize>,
    /// How likely this combination is, as she knows it.
    pub likely: f64,
    /// What then.
    pub node: TranscriptNode,
}

impl ConversationGame<'_> {
    /// All that happens under rules that have passed [`ConversationGame::checked`] and a plan:
    /// depth first, up to `most` nodes; what has no probability is left out.
    ///
    /// # Errors
    /// If the plan is none of this game, or does not say what the user does upon something that may
    /// be said.
    ///
    /// # Panics
    /// If the rules are none of this game.
    pub fn transcript(
        &self,
        rules: &[ConversationRule],
        plan: &ConversationPlan,
        most: usize,
    ) -> Result<Transcript, EquilibriumError> {
        let mut writer = Writer { game: self, rules, most, nodes: 0, left_out: 0 };
        let mut types = Vec::new();
        for (t, weighed) in self.known().into_iter().enumerate().filter(|(_, weighed)| !weighed.is_empty()) {
            let step = Self::begun_by(plan.types.get(t), t)?;
            let of_type = mass(&weighed);
            let here = Heard { answers: vec![], weighed, histories: vec![0; self.agents()] };
            types.extend(writer.node(&here, step, 0, of_type)?.map(|node| (t, node)));
        }
        Ok(Transcript { types, nodes: writer.nodes, left_out: writer.left_out })
    }
}

struct Writer<'g> {
    game: &'g ConversationGame<'g>,
    rules: &'g [ConversationRule],
    most: usize,
    nodes: usize,
    left_out: usize,
}

impl Writer<'_> {
    /// A node with all that is below it; none, but all counted, where there are too many.
    fn node(
        &mut self,
        here: &Heard,
        step: &Step,
        round: usize,
        of_type: f64,
    ) -> Result<Option<TranscriptNode>, EquilibriumError> {
        let told = self.nodes < self.most;
        if told {
            self.nodes += 1;
        } else {
            self.left_out += 1;
        }
        let next = if round == self.game.protocol.rounds {
            TranscriptStep::Act(self.game.acted(step)?)
        } else {
            self.ask(here, step, round, of_type)?
        };
        if !told {
            return Ok(None);
        }
        let probability = mass(&here.weighed);
        let mut belief = vec![0.0; self.game.instance.states.len()];
        for &(w, weight) in &here.weighed {
            belief[self.game.worlds[w].state] += weight / probability;
        }
        Ok(Some(TranscriptNode { probability, given_type: probability / of_type, belief, next }))
    }

    fn ask(
        &mut self,
        here: &Heard,
        step: &Step,
        round: usize,
        of_type: f64,
    ) -> Result<TranscriptStep, EquilibriumError> {
        let (game, before) = (self.game, self.left_out);
        let messages = game.asked(step, round)?.to_vec();
        let probability = mass(&here.weighed);
        let mut expected = vec![vec![0.0; game.protocol.agent_alphabet()]; game.agents()];
        let mut then = Vec::new();
        for heard in game.hear(self.rules, round, &here.histories, &messages, &here.weighed) {
            let likely = mass(&heard.weighed) / probability;
            for (expected, &answer) in expected.iter_mut().zip(&heard.answers) {
                expected[answer] += likely;
            }
            let next = ConversationGame::upon(step, &heard.answers)?;
            let node = self.node(&heard, next, round + 1, of_type)?;
            then.extend(node.map(|node| TranscriptReply { answers: heard.answers, likely, node }));
        }
        Ok(TranscriptStep::Ask { messages, expected, then, left_out: self.left_out - before })
    }
}
