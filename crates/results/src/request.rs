//! Requests: the questions about every instance of a batch, as values that a plan stores and a
//! worker gets.
//!
//! The command turns its arguments into requests; a batch and a single command run the same
//! requests.

use crate::{AlignResult, EquilibriaResult, Field, FrontierResult, ReduceResult, SolveResult, Tabular};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use suasion_certificate::Offset;
use suasion_model::Opening;

/// A game among the agents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GameName {
    /// The user evaluates every agent's scheme and then communicates with the best agent alone.
    #[default]
    BestAgent,
    /// The user hears all agents.
    AllAgents,
}

/// How to search for equilibria of the all-agents game. Options that are not given have the
/// search's defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// The number of starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<usize>,
    /// The seed of random starts and orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The margin of obedience, in units of the ranges of utilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
}

impl SearchRequest {
    /// The first option of the search that is given, if any is.
    #[must_use]
    pub fn given(&self) -> Option<&'static str> {
        let given =
            [("--starts", self.starts.is_some()), ("--seed", self.seed.is_some()), ("--margin", self.margin.is_some())];
        given.iter().find(|(_, given)| *given).map(|(option, _)| *option)
    }
}

/// The protocol of conversations. Options that are not given come from the instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtocolRequest {
    /// The number of rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<usize>,
    /// The number of messages that the user has for each agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_messages: Option<usize>,
    /// The number of answers that an agent has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_messages: Option<usize>,
    /// Who speaks first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<Opening>,
    /// The largest number of nodes of the tree of conversations; `None` for the default limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_nodes: Option<usize>,
}

impl ProtocolRequest {
    /// The first option about the protocol that is given, if any is.
    #[must_use]
    pub fn given(&self) -> Option<&'static str> {
        let given = [
            ("--rounds", self.rounds.is_some()),
            ("--user-messages", self.user_messages.is_some()),
            ("--agent-messages", self.agent_messages.is_some()),
            ("--opens", self.opens.is_some()),
        ];
        given.iter().find(|(_, given)| *given).map(|(option, _)| *option)
    }
}

/// Everything about an instance at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SolveRequest {
    /// The game whose equilibria to find; `None` leaves them out.
    pub game: Option<GameName>,
    /// Whether a user of several types faces mechanisms; otherwise, agents run experiments.
    pub mechanism: bool,
    /// How to search for equilibria.
    pub search: SearchRequest,
}

impl Default for SolveRequest {
    fn default() -> Self {
        Self { game: Some(GameName::default()), mechanism: false, search: SearchRequest::default() }
    }
}

/// The equilibria of a game among the agents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EquilibriaRequest {
    /// The game.
    pub game: GameName,
    /// The slack: the most that an agent may gain by another offer, in the unit of utilities.
    pub slack: f64,
    /// The sensitivity of a quantal user, per unit of utility.
    pub eta: Option<f64>,
    /// Whether a user of several types faces mechanisms; otherwise, agents run experiments.
    pub mechanism: bool,
    /// How to search for equilibria.
    pub search: SearchRequest,
    /// The protocol of conversations.
    pub protocol: ProtocolRequest,
}

/// Frontiers: the most that agents can get, against the user's value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontierRequest {
    /// The agent, by name or by number from 1; `None` for all of them.
    pub agent: Option<String>,
    /// Whether a user of several types faces mechanisms; otherwise, agents run experiments.
    pub mechanism: bool,
    /// The largest height of the frontier above the lines that join its vertices, in the unit of
    /// the agent's utility; 0 for all vertices.
    pub error: f64,
}

/// The distance of the user's utility from the hull of the agents' utilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignRequest {
    /// Whether the weights sum to one; otherwise, they are only non-negative.
    pub simplex: bool,
    /// The offset that may be added to the weighted sum.
    pub offset: Offset,
    /// The slack: half of this is the price of a unit of weight, in the unit of utilities.
    pub slack: f64,
}

/// A table of scores as factors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReduceRequest {
    /// The column to fit.
    pub target: Option<String>,
    /// The agents' columns: names or patterns.
    pub agents: Vec<String>,
    /// The column of the rows' weights.
    pub sample_weight: Option<String>,
    /// The column that groups the rows.
    pub by: Option<String>,
    /// Whether rows that lack a value are left out; otherwise, they are an error.
    pub drop_missing: bool,
    /// The number of blocks of rows.
    pub blocks: Option<u32>,
    /// The column that assigns rows to blocks.
    pub block_by: Option<String>,
}

/// The request for every instance or every table of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Request {
    /// Everything about an instance at a glance.
    Solve(SolveRequest),
    /// The equilibria of a game among the agents.
    Equilibria(EquilibriaRequest),
    /// The distance of the user's utility from the hull of the agents' utilities.
    Align(AlignRequest),
    /// Agents' frontiers.
    Frontier(FrontierRequest),
    /// A table of scores as factors.
    HullReduce(ReduceRequest),
}

impl Request {
    /// Whether its inputs are instances; otherwise, they are tables.
    #[must_use]
    pub fn reads_instances(&self) -> bool {
        !matches!(self, Self::HullReduce(_))
    }

    /// Whether there is a result for each prior; otherwise, there is one per instance.
    #[must_use]
    pub fn by_prior(&self) -> bool {
        !matches!(self, Self::Align(_) | Self::HullReduce(_))
    }

    /// The command that answers it for a single instance.
    #[must_use]
    pub fn command(&self) -> &'static str {
        match self {
            Self::Solve(_) => "solve",
            Self::Equilibria(_) => "equilibria",
            Self::Align(_) => "align",
            Self::Frontier(_) => "frontier",
            Self::HullReduce(_) => "hull reduce",
        }
    }

    /// The columns of the table of results, after the number of the unit.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::Solve(_) => SolveResult::fields().collect(),
            Self::Equilibria(_) => EquilibriaResult::fields().collect(),
            Self::Frontier(_) => FrontierResult::fields().collect(),
            Self::Align(_) => AlignResult::fields().collect(),
            Self::HullReduce(_) => ReduceResult::fields().collect(),
        }
    }

    /// The same kind of request with default options.
    fn usual(&self) -> Self {
        match self {
            Self::Solve(_) => Self::Solve(SolveRequest::default()),
            Self::Equilibria(_) => Self::Equilibria(EquilibriaRequest::default()),
            Self::Align(_) => Self::Align(AlignRequest::default()),
            Self::Frontier(_) => Self::Frontier(FrontierRequest::default()),
            Self::HullReduce(_) => Self::HullReduce(ReduceRequest::default()),
        }
    }
}

/// The command, then the options that differ from the defaults, such as
/// `equilibria (game all-agents, starts 50)`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [own, usual] = [self, &self.usual()].map(|request| serde_json::to_value(request).unwrap_or_default());
        let mut asked = vec![];
        differing(&own, &usual, &mut asked);
        f.write_str(self.command())?;
        if asked.is_empty() { Ok(()) } else { write!(f, " ({})", asked.join(", ")) }
    }
}

fn differing(own: &Value, usual: &Value, asked: &mut Vec<String>) {
    let Value::Object(own) = own else { return };
    for (key, value) in own.iter().filter(|(key, value)| usual[key.as_str()] != **value) {
        let name = key.replace('_', " ");
        match value {
            Value::Object(_) => differing(value, &usual[key.as_str()], asked),
            Value::Bool(true) => asked.push(name),
            Value::Null => asked.push(format!("no {name}")),
            Value::String(text) => asked.push(format!("{name} {text}")),
            Value::Array(list) => {
                let texts = list.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
                asked.push(format!("{name} {}", texts.collect::<Vec<_>>().join(" ")));
            }
            other => asked.push(format!("{name} {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<(Request, &'static str)> {
        let search = SearchRequest { starts: Some(50), ..SearchRequest::default() };
        let protocol = ProtocolRequest { opens: Some(Opening::Agents), ..ProtocolRequest::default() };
        let usual = EquilibriaRequest::default();
        let equilibria = EquilibriaRequest { game: GameName::AllAgents, slack: 0.5, search, protocol, ..usual };
        let reduce = ReduceRequest {
            target: Some("human".into()),
            agents: vec!["agent_*".into(), "other".into()],
            drop_missing: true,
            ..ReduceRequest::default()
        };
        vec![
            (Request::Solve(SolveRequest::default()), "solve"),
            (Request::Solve(SolveRequest { game: None, ..SolveRequest::default() }), "solve (no game)"),
            (Request::Equilibria(equilibria), "equilibria (game all-agents, opens agents, starts 50, slack 0.5)"),
            (Request::Frontier(FrontierRequest { error: 0.25, ..FrontierRequest::default() }), "frontier (error 0.25)"),
            (Request::Align(AlignRequest { simplex: true, ..AlignRequest::default() }), "align (simplex)"),
            (Request::HullReduce(reduce), "hull reduce (agents agent_* other, drop missing, target human)"),
        ]
    }

    #[test]
    fn in_words_and_back() {
        for (request, words) in some() {
            assert_eq!(request.to_string(), words);
            let text = serde_json::to_string(&request).unwrap();
            assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request, "{text}");
            let more = text.replacen('{', "{\"more\":1,", 1);
            assert!(serde_json::from_str::<Request>(&more).is_err(), "{more}");
        }
    }
}
