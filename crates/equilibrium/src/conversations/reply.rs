//! An agent's best conversation rule against the other agents' rules: branch and bound over the
//! user's plan.
//!
//! The program is [`ReplyProgram`], which certificates use as well. Its relaxations are linear
//! programs on one model of `HiGHS`, and each starts from the basis of its parent. Every relaxation
//! also gives a rule, whose value follows from the user's best response. The search is best first:
//! if a limit stops it, the open nodes bound what may have been missed.

use super::program::Relaxation;
use super::{ConversationGame, HeuristicReply, Ties};
use crate::EquilibriumError;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use suasion_certificate::{ReplyNode, ReplyProgram};
use suasion_lp::{Basis, Settings, Stopped};
use suasion_model::{ConversationPlan, ConversationRule};
use suasion_persuasion::PersuadeError;

/// Values closer than this, relative to the range of the agent's utility, count as equal.
const CLOSE: f64 = 5e-9;
/// The number of random starts of the initial heuristic.
const STARTS: usize = 3;

/// An agent's best conversation rule against given rules, as far as it was found.
#[derive(Clone, Debug)]
pub struct ConversationReply {
    /// The best rule found.
    pub rule: ConversationRule,
    /// The user's best response to it and to the other rules; ties are broken in the agent's favor.
    pub plan: ConversationPlan,
    /// The agent's value.
    pub value: f64,
    /// The upper bound on any rule, by the solver's multipliers; the tree proves it.
    pub bound: f64,
    /// The proof of the bound. If not even the first relaxation was solved, it is empty, and the
    /// bound is the agent's value if its best action were taken in every world.
    pub tree: Vec<ReplyNode>,
    /// Whether the program is that of the protocol. Otherwise it gives the agent more than the
    /// protocol allows (see [`ReplyProgram`]), and a gap may remain.
    pub exact: bool,
    /// The number of relaxations that were solved.
    pub nodes: usize,
    /// Why the search ended early, if it did.
    pub stopped: Option<Stopped>,
}

/// An open node.
struct Open {
    bound: f64,
    index: usize,
    fixed: Vec<(usize, bool)>,
    branch: usize,
    basis: Option<Basis>,
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Open {}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.total_cmp(&other.bound).then(other.index.cmp(&self.index))
    }
}

/// A node of the tree while it grows.
enum Searched {
    Split { column: usize, one: usize, zero: usize },
    Leaf(Vec<(usize, f64)>),
}

struct Search<'a> {
    game: &'a ConversationGame<'a>,
    rules: Vec<ConversationRule>,
    agent: usize,
    relaxation: Relaxation<'a>,
    settings: &'a Settings,
    close: f64,
    best: (f64, ConversationRule, ConversationPlan),
    tree: Vec<Searched>,
    open: BinaryHeap<Open>,
    /// The largest bound of nodes without a column to branch on for which no rule of that value was
    /// found.
    unclear: f64,
    nodes: usize,
}

impl ConversationGame<'_> {
    /// An agent's best rule against the other agents' rules. `settings.nodes` limits the search,
    /// which begins with the rule that [`ConversationGame::reply_from_starts`] finds.
    ///
    /// # Errors
    /// If the program is too large, or the solver fails. Stopping at a limit is not an error: see
    /// [`ConversationReply::stopped`].
    ///
    /// # Panics
    /// If there is no such agent, or the rules do not belong to this game
    /// ([`ConversationGame::checked`]).
    pub fn reply(
        &self,
        agent: usize,
        rules: &[ConversationRule],
        settings: &Settings,
    ) -> Result<ConversationReply, EquilibriumError> {
        let program = self.program(agent, rules)?;
        self.reply_by(&program, agent, rules, settings)
    }

    /// The program of the agent's best rule.
    pub(super) fn program(&self, agent: usize, rules: &[ConversationRule]) -> Result<ReplyProgram, EquilibriumError> {
        Ok(ReplyProgram::new(self.instance, self.prior, &self.protocol, agent, rules)?)
    }

    /// [`ConversationGame::reply`] with its program.
    pub(super) fn reply_by(
        &self,
        program: &ReplyProgram,
        agent: usize,
        rules: &[ConversationRule],
        settings: &Settings,
    ) -> Result<ConversationReply, EquilibriumError> {
        let HeuristicReply { rule, plan, value } = self.reply_from_starts(agent, rules, STARTS, 0)?;
        let mut search = Search {
            game: self,
            rules: rules.to_vec(),
            agent,
            relaxation: Relaxation::new(program, self.ranges[agent], settings)?,
            settings,
            close: CLOSE * self.ranges[agent],
            best: (value, rule, plan),
            tree: vec![Searched::Leaf(vec![])],
            open: BinaryHeap::new(),
            unclear: f64::NEG_INFINITY,
            nodes: 0,
        };
        let stopped = match search.run() {
            Ok(()) => None,
            Err(EquilibriumError::Persuade(PersuadeError::Stopped(stopped))) => Some(stopped),
            Err(other) => return Err(other),
        };
        let left = search.open.peek().map_or(f64::NEG_INFINITY, |open| open.bound);
        let bound = if search.nodes == 0 { self.most(agent) } else { left.max(search.unclear).max(search.best.0) };
        let tree = if search.nodes == 0 { vec![] } else { preorder(&search.tree) };
        let (value, rule, plan) = search.best;
        let (exact, nodes) = (program.exact, search.nodes);
        Ok(ConversationReply { rule, plan, value, bound, tree, exact, nodes, stopped })
    }
}

impl ConversationGame<'_> {
    /// What an agent would get if its best action were taken in every world.
    fn most(&self, agent: usize) -> f64 {
        let utility = &self.instance.agents[agent].utility;
        let best = |state: usize| (0..utility.rows()).map(|a| utility[(a, state)]).fold(f64::NEG_INFINITY, f64::max);
        self.worlds.iter().map(|world| world.probability * best(world.state)).sum()
    }
}

impl Search<'_> {
    fn run(&mut self) -> Result<(), EquilibriumError> {
        self.solve(0, vec![], None)?;
        while let Some(node) = self.open.peek() {
            if node.bound <= self.best.0 + self.close {
                return Ok(());
            }
            self.check_limits()?;
            let Some(node) = self.open.pop() else { return Ok(()) };
            let [one, zero] = [self.tree.len(), self.tree.len() + 1];
            // Until they are solved, the node's bound holds for its children.
            let split = Searched::Split { column: node.branch, one, zero };
            let Searched::Leaf(inherited) = std::mem::replace(&mut self.tree[node.index], split) else { continue };
            self.tree.extend([Searched::Leaf(inherited.clone()), Searched::Leaf(inherited)]);
            for (index, value) in [(one, true), (zero, false)] {
                let mut fixed = node.fixed.clone();
                fixed.push((node.branch, value));
                if let Err(error) = self.solve(index, fixed, node.basis.as_ref()) {
                    // Children that were not solved keep the node's bound.
                    self.unclear = self.unclear.max(node.bound);
                    return Err(error);
                }
            }
            if self.settings.verbose && self.nodes % 100 < 2 {
                eprintln!("{} nodes: best {:.9}, bound {:.9}", self.nodes, self.best.0, node.bound);
            }
        }
        Ok(())
    }

    fn check_limits(&self) -> Result<(), EquilibriumError> {
        if let Some(stopped) = self.settings.stopped() {
            return Err(PersuadeError::Stopped(stopped).into());
        }
        if self.settings.nodes.is_some_and(|most| self.nodes >= most) {
            return Err(PersuadeError::Stopped(Stopped::NodeLimit).into());
        }
        Ok(())
    }

    /// Solves a node: it becomes a leaf, and is open if it may contain a better rule.
    fn solve(
        &mut self,
        index: usize,
        fixed: Vec<(usize, bool)>,
        start: Option<&Basis>,
    ) -> Result<(), EquilibriumError> {
        self.check_limits()?;
        let relaxed = self.relaxation.solve(&fixed, start)?;
        self.nodes += 1;
        self.tree[index] = Searched::Leaf(relaxed.multipliers);
        let Some(optimum) = relaxed.optimum else { return Ok(()) };
        if optimum.objective <= self.best.0 + self.close {
            return Ok(());
        }
        if let Some(rule) = self.relaxation.rule(self.game, &optimum.point) {
            self.enter(rule);
        }
        if optimum.objective > self.best.0 + self.close {
            match self.relaxation.branch(&optimum.point, &fixed) {
                Some(branch) => {
                    let (bound, basis) = (optimum.objective, optimum.basis);
                    self.open.push(Open { bound, index, fixed, branch, basis });
                }
                None => self.unclear = self.unclear.max(optimum.objective),
            }
        }
        Ok(())
    }

    /// Keeps a rule if it is the best so far.
    fn enter(&mut self, rule: ConversationRule) {
        self.rules[self.agent] = rule;
        let (plan, worth) = self.game.respond_closely(&self.rules, Ties::For(self.agent));
        if worth.agents[self.agent] > self.best.0 {
            self.best = (worth.agents[self.agent], self.rules[self.agent].clone(), plan);
        }
    }
}

/// The tree in the form that a certificate requires.
fn preorder(tree: &[Searched]) -> Vec<ReplyNode> {
    let mut nodes = Vec::with_capacity(tree.len());
    let mut waiting = vec![0];
    while let Some(index) = waiting.pop() {
        match &tree[index] {
            Searched::Split { column, one, zero } => {
                nodes.push(ReplyNode::Split(*column));
                waiting.extend([*zero, *one]);
            }
            Searched::Leaf(multipliers) => nodes.push(ReplyNode::Leaf(multipliers.clone())),
        }
    }
    nodes
}
