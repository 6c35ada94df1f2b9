//! Everything that happens under conversation rules and a plan, as a readable tree.

use super::ConversationGame;
use super::heard::{Heard, mass};
use crate::EquilibriumError;
use suasion_model::{ConversationPlan, ConversationRule, Step};

/// All conversations that may happen, with their probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// The root of each type: `(type, node)`, without types of zero mass.
    pub types: Vec<(usize, TranscriptNode)>,
    /// The number of nodes in the transcript.
    pub nodes: usize,
    /// The number of nodes that were left out.
    pub left_out: usize,
}

/// The user between two rounds, or after the last.
#[derive(Clone, Debug, PartialEq)]
pub struct TranscriptNode {
    /// The probability of this node.
    pub probability: f64,
    /// The probability given her type.
    pub given_type: f64,
    /// Her belief about every state, `[states]`.
    pub belief: Vec<f64>,
    /// Her next step.
    pub next: TranscriptStep,
}

/// What the user does, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub enum TranscriptStep {
    /// She sends a message to every agent.
    Ask {
        /// The message to every agent.
        messages: Vec<usize>,
        /// The probability of each agent's answers, given her information, `[agents][answers]`.
        expected: Vec<Vec<f64>>,
        /// The possible answers, in increasing order, as far as the transcript contains them.
        then: Vec<TranscriptReply>,
        /// The number of nodes below that were left out.
        left_out: usize,
    },
    /// She acts.
    Act(usize),
}

/// A combination of answers, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct TranscriptReply {
    /// The answer of every agent.
    pub answers: Vec<usize>,
    /// The probability of this combination, given her information.
    pub likely: f64,
    /// What follows.
    pub node: TranscriptNode,
}

impl ConversationGame<'_> {
    /// Everything that happens under rules that have passed [`ConversationGame::checked`] and a
    /// plan, depth first, up to `most` nodes. Nodes of probability zero are left out.
    ///
    /// # Errors
    /// If the plan does not belong to this game, or has no step for something that may happen.
    ///
    /// # Panics
    /// If the rules do not belong to this game.
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
    /// A node with everything below it. `None` if there are too many nodes; they are still counted.
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
