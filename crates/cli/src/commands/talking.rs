//! Games of conversations, from files and flags.

use super::Game;
use super::failed;
use crate::failure::Failure;
use crate::output::number;
use crate::session::Session;
use std::io::Write;
use suasion_equilibrium::ConversationGame;
use suasion_model::{Labels, Protocol};
use suasion_results::ProtocolRequest;

/// The largest limit that can be set.
const MOST: usize = 1_000_000_000;

impl Game<'_> {
    /// The protocol from the request and the instance; `None` if neither has one.
    pub(super) fn protocol(&self, asked: &ProtocolRequest) -> Result<Option<Protocol>, Failure> {
        most_nodes(asked)?;
        let given = self.instance.protocol.as_ref();
        if given.is_none() && asked.given().is_none() {
            return Ok(None);
        }
        let mut protocol = given.cloned().unwrap_or_else(|| Protocol::new(2, 2, 2));
        if let Some(rounds) = asked.rounds {
            protocol.rounds = within("--rounds", rounds, Protocol::MOST_ROUNDS)?;
        }
        // Keep the names if their number agrees with the flag.
        let alphabet = |messages: &mut Labels, flag: &str, count: Option<usize>| {
            if let Some(count) = count.filter(|&count| count != messages.len()) {
                *messages = Labels::Count(within(flag, count, Protocol::MOST_MESSAGES)?);
            }
            Ok::<(), Failure>(())
        };
        alphabet(&mut protocol.user_messages, "--user-messages", asked.user_messages)?;
        alphabet(&mut protocol.agent_messages, "--agent-messages", asked.agent_messages)?;
        if let Some(opens) = asked.opens {
            protocol.opening = opens;
        }
        Ok(Some(protocol))
    }

    /// The error if neither the instance nor the options have a protocol.
    pub(super) fn no_protocol(&self) -> Failure {
        self.bad(
            "found no `protocol`, expected one in the instance, or one of --rounds, --user-messages, --agent-messages and --opens".into(),
        )
    }

    /// The game at a prior. Prints the size of its tree on standard error before any work begins,
    /// and refuses a tree that is too large.
    pub(super) fn conversations(
        &self,
        prior: usize,
        protocol: &Protocol,
        asked: &ProtocolRequest,
        session: &Session,
    ) -> Result<ConversationGame<'_>, Failure> {
        let (instance, most) = (&self.instance, most_nodes(asked)?);
        let size = protocol.size(instance.agents.len(), instance.types());
        let said =
            format!("{} nodes of the user and {} histories per agent", number(size.nodes), number(size.histories));
        // If nobody reads standard error, the command goes on.
        let _ = writeln!(std::io::stderr(), "the tree of conversations has {said}");
        // A rule has an answer for every observation at every history.
        let numbers = size.histories * instance.observations() as f64;
        if size.nodes.max(numbers) > most as f64 {
            let of = if instance.observations() > 1 {
                format!(", each at {} observations", instance.observations())
            } else {
                String::new()
            };
            return Err(self.bad(format!(
                "its tree of conversations has {said}{of}; the limit is {most} nodes; raise it with --most-nodes"
            )));
        }
        ConversationGame::new(instance, prior, protocol, most, &session.settings).map_err(|cause| failed(self, cause))
    }
}

/// The largest number of nodes of a tree.
fn most_nodes(asked: &ProtocolRequest) -> Result<usize, Failure> {
    asked.most_nodes.map_or(Ok(ConversationGame::MOST_NODES), |most| within("--most-nodes", most, MOST))
}

fn within(flag: &str, found: usize, most: usize) -> Result<usize, Failure> {
    let problem = || Failure::Usage(format!("{flag}: found {found}, expected from 1 to {most}"));
    (1..=most).contains(&found).then_some(found).ok_or_else(problem)
}

/// Refuses a protocol where it makes no sense.
pub fn refuse_protocol(asked: &ProtocolRequest, place: &str) -> Result<(), Failure> {
    match asked.given() {
        Some(flag) => Err(Failure::Usage(format!("{flag}: only for conversations {place}"))),
        None => Ok(()),
    }
}
