//! The program whose optimum is an agent's best conversation rule against given rules: a
//! mixed-integer program whose coefficients are all known exactly.
//!
//! **Extended types and information sets.** The agent faces a user of some *extended type*, which
//! becomes finer as she receives the other agents' answers. Suppose that her alphabet is at least
//! as large as the number of extended types that share a conversation with the agent. Then it is no
//! loss to the agent if each extended type sends a message of its own: give each one a copy of the
//! answer to the message that it would have sent, and nobody has a new deviation (the revelation
//! principle, Myerson 1986). A *report* is the sequence of such messages so far. An *information
//! set* is an extended type with a report, or several extended types with a report if she has one
//! message only. Information sets of one report exclude each other: her plan determines which of
//! them is on the path, by what she asks the other agents.
//!
//! **Columns.** With `x` an observation, `h` the agent's answers so far, and `site` an information
//! set:
//! - flow `z(x, site, h, c)`: the probability of the answers `h` given `x`, if the information set
//!   is on the path and asks the other agents `c` next; otherwise 0;
//! - label `l(x, site, h, c, f)`: the same for the last answer. Last answers are named by the
//!   assignment `f` of actions to extended types that they lead to;
//! - binary columns for the path, and for the assignments that are used, of which there are at most
//!   as many as answers;
//! - `V(kind, report, h)`: what the user gets from there on if she is of the extended type `kind`,
//!   for any report. It is at least the value of each continuation.
//!
//! **Rows.** Flows continue; the answer `h` does not depend on what only the user knows; extended
//! types obey assignments; and on the path each type gets `V` of the beginning. The user's
//! utilities are measured from their minimum, so whatever is not on the path has value 0, which
//! bounds `V` from below.
//!
//! **Relaxations.** If the user's alphabet is too small to distinguish all extended types, or there
//! are too many assignments to list, the program gives the agent more than it has: the user can
//! send more messages, and what extended types do need not follow from one answer. Then the program
//! is not exact, but its optimum is still an upper bound.

mod flows;
mod temptations;

use super::kinds::Kinds;
use super::sites::Sites;
use crate::error::ProofError;
use crate::game::Cell;
use std::collections::HashMap;
use suasion_model::{ConversationRule, Instance, Matrix, Protocol};

/// The largest number of columns.
const MOST: usize = 100_000;
/// The largest number of coefficients.
const NUMBERS: usize = 2_000_000;

/// What a column stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyColumn {
    /// A flow: the answers `history` upon an observation, at a place with choice `choice` of what
    /// to ask the other agents.
    Flow {
        /// The observation.
        observation: usize,
        /// The place.
        place: usize,
        /// The choice.
        choice: usize,
    },
    /// The last answer, by the assignment of actions that it leads to.
    Label {
        /// The observation.
        observation: usize,
        /// The place.
        place: usize,
        /// The choice.
        choice: usize,
        /// The assignment.
        menu: usize,
    },
    /// Whether the place is on the path with this choice; 0 or 1.
    Ask {
        /// The place.
        place: usize,
        /// The choice.
        choice: usize,
    },
    /// Whether an answer there leads to the assignment; 0 or 1.
    Use {
        /// The place.
        place: usize,
        /// The choice.
        choice: usize,
        /// The assignment.
        menu: usize,
    },
    /// What the user gets from some point on.
    Value,
}

/// Where a conversation with the agent may be, before a question.
#[derive(Clone, Debug)]
pub struct ReplyPlace {
    /// The number of rounds before it.
    pub round: usize,
    /// The information set.
    pub site: usize,
    /// The agent's answers so far, as a number in base alphabet size (base 1 before the last round
    /// if the user has one message).
    pub history: usize,
    /// The user's messages to the agent, including this round.
    pub reports: Vec<usize>,
}

/// A coefficient: the sum of products of two binary64 numbers.
type Terms = std::ops::Range<usize>;

/// A row: `lower <= sum of coefficient times column <= upper`.
pub(crate) struct Row {
    pub lower: f64,
    pub upper: f64,
    pub entries: std::ops::Range<usize>,
}

/// An agent's best conversation rule against given rules, as a mixed-integer program. All numbers
/// are in the units of the instance.
pub struct ReplyProgram {
    /// What columns stand for.
    pub columns: Vec<ReplyColumn>,
    /// The places.
    pub places: Vec<ReplyPlace>,
    /// Whether the optimum is the value of the best rule. Otherwise it is only an upper bound.
    pub exact: bool,
    pub(crate) costs: Vec<Terms>,
    pub(crate) upper: Vec<f64>,
    pub(crate) rows: Vec<Row>,
    pub(crate) entries: Vec<(usize, Terms)>,
    pub(crate) terms: Vec<[f64; 2]>,
}
/// Builds a program: columns and rows, one after another.
struct Builder<'a> {
    program: ReplyProgram,
    instance: &'a Instance,
    agent: usize,
    rounds: usize,
    /// The answers of the agent in each round.
    answers: Vec<usize>,
    observations: Vec<usize>,
    kinds: Kinds,
    sites: Sites,
    /// What each extended type does, by assignment, for every place and choice:
    /// `[place][choice][assignment]`, with the extended types that receive the answer in their
    /// order; empty if assignments are not listed.
    menus: Vec<Vec<Vec<Vec<usize>>>>,
    /// The place of an information set and a history.
    at: HashMap<(usize, usize), usize>,
    /// The columns of flows, and of the path.
    index: HashMap<Key, usize>,
    /// The user's least utility.
    least: f64,
    unit: Terms,
    minus: Terms,
}

impl ReplyProgram {
    /// The program of `agent`, when the other agents answer by these rules, which must fit the
    /// protocol.
    ///
    /// # Errors
    /// If the instance is not valid or the program is too large.
    pub fn new(
        instance: &Instance,
        prior: usize,
        protocol: &Protocol,
        agent: usize,
        rules: &[ConversationRule],
    ) -> Result<Self, ProofError> {
        let kinds = Kinds::new(instance, prior, protocol, agent, rules)?;
        let sites = Sites::new(&kinds, protocol);
        let rounds = protocol.rounds;
        let mut answers = vec![protocol.agent_alphabet(); rounds];
        if (0..rounds).all(|round| protocol.user_alphabet(round) == 1) {
            // The user sends no information, so the agent may as well answer once, at the end.
            let all = answers.iter().copied().fold(1, usize::saturating_mul);
            answers = vec![1; rounds];
            answers[rounds - 1] = all;
        }
        let mut observations: Vec<usize> =
            kinds.roots.iter().flat_map(|&root| kinds.all[root].cells.iter().map(|(x, _)| *x)).collect();
        observations.sort_unstable();
        observations.dedup();
        let program = Self {
            columns: vec![],
            places: vec![],
            exact: sites.exact,
            costs: vec![],
            upper: vec![],
            rows: vec![],
            entries: vec![],
            terms: vec![[1.0, 1.0], [1.0, -1.0]],
        };
        let mut builder = Builder {
            program,
            kinds,
            sites,
            menus: vec![],
            instance,
            agent,
            rounds,
            answers,
            observations,
            at: HashMap::new(),
            index: HashMap::new(),
            least: instance.user.utility.range().0,
            unit: 0..1,
            minus: 1..2,
        };
        builder.flows()?;
        builder.temptations()?;
        Ok(builder.program)
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The bounds of a row.
    #[must_use]
    pub fn row_bounds(&self, row: usize) -> (f64, f64) {
        (self.rows[row].lower, self.rows[row].upper)
    }

    /// The entries of a row, (column, coefficient), rounded.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.entries[self.rows[row].entries.clone()].iter().map(|(column, terms)| (*column, self.rounded(terms)))
    }

    /// The coefficient of a column in the objective, rounded.
    #[must_use]
    pub fn cost(&self, column: usize) -> f64 {
        self.rounded(&self.costs[column])
    }

    /// The upper bound of a column; the lower bound is 0.
    #[must_use]
    pub fn upper(&self, column: usize) -> f64 {
        self.upper[column]
    }

    /// Whether a column must be 0 or 1.
    #[must_use]
    pub fn is_binary(&self, column: usize) -> bool {
        matches!(self.columns[column], ReplyColumn::Ask { .. } | ReplyColumn::Use { .. })
    }

    fn rounded(&self, terms: &Terms) -> f64 {
        self.terms[terms.clone()].iter().map(|[left, right]| left * right).sum()
    }
}

impl Builder<'_> {
    fn column(&mut self, column: ReplyColumn, cost: Terms, upper: f64) -> Result<usize, ProofError> {
        let program = &mut self.program;
        if program.columns.len() >= MOST {
            return Err(ProofError::TooLarge {
                what: "columns of the program of a best conversation rule",
                most: MOST,
            });
        }
        if let Some(key) = key(&column) {
            self.index.insert(key, program.columns.len());
        }
        program.columns.push(column);
        program.costs.push(cost);
        program.upper.push(upper);
        Ok(program.columns.len() - 1)
    }

    fn row(
        &mut self,
        lower: f64,
        upper: f64,
        entries: impl IntoIterator<Item = (usize, Terms)>,
    ) -> Result<(), ProofError> {
        let program = &mut self.program;
        let start = program.entries.len();
        program.entries.extend(entries);
        if program.entries.len() > NUMBERS {
            return Err(ProofError::TooLarge {
                what: "numbers in the program of a best conversation rule",
                most: NUMBERS,
            });
        }
        program.rows.push(Row { lower, upper, entries: start..program.entries.len() });
        Ok(())
    }

    fn add_terms(&mut self, terms: impl IntoIterator<Item = [f64; 2]>) -> Terms {
        let start = self.program.terms.len();
        self.program.terms.extend(terms.into_iter().filter(|term| term[1] != 0.0));
        start..self.program.terms.len()
    }

    /// Masses of an extended type at an observation, times utilities of an action, less those of
    /// another action or a number.
    fn worth(&mut self, utility: &Matrix, kinds: &[(usize, usize)], observation: usize, less: Less) -> Terms {
        let mut terms = Vec::new();
        for &(kind, action) in kinds {
            let cells = self.kinds.all[kind].cells.iter().filter(|(x, _)| *x == observation);
            for &(_, Cell { mass, state }) in cells {
                terms.push([mass, utility[(action, state)]]);
                match less {
                    Less::Nothing => {}
                    Less::Number(number) => terms.push([mass, -number]),
                    Less::Action(other) => terms.push([mass, -utility[(other, state)]]),
                }
            }
        }
        self.add_terms(terms)
    }

    /// The places of an information set: the histories that its round may have.
    fn histories(&self, round: usize) -> usize {
        self.answers[..round].iter().copied().fold(1, usize::saturating_mul)
    }
}

/// A flow by observation, or the path: (observation, place, choice).
type Key = (Option<usize>, usize, usize);

fn key(column: &ReplyColumn) -> Option<Key> {
    match *column {
        ReplyColumn::Flow { observation, place, choice } => Some((Some(observation), place, choice)),
        ReplyColumn::Ask { place, choice } => Some((None, place, choice)),
        _ => None,
    }
}

/// What is subtracted from a utility.
#[derive(Clone, Copy)]
enum Less {
    Nothing,
    Number(f64),
    Action(usize),
}
