//! Results of `converse`, by names.

use serde::Serialize;
use suasion_equilibrium::{
    ConversationWorth, Estimate, Sample, SampledConversation, Transcript, TranscriptNode, TranscriptStep,
};
use suasion_model::{Instance, Protocol};
use suasion_results::{About, Format, Reference, observation, type_name};

/// A profile of conversation rules with its values and its conversations.
#[derive(Serialize)]
pub struct ConverseResult {
    pub format: Format,
    /// Always `converse`.
    pub kind: &'static str,
    #[serde(flatten)]
    pub about: About,
    pub protocol: Protocol,
    /// The profile, as it was requested.
    pub profile: String,
    /// The user's sensitivity, if she is quantal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
    /// What she says then: the name of her rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_rule: Option<String>,
    pub user_value: Reference,
    /// The exact values of the profile.
    pub exact: Values,
    /// The user's value of her best plan, if she has a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_response: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<Drawn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<Tree>,
}

/// A value for the user, and one for every agent, in the order of the instance.
#[derive(Serialize)]
pub struct Values {
    pub user: f64,
    pub agents: Vec<f64>,
}

impl From<ConversationWorth> for Values {
    fn from(worth: ConversationWorth) -> Self {
        Self { user: worth.user, agents: worth.agents }
    }
}

/// A sample of conversations.
#[derive(Serialize)]
pub struct Drawn {
    pub seed: u64,
    pub count: usize,
    pub mean: Values,
    pub standard_error: Values,
    pub conversations: Vec<Conversation>,
}

/// A sampled conversation.
#[derive(Serialize)]
pub struct Conversation {
    pub state: String,
    /// The user's type, if she has types.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The observation of every agent.
    pub observations: Vec<String>,
    pub rounds: Vec<Round>,
    pub action: String,
    pub utility: Values,
}

/// The messages of a round: the user's message to every agent (none in a round in which she does
/// not speak), and every agent's answer.
#[derive(Serialize)]
pub struct Round {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<String>>,
    pub answers: Vec<String>,
}

/// The tree of conversations.
#[derive(Serialize)]
pub struct Tree {
    pub nodes: usize,
    /// The number of nodes that are left out.
    pub left_out: usize,
    pub types: Vec<Root>,
}

/// The conversations of a type of the user.
#[derive(Serialize)]
pub struct Root {
    /// Her type, if she has types.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    #[serde(flatten)]
    pub node: Node,
}

/// The user's information set between two rounds, or after the last.
#[derive(Serialize)]
pub struct Node {
    pub probability: f64,
    /// The probability given her type.
    pub given_type: f64,
    /// Her belief about the states, in the order of the instance.
    pub belief: Vec<f64>,
    #[serde(flatten)]
    pub next: Next,
}

#[derive(Serialize)]
#[serde(untagged)]
pub enum Next {
    Ask {
        /// The message to every agent; none in a round in which she does not speak.
        #[serde(skip_serializing_if = "Option::is_none")]
        messages: Option<Vec<String>>,
        /// The probability of each answer of each agent, given what she knows.
        expected: Vec<Vec<f64>>,
        then: Vec<Reply>,
        /// The number of nodes below that are left out.
        left_out: usize,
    },
    Act {
        action: String,
    },
}

#[derive(Serialize)]
pub struct Reply {
    pub answers: Vec<String>,
    /// The probability of these answers, given what she knows.
    pub likely: f64,
    #[serde(flatten)]
    pub node: Node,
}

/// Names of the parts of conversations.
pub struct Words<'a> {
    pub instance: &'a Instance,
    pub protocol: &'a Protocol,
}

impl Words<'_> {
    fn of(&self, t: usize) -> Option<String> {
        (self.instance.types() > 1).then(|| type_name(self.instance, t))
    }

    fn messages(&self, round: usize, messages: &[usize]) -> Option<Vec<String>> {
        let says = self.protocol.user_alphabet(round) > 1;
        says.then(|| messages.iter().map(|&message| self.protocol.user_messages.name(message)).collect())
    }

    fn answers(&self, answers: &[usize]) -> Vec<String> {
        answers.iter().map(|&answer| self.protocol.agent_messages.name(answer)).collect()
    }

    pub fn drawn(&self, sample: &Sample, seed: u64) -> Drawn {
        let values = |of: &dyn Fn(&Estimate) -> f64| Values {
            user: of(&sample.user),
            agents: sample.agents.iter().map(of).collect(),
        };
        Drawn {
            seed,
            count: sample.count,
            mean: values(&|estimate| estimate.mean),
            standard_error: values(&|estimate| estimate.standard_error),
            conversations: sample.conversations.iter().map(|conversation| self.conversation(conversation)).collect(),
        }
    }

    fn conversation(&self, conversation: &SampledConversation) -> Conversation {
        let world = &conversation.world;
        let round = |(round, (messages, answers)): (usize, &(Vec<usize>, Vec<usize>))| Round {
            messages: self.messages(round, messages),
            answers: self.answers(answers),
        };
        Conversation {
            state: self.instance.states.name(world.state),
            of: self.of(world.user),
            observations: world.observations.iter().map(|&x| observation(self.instance, x)).collect(),
            rounds: conversation.spoken.iter().enumerate().map(round).collect(),
            action: self.instance.actions.name(conversation.action),
            utility: Values { user: conversation.user, agents: conversation.agents.clone() },
        }
    }

    pub fn tree(&self, transcript: Transcript) -> Tree {
        let root = |(t, node)| Root { of: self.of(t), node: self.node(node, 0) };
        Tree {
            nodes: transcript.nodes,
            left_out: transcript.left_out,
            types: transcript.types.into_iter().map(root).collect(),
        }
    }

    fn node(&self, node: TranscriptNode, round: usize) -> Node {
        let TranscriptNode { probability, given_type, belief, next } = node;
        let next = match next {
            TranscriptStep::Act(action) => Next::Act { action: self.instance.actions.name(action) },
            TranscriptStep::Ask { messages, expected, then, left_out } => Next::Ask {
                messages: self.messages(round, &messages),
                expected,
                then: then
                    .into_iter()
                    .map(|reply| Reply {
                        answers: self.answers(&reply.answers),
                        likely: reply.likely,
                        node: self.node(reply.node, round + 1),
                    })
                    .collect(),
                left_out,
            },
        };
        Node { probability, given_type, belief, next }
    }
}
