//! An agent's best conversation rule, with a bound on all other rules if there is one.

use super::{ConversationGame, HeuristicReply};
use crate::EquilibriumError;
use suasion_certificate::{ProofError, ReplyNode};
use suasion_lp::Settings;
use suasion_model::ConversationRule;

/// The largest number of random starts of the heuristic ...
const STARTS: usize = 20;
/// ... and fewer if all of them together would visit more nodes than this.
const LOOKED_AT: f64 = 400_000.0;

/// An agent's best conversation rule, as far as it was found.
#[derive(Clone, Debug)]
pub struct BestReply {
    /// The rule, with the user's best response and the agent's value.
    pub reply: HeuristicReply,
    /// The tree that bounds all other rules. If it is empty, the bound is the agent's value if its
    /// best action were taken in every world.
    pub tree: Vec<ReplyNode>,
    /// Whether the bound allows the agent more messages than it has.
    pub relaxed: bool,
    /// Whether only a heuristic found the rule.
    pub heuristic: bool,
    /// Why a better rule or a better bound may exist.
    pub stopped: Option<String>,
}

impl ConversationGame<'_> {
    /// An agent's best rule against the other agents' rules: by branch and bound, or `quick`ly by a
    /// heuristic. The heuristic is also used if the program would be too large.
    ///
    /// # Errors
    /// If the solver fails.
    ///
    /// # Panics
    /// If there is no such agent, or the rules do not belong to this game
    /// ([`ConversationGame::checked`]).
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
