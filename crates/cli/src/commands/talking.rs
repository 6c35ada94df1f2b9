//! Games of conversations, from files and flags.

use super::Game;
use super::equilibria::failed;
use crate::arguments::Talking;
use crate::failure::Failure;
use crate::output::number;
use crate::session::Session;
use std::io::Write;
use suasion_equilibrium::ConversationGame;
use suasion_model::Protocol;

impl Game<'_> {
    /// The protocol that flags and instance ask for; none, if neither does.
    pub(super) fn protocol(&self, talking: &Talking) -> Result<Option<Protocol>, Failure> {
        talking.protocol(self.instance.protocol.as_ref())
    }

    /// What there is to say where nothing says how they talk.
    pub(super) fn no_protocol(&self) -> Failure {
        self.bad(
            "found no `protocol`, expected one in the instance, or one of --rounds, --user-messages, --agent-messages and --opens".into(),
        )
    }

    /// The game at a prior. How large its tree is goes to standard error, before any work is done; a tree that is too large is refused.
    pub(super) fn conversations(
        &self,
        prior: usize,
        protocol: &Protocol,
        talking: &Talking,
        session: &Session,
    ) -> Result<ConversationGame<'_>, Failure> {
        let instance = &self.instance;
        let size = protocol.size(instance.agents.len(), instance.types());
        let said =
            format!("{} nodes of the user and {} histories per agent", number(size.nodes), number(size.histories));
        // Whether anybody reads it is not this command's business.
        let _ = writeln!(std::io::stderr(), "the tree of conversations has {said}");
        // A rule says something for every observation of every history.
        let numbers = size.histories * instance.observations() as f64;
        if size.nodes.max(numbers) > talking.most_nodes as f64 {
            let of = if instance.observations() > 1 {
                format!(", each at {} observations", instance.observations())
            } else {
                String::new()
            };
            return Err(self.bad(format!(
                "its tree of conversations has {said}{of}; at most {} are looked at, unless --most-nodes says more",
                talking.most_nodes
            )));
        }
        ConversationGame::new(instance, prior, protocol, talking.most_nodes, &session.settings)
            .map_err(|cause| failed(self, cause))
    }
}
