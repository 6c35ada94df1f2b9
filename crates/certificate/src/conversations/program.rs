//! The program whose optimum is an agent's best conversation rule against given others: a mixed-integer one, every coefficient of which is known exactly.
//!
//! **Kinds and sites.** To the agent the user is of some *kind*, which becomes finer as she hears the others. It is no loss to the agent if, whenever she may say as much
//! to it as there are kinds that share its conversation, each kind says something of its own: give each a copy of what it was told after the message that it would have sent, and
//! nobody has a new temptation (the revelation principle, Myerson 1986). A *report* is what she said so far, thus; a *site* is a kind, or several where she has
//! one message only, with a report. Sites of one report exclude each other: which of them is on the path is for her plan to say, by what she asks the others.
//!
//! **Columns.** With `x` an observation, `h` the agent's answers so far:
//! - flow `z(x, site, h, c)`: the probability of the answers `h` given `x`, if the site is on the path and asks the others `c` next; else 0;
//! - label `l(x, site, h, c, f)`: the same for the last answer. Answers are called by the menu `f` that they lead to: what each kind does then;
//! - binary columns for the path, and for the menus that are used, of which there are as many as there are answers at most;
//! - `V(kind, report, h)`, what the user gets from there on if she is of this kind, whatever she said: at least what each continuation is worth.
//!
//! **Rows.** Flows continue; the answer `h` does not depend on what only the user knows; kinds obey menus; and on the path each type gets `V` of the beginning.
//! Utilities of the user are counted from her least one, so that what is not on the path is worth 0, which bounds it from below.
//!
//! **Relaxations.** If she may say too little to tell all kinds apart, or there are more menus than can be listed, the program grants the agent more than it has:
//! she can say more, and what kinds do is not tied to one answer. Then it is not exact, but its bound is one.

mod flows;
mod temptations;

use super::kinds::Kinds;
use super::sites::Sites;
use crate::error::ProofError;
use crate::game::Cell;
use std::collections::HashMap;
use suasion_model::{ConversationRule, Instance, Matrix, Protocol};

/// There may be so many columns, and no more.
const MOST: usize = 100_000;
/// And so many numbers.
const NUMBERS: usize = 2_000_000;

/// What a column stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// A flow: the answers `history` upon an observation, at a place that asks the others its choice `choice`.
    Flow {
        /// The observation.
        observation: usize,
        /// The place.
        place: usize,
        /// The choice.
        choice: usize,
    },
    /// The last answer, by the menu that it leads to.
    Label {
        /// The observation.
        observation: usize,
        /// The place.
        place: usize,
        /// The choice.
        choice: usize,
        /// The menu.
        menu: usize,
    },
    /// Whether the place is on the path and asks its choice; 0 or 1.
    Ask {
        /// The place.
        place: usize,
        /// The choice.
        choice: usize,
    },
    /// Whether an answer there leads to the menu; 0 or 1.
    Use {
        /// The place.
        place: usize,
        /// The choice.
        choice: usize,
        /// The menu.
        menu: usize,
    },
    /// What the user gets from some point on.
    Value,
}

/// Where a conversation with the agent may be, before a question.
#[derive(Clone, Debug)]
pub struct Place {
    /// After how many rounds.
    pub round: usize,
    /// The site.
    pub site: usize,
    /// The agent's answers so far, as a number in its alphabet (1, before the last round, where she only listens).
    pub history: usize,
    /// The user's messages to the agent, this round's included.
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

/// An agent's best conversation rule against given others, as a mixed-integer program. Everything is in the units of the instance.
pub struct ReplyProgram {
    /// What columns stand for.
    pub columns: Vec<Column>,
    /// The places.
    pub places: Vec<Place>,
    /// Whether its optimum is that of the best rule; else it is a bound.
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
    /// What each kind does, by menu, for every place and choice: `[place][choice][menu]`, the kinds that hear the answer in their order; none where menus are not listed.
    menus: Vec<Vec<Vec<Vec<usize>>>>,
    /// The place of a site and a history.
    at: HashMap<(usize, usize), usize>,
    /// The columns of flows, and of the path.
    index: HashMap<Key, usize>,
    /// The user's least utility.
    least: f64,
    unit: Terms,
    minus: Terms,
}

impl ReplyProgram {
    /// The program of `agent`, when the others answer by these rules, which have to be some of the protocol.
    ///
    /// # Errors
    /// If the instance is none, or there is too much of everything.
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
            // She only listens, so that everything may as well be said at the end.
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

    /// What a column is at most; all of them are at least 0.
    #[must_use]
    pub fn upper(&self, column: usize) -> f64 {
        self.upper[column]
    }

    /// Whether a column has to be 0 or 1.
    #[must_use]
    pub fn is_binary(&self, column: usize) -> bool {
        matches!(self.columns[column], Column::Ask { .. } | Column::Use { .. })
    }

    fn rounded(&self, terms: &Terms) -> f64 {
        self.terms[terms.clone()].iter().map(|[left, right]| left * right).sum()
    }
}

impl Builder<'_> {
    fn column(&mut self, column: Column, cost: Terms, upper: f64) -> Result<usize, ProofError> {
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

    /// Masses of a kind at an observation, times utilities of an action less those of another, or less a number.
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

    /// The places of a site: the histories that its round may have.
    fn histories(&self, round: usize) -> usize {
        self.answers[..round].iter().copied().fold(1, usize::saturating_mul)
    }
}

/// A flow, by observation, or the path: (observation, place, choice).
type Key = (Option<usize>, usize, usize);

fn key(column: &Column) -> Option<Key> {
    match *column {
        Column::Flow { observation, place, choice } => Some((Some(observation), place, choice)),
        Column::Ask { place, choice } => Some((None, place, choice)),
        _ => None,
    }
}

/// What is taken off a utility.
#[derive(Clone, Copy)]
enum Less {
    Nothing,
    Number(f64),
    Action(usize),
}
