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

use super::kinds::{Kinds, tuples};
use crate::game::Cell;
use crate::refusal::{Place as Cited, Refusal};
use std::collections::{BTreeMap, HashMap};
use suasion_model::{ConversationRule, Instance, Matrix, Protocol};

/// More menus are not listed.
const MENUS: usize = 300;
/// There may be so many columns, and no more.
const MOST: usize = 100_000;

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
    /// What each kind does, by menu, for every place and choice: `[place][choice][menu]`, the kinds that hear the answer in their order.
    menus: Vec<Vec<Vec<Vec<usize>>>>,
    sites: Vec<Site>,
    kinds: Kinds,
}

/// One kind, or several who have said the same.
struct Site {
    round: usize,
    kinds: Vec<usize>,
    /// What she said, this round's message included.
    report: usize,
    /// For every choice, the sites that may follow; none in the last round.
    next: Vec<Vec<usize>>,
}

/// What the user said so far.
struct Report {
    round: usize,
    messages: Vec<usize>,
    /// The longer ones, if it is not of the last round.
    next: Vec<usize>,
}

struct Builder<'a> {
    program: ReplyProgram,
    instance: &'a Instance,
    agent: usize,
    rounds: usize,
    /// The answers of the agent in each round.
    answers: Vec<usize>,
    observations: Vec<usize>,
    reports: Vec<Report>,
    first_reports: Vec<usize>,
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
    ) -> Result<Self, Refusal> {
        let kinds = Kinds::new(instance, prior, protocol, agent, rules)?;
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
            exact: true,
            costs: vec![],
            upper: vec![],
            rows: vec![],
            entries: vec![],
            terms: vec![[1.0, 1.0], [1.0, -1.0]],
            menus: vec![],
            sites: vec![],
            kinds,
        };
        let mut builder = Builder {
            program,
            instance,
            agent,
            rounds,
            answers,
            observations,
            reports: vec![],
            first_reports: vec![],
            at: HashMap::new(),
            index: HashMap::new(),
            least: instance.user.utility.range().0,
            unit: 0..1,
            minus: 1..2,
        };
        builder.sites(protocol);
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

    /// The number of choices at a place.
    #[must_use]
    pub fn choices(&self, place: usize) -> usize {
        self.menus[place].len().max(self.sites[self.places[place].site].next.len())
    }

    /// What the kinds who hear an answer do, by menu: `[menus][kinds]`; none before the last round, or where menus are not listed.
    #[must_use]
    pub fn menus(&self, place: usize, choice: usize) -> &[Vec<usize>] {
        self.menus[place].get(choice).map_or(&[], Vec::as_slice)
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
    /// Sites and reports, round by round.
    fn sites(&mut self, protocol: &Protocol) {
        let roots = self.program.kinds.roots.clone();
        let mut waiting: Vec<(Option<usize>, Vec<Group>)> = vec![(None, vec![(None, roots)])];
        for round in 0..self.rounds {
            let alphabet = protocol.user_alphabet(round);
            let mut next = Vec::new();
            for (before, groups) in waiting {
                let key = |kinds: &Kinds, k: usize| (kinds.all[k].user, kinds.all[k].heard.clone());
                let kinds = &self.program.kinds;
                // Kinds who exclude each other say the same.
                let mut told: Vec<_> =
                    groups.iter().flat_map(|(_, group)| group.iter().map(|&k| key(kinds, k))).collect();
                told.sort();
                told.dedup();
                let separate = alphabet > 1;
                self.program.exact &= !separate || told.len() <= alphabet;
                let count = if separate { told.len() } else { 1 };
                let start = self.reports.len();
                for message in 0..count {
                    let mut messages = before.map_or_else(Vec::new, |b: usize| self.reports[b].messages.clone());
                    messages.push(message);
                    self.reports.push(Report { round, messages, next: vec![] });
                }
                match before {
                    Some(before) => self.reports[before].next = (start..start + count).collect(),
                    None => self.first_reports = (start..start + count).collect(),
                }
                let mut sent: Vec<Vec<Group>> = vec![vec![]; count];
                for (from, group) in groups {
                    let members: Vec<(usize, Vec<usize>)> = if separate {
                        let rank = |k: usize| told.binary_search(&key(&self.program.kinds, k)).unwrap_or(0);
                        group.iter().map(|&k| (rank(k), vec![k])).collect()
                    } else {
                        vec![(0, group)]
                    };
                    for (message, kinds) in members {
                        let of = |k: &usize| self.program.kinds.all[*k].choices.len();
                        // Several kinds share a site only where they have nothing to say to anybody.
                        let choices = kinds.iter().map(of).max().unwrap_or(0);
                        let site = self.program.sites.len();
                        for choice in 0..choices {
                            let heard = |k: &usize| self.program.kinds.all[*k].choices[choice].next.clone();
                            let successors: Vec<usize> = kinds.iter().flat_map(heard).collect();
                            sent[message].push((Some((site, choice)), successors));
                        }
                        let report = start + message;
                        self.program.sites.push(Site { round, kinds, report, next: vec![vec![]; choices] });
                        if let Some((before, choice)) = from {
                            self.program.sites[before].next[choice].push(site);
                        }
                    }
                }
                next.extend(sent.into_iter().enumerate().map(|(message, groups)| (Some(start + message), groups)));
            }
            waiting = next;
        }
    }

    fn column(&mut self, column: Column, cost: Terms, upper: f64) -> Result<usize, Refusal> {
        let program = &mut self.program;
        if program.columns.len() >= MOST {
            return Err(Refusal::TooLarge { what: "columns of the program of a best conversation rule", most: MOST });
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
    ) -> Result<(), Refusal> {
        let program = &mut self.program;
        let start = program.entries.len();
        program.entries.extend(entries);
        if program.entries.len() > 20 * MOST {
            return Err(Refusal::TooLarge {
                what: "numbers in the program of a best conversation rule",
                most: 20 * MOST,
            });
        }
        program.rows.push(Row { lower, upper, entries: start..program.entries.len() });
        Ok(())
    }

    fn constant(&mut self, value: f64) -> Terms {
        self.add_terms([[1.0, value]])
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
            let cells = self.program.kinds.all[kind].cells.iter().filter(|(x, _)| *x == observation);
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

    /// Paths, flows and labels.
    fn flows(&mut self) -> Result<(), Refusal> {
        let (zero, one) = (0.0, 1.0);
        for site in 0..self.program.sites.len() {
            let round = self.program.sites[site].round;
            let last = round + 1 == self.rounds;
            for history in 0..self.histories(round) {
                let reports = self.reports[self.program.sites[site].report].messages.clone();
                let place = self.program.places.len();
                self.program.places.push(Place { round, site, history, reports });
                self.at.insert((site, history), place);
                let choices = self.program.sites[site].next.len();
                self.program.menus.push(vec![vec![]; if last { choices } else { 0 }]);
                for choice in 0..choices {
                    let asked = self.column(Column::Ask { place, choice }, 0..0, one)?;
                    for x in self.observations.clone() {
                        let flow = self.column(Column::Flow { observation: x, place, choice }, 0..0, one)?;
                        self.row(f64::NEG_INFINITY, zero, [(flow, self.unit.clone()), (asked, self.minus.clone())])?;
                    }
                    if last {
                        self.labels(place, choice, asked)?;
                    }
                }
            }
        }
        for site in 0..self.program.sites.len() {
            let round = self.program.sites[site].round;
            for history in 0..self.histories(round) {
                if round == 0 {
                    self.begin(site)?;
                }
                if round + 1 < self.rounds {
                    self.continued(site, history)?;
                }
            }
        }
        Ok(())
    }

    /// The labels of the last answer at a place.
    fn labels(&mut self, place: usize, choice: usize, asked: usize) -> Result<(), Refusal> {
        let kinds: Vec<usize> = self.heard(self.program.places[place].site, choice);
        let actions = self.instance.actions.len();
        let (user, own) = (&self.instance.user.utility, &self.instance.agents[self.agent].utility);
        let count = kinds.iter().fold(1, |count: usize, _| count.saturating_mul(actions));
        if count > MENUS {
            return self.unlabelled(place, choice, &kinds);
        }
        let menus = tuples(&vec![(0..actions).collect(); kinds.len()])?;
        let limited = menus.len() > self.answers[self.rounds - 1];
        let mut sums: Vec<Vec<(usize, Terms)>> = self.observations.iter().map(|_| vec![]).collect();
        let mut used = vec![];
        for (menu, actions_of) in menus.iter().enumerate() {
            let done: Vec<(usize, usize)> = kinds.iter().copied().zip(actions_of.iter().copied()).collect();
            let mut labels = vec![];
            let mut using = None;
            if limited {
                let column = self.column(Column::Use { place, choice, menu }, 0..0, 1.0)?;
                self.row(f64::NEG_INFINITY, 0.0, [(column, self.unit.clone()), (asked, self.minus.clone())])?;
                used.push((column, self.unit.clone()));
                using = Some(column);
            }
            for (i, x) in self.observations.clone().into_iter().enumerate() {
                let cost = self.worth(own, &done, x, Less::Nothing);
                let label = self.column(Column::Label { observation: x, place, choice, menu }, cost, 1.0)?;
                sums[i].push((label, self.unit.clone()));
                labels.push((x, label));
                if let Some(using) = using {
                    self.row(f64::NEG_INFINITY, 0.0, [(label, self.unit.clone()), (using, self.minus.clone())])?;
                }
            }
            for &(kind, action) in &done {
                for other in (0..actions).filter(|&other| other != action) {
                    let mut entries = vec![];
                    for &(x, label) in &labels {
                        entries.push((label, self.worth(user, &[(kind, action)], x, Less::Action(other))));
                    }
                    entries.retain(|(_, terms)| !terms.is_empty());
                    if !entries.is_empty() {
                        self.row(0.0, f64::INFINITY, entries)?;
                    }
                }
            }
        }
        if limited {
            let most = self.constant(-(self.answers[self.rounds - 1] as f64));
            self.row(f64::NEG_INFINITY, 0.0, used.into_iter().chain([(asked, most)]))?;
        }
        self.tie(place, choice, sums)?;
        self.program.menus[place][choice] = menus;
        Ok(())
    }

    /// Where menus are too many to be listed: every kind is told what to do by itself. The menu of a label is then `kind * actions + action`.
    fn unlabelled(&mut self, place: usize, choice: usize, kinds: &[usize]) -> Result<(), Refusal> {
        self.program.exact = false;
        let actions = self.instance.actions.len();
        let (user, own) = (&self.instance.user.utility, &self.instance.agents[self.agent].utility);
        for (k, &kind) in kinds.iter().enumerate() {
            let mut sums: Vec<Vec<(usize, Terms)>> = self.observations.iter().map(|_| vec![]).collect();
            for action in 0..actions {
                let mut labels = vec![];
                for (i, x) in self.observations.clone().into_iter().enumerate() {
                    let cost = self.worth(own, &[(kind, action)], x, Less::Nothing);
                    let menu = k * actions + action;
                    let label = self.column(Column::Label { observation: x, place, choice, menu }, cost, 1.0)?;
                    sums[i].push((label, self.unit.clone()));
                    labels.push((x, label));
                }
                for other in (0..actions).filter(|&other| other != action) {
                    let mut entries = vec![];
                    for &(x, label) in &labels {
                        entries.push((label, self.worth(user, &[(kind, action)], x, Less::Action(other))));
                    }
                    entries.retain(|(_, terms)| !terms.is_empty());
                    if !entries.is_empty() {
                        self.row(0.0, f64::INFINITY, entries)?;
                    }
                }
            }
            self.tie(place, choice, sums)?;
        }
        Ok(())
    }

    /// The labels of every observation sum to its flow.
    fn tie(&mut self, place: usize, choice: usize, sums: Vec<Vec<(usize, Terms)>>) -> Result<(), Refusal> {
        for (x, mut sum) in self.observations.clone().into_iter().zip(sums) {
            sum.push((self.index[&(Some(x), place, choice)], self.minus.clone()));
            self.row(0.0, 0.0, sum)?;
        }
        Ok(())
    }

    /// The kinds that may hear the answers after a choice of a site.
    fn heard(&self, site: usize, choice: usize) -> Vec<usize> {
        let kinds = &self.program.kinds.all;
        self.program.sites[site].kinds.iter().flat_map(|&k| kinds[k].choices[choice].next.clone()).collect()
    }

    /// Whatever is observed, the conversation begins; and the user asks something.
    fn begin(&mut self, site: usize) -> Result<(), Refusal> {
        let unit = self.unit.clone();
        let asked = self.out(site, 0, None, &unit);
        self.row(1.0, 1.0, asked)?;
        for x in self.observations.clone() {
            let flows = self.out(site, 0, Some(x), &unit);
            self.row(1.0, 1.0, flows)?;
        }
        Ok(())
    }

    /// What leaves a place, over its choices: flows of an observation, or the path.
    fn out(&self, site: usize, history: usize, x: Option<usize>, factor: &Terms) -> Vec<(usize, Terms)> {
        let place = self.at[&(site, history)];
        let choices = self.program.sites[site].next.len();
        (0..choices).map(|choice| (self.index[&(x, place, choice)], factor.clone())).collect()
    }

    /// What leaves a place with a choice arrives at the sites that follow, divided among answers, in the same way at each of them.
    fn continued(&mut self, site: usize, history: usize) -> Result<(), Refusal> {
        let (unit, minus) = (self.unit.clone(), self.minus.clone());
        let round = self.program.sites[site].round;
        let (place, answers) = (self.at[&(site, history)], self.answers[round]);
        for choice in 0..self.program.sites[site].next.len() {
            let followers = self.program.sites[site].next[choice].clone();
            let Some(&first) = followers.first() else { continue };
            let after = |answer: usize| history * answers + answer;
            for answer in 0..answers {
                for &follower in &followers {
                    let mut path = self.out(follower, after(answer), None, &unit);
                    path.push((self.index[&(None, place, choice)], minus.clone()));
                    self.row(0.0, 0.0, path)?;
                }
            }
            for (i, x) in self.observations.clone().into_iter().enumerate() {
                let mut sum: Vec<_> =
                    (0..answers).flat_map(|answer| self.out(first, after(answer), Some(x), &unit)).collect();
                sum.push((self.index[&(Some(x), place, choice)], minus.clone()));
                self.row(0.0, 0.0, sum)?;
                for answer in 0..answers {
                    for &follower in &followers[1..] {
                        let mut same = self.out(follower, after(answer), Some(x), &unit);
                        same.extend(self.out(first, after(answer), Some(x), &minus));
                        self.row(0.0, 0.0, same)?;
                    }
                    // Answers are called so that at the first observation the earlier ones are the more likely.
                    if i == 0 && answer > 0 {
                        let mut order = self.out(first, after(answer - 1), Some(x), &unit);
                        order.extend(self.out(first, after(answer), Some(x), &minus));
                        self.row(0.0, f64::INFINITY, order)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What the user could get otherwise.
    fn temptations(&mut self) -> Result<(), Refusal> {
        let asks = self.program.kinds.all.iter().any(|kind| kind.choices.len() > 1);
        let reports = self.first_reports.len() > 1 || self.reports.iter().any(|report| report.next.len() > 1);
        if !asks && !reports {
            // She only listens, and obeys menus.
            return Ok(());
        }
        let mut last = LastAnswers::default();
        let mut followed: BTreeMap<usize, Vec<(usize, Terms)>> = BTreeMap::new();
        for column in 0..self.program.columns.len() {
            match self.program.columns[column] {
                Column::Label { observation, place, choice, menu } => {
                    let Place { site, history, .. } = self.program.places[place];
                    let report = self.program.sites[site].report;
                    let kinds = self.heard(site, choice);
                    let listed = !self.program.menus[place][choice].is_empty();
                    let done: Vec<(usize, usize)> = if listed {
                        let menu = &self.program.menus[place][choice][menu];
                        kinds.iter().copied().zip(menu.iter().copied()).collect()
                    } else {
                        let actions = self.instance.actions.len();
                        vec![(kinds[menu / actions], menu % actions)]
                    };
                    if listed {
                        let at = last.labels.entry((report, history)).or_default();
                        at.entry(menu).or_default().push((observation, column));
                    }
                    for &(kind, action) in &done {
                        let user = self.program.kinds.all[kind].user;
                        let utility = &self.instance.user.utility;
                        let terms = self.worth(utility, &[(kind, action)], observation, Less::Number(self.least));
                        if !terms.is_empty() {
                            followed.entry(user).or_default().push((column, terms));
                        }
                    }
                }
                Column::Flow { observation, place, choice } => {
                    let Place { site, history, round, .. } = self.program.places[place];
                    if round + 1 == self.rounds && self.program.menus[place][choice].is_empty() {
                        let report = self.program.sites[site].report;
                        last.flows.entry((report, history)).or_default().push((observation, column));
                    }
                }
                _ => {}
            }
        }
        last.most = self.most()?;
        for root in self.program.kinds.roots.clone() {
            let user = self.program.kinds.all[root].user;
            let value = self.tempted(root, None, 0, 0, &mut last)?;
            let mut entries = merged(followed.remove(&user).unwrap_or_default());
            // A label that several kinds of the type hear has a coefficient made of all of them.
            let mut row: Vec<(usize, Terms)> = Vec::with_capacity(entries.len() + 1);
            for (column, parts) in &mut entries {
                let terms: Vec<[f64; 2]> =
                    parts.iter().flat_map(|part| self.program.terms[part.clone()].to_vec()).collect();
                row.push((*column, self.add_terms(terms)));
            }
            row.push((value, self.minus.clone()));
            self.row(0.0, f64::INFINITY, row)?;
        }
        Ok(())
    }

    /// What the user gets at most, above her least utility in every world: no rounding makes it too little, nor does a prior that sums to a little more than one.
    fn most(&self) -> Result<f64, Refusal> {
        let (low, high) = self.instance.user.utility.range();
        let kinds = &self.program.kinds;
        let cells = kinds.roots.iter().flat_map(|&root| &kinds.all[root].cells);
        let mass = cells.fold(0.0, |mass: f64, (_, cell)| (mass + cell.mass).next_up()).max(1.0);
        let most = ((high - low).next_up() * mass).next_up();
        if most.is_finite() {
            Ok(most)
        } else {
            Err(Refusal::Overflow(Cited::alone("the range of the user's utility")))
        }
    }

    /// The column of what the user gets from some point on: of this kind, with this report and these answers of the agent, in a round.
    fn tempted(
        &mut self,
        kind: usize,
        report: Option<usize>,
        history: usize,
        round: usize,
        last: &mut LastAnswers,
    ) -> Result<usize, Refusal> {
        if let Some(&column) = last.known.get(&(kind, report, history)) {
            return Ok(column);
        }
        let value = self.column(Column::Value, 0..0, last.most)?;
        last.known.insert((kind, report, history), value);
        let next = report.map_or_else(|| self.first_reports.clone(), |report| self.reports[report].next.clone());
        for message in next {
            debug_assert_eq!(self.reports[message].round, round);
            for choice in 0..self.program.kinds.all[kind].choices.len() {
                let mut row = vec![(value, self.unit.clone())];
                for successor in self.program.kinds.all[kind].choices[choice].next.clone() {
                    if round + 1 == self.rounds {
                        for best in self.decided(successor, message, history, last)? {
                            row.push((best, self.minus.clone()));
                        }
                    } else {
                        for answer in 0..self.answers[round] {
                            let after = history * self.answers[round] + answer;
                            let later = self.tempted(successor, Some(message), after, round + 1, last)?;
                            row.push((later, self.minus.clone()));
                        }
                    }
                }
                self.row(0.0, f64::INFINITY, row)?;
            }
        }
        Ok(value)
    }

    /// The columns of what a kind gets by the best action upon each last answer, whatever she said.
    fn decided(
        &mut self,
        kind: usize,
        report: usize,
        history: usize,
        last: &LastAnswers,
    ) -> Result<Vec<usize>, Refusal> {
        let listed = last.labels.get(&(report, history)).map_or_else(Vec::new, |menus| menus.values().collect());
        // Where menus are not listed, she is at least as well off as if she did not listen to the last answer.
        let unlisted = last.flows.get(&(report, history));
        let mut found = Vec::new();
        for entries in listed.into_iter().chain(unlisted) {
            let best = self.column(Column::Value, 0..0, last.most)?;
            for action in 0..self.instance.actions.len() {
                let mut row = vec![(best, self.unit.clone())];
                for &(x, column) in entries {
                    let utility = &self.instance.user.utility;
                    let terms = self.worth(utility, &[(kind, action)], x, Less::Number(self.least));
                    let negative: Vec<[f64; 2]> =
                        self.program.terms[terms].iter().map(|&[mass, value]| [mass, -value]).collect();
                    row.push((column, self.add_terms(negative)));
                }
                row.retain(|(_, terms)| !terms.is_empty());
                self.row(0.0, f64::INFINITY, row)?;
            }
            found.push(best);
        }
        Ok(found)
    }
}

/// What follows a report and a choice: the site and the choice before, if there is one, and the kinds that hear the answers.
type Group = (Option<(usize, usize)>, Vec<usize>);

/// Columns, each with its observation before it.
type Observed = Vec<(usize, usize)>;

/// What is said last, by what was said before, as a report and a history; and what was worked out of that.
#[derive(Default)]
struct LastAnswers {
    /// Labels by menu, with their observations: where menus are listed.
    labels: BTreeMap<(usize, usize), BTreeMap<usize, Observed>>,
    /// Flows, with their observations: where menus are not listed.
    flows: BTreeMap<(usize, usize), Observed>,
    /// The columns of what the user gets, by kind, report and history.
    known: BTreeMap<(usize, Option<usize>, usize), usize>,
    /// What such a column is at most.
    most: f64,
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

/// Entries of one column together.
fn merged(entries: Vec<(usize, Terms)>) -> Vec<(usize, Vec<Terms>)> {
    let mut merged: BTreeMap<usize, Vec<Terms>> = BTreeMap::new();
    for (column, terms) in entries {
        merged.entry(column).or_default().push(terms);
    }
    merged.into_iter().collect()
}

/// What is taken off a utility.
#[derive(Clone, Copy)]
enum Less {
    Nothing,
    Number(f64),
    Action(usize),
}
