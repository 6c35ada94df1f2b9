//! An agent's best conversation rule, with what bounds all others where anything does.

use super::{ConversationGame, HeuristicReply};
use crate::EquilibriumError;
use suasion_certificate::{ProofError, ReplyNode};
use suasion_lp::Settings;
use suasion_model::ConversationRule;

/// The heuristic has so many random starts at most ...
const STARTS: usize = 20;
/// ... and fewer where all of them together would look at more nodes than this.
const LOOKED_AT: f64 = 400_000.0;

/// An agent's best conversation rule, as far as it was found.
#[derive(Clone, Debug)]
pub struct BestReply {
    /// The rule, with the user's best response, and what it gives the agent.
    pub reply: HeuristicReply,
    /// What bounds all other rules; empty where nothing does but the user's doing what is best for
    /// the agent.
    pub tree: Vec<ReplyNode>,
    /// Whether the bound is one as if the agent could say more than it can.
    pub relaxed: bool,
    /// Whether it was found by a heuristic alone.
    pub heuristic: bool,
    /// Why there may be a better one, or a better bound.
    pub stopped: Option<String>,
}

impl ConversationGame<'_> {
    /// An agent's best rule against the others': by branch and bound, or `quick`ly by a heuristic,
    /// which is also what is left where the program would be too large.
    ///
    /// # Errors
    /// If the solver fails.
    ///
    /// # Panics
    /// If there is no such agent, or the rules are none of this game ([`ConversationGame::checked`]).
    pub fn best_reply(
        &self,
        agent: usize,
        rules: &[ConversationRule],
        quick: bool,
        settings: &Settings,
    ) -> Result<BestReply, EquilibriumError> {
        let by_search = |stopped| {
            let nodes = self.protocol().size(rules.len(), self.instance.types()).nodes;
            let starts = ((LOOKED_AT / nodes) as usize).min(STARTS);
            let reply = self.reply_from_starts(agent, rules, starts, 0)?;
            Ok(BestReply { reply, tree: vec![], relaxed: true, heuristic: true, stopped })
        };
        if quick {
            return by_search(None);
        }
        match self.reply(agent, rules, settings) {
            Ok(found) => {
                let reply = HeuristicReply { rule: found.rule, plan: found.plan, value: found.value };
                let (heuristic, relaxed) = (found.tree.is_empty(), !found.exact);
                let stopped = found.stopped.map(|stopped| stopped.to_string());
                Ok(BestReply { reply, tree: found.tree, relaxed, heuristic, stopped })
            }
            Err(EquilibriumError::Refused(refusal @ ProofError::TooLarge { .. })) => {
                by_search(Some(refusal.to_string()))
            }
            Err(other) => Err(other),
        }
    }
}
