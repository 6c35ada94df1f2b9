//! Deviations: what the user could get by other questions, reports and actions.

use super::{Builder, Less, ReplyColumn, ReplyPlace, Terms};
use crate::error::{Place, ProofError};
use std::collections::BTreeMap;

/// A report and a history of the agent's answers, before the last question is answered.
type Before = (usize, usize);

/// Columns with their observations.
type Seen = Vec<(usize, usize)>;

/// The last answers.
#[derive(Default)]
struct Heard {
    /// The labels of the last answer, by the number of the assignment.
    labels: BTreeMap<Before, BTreeMap<usize, Seen>>,
    /// The flows, if assignments are not listed.
    flows: BTreeMap<Before, Seen>,
    /// The upper bound of a column of the user's values.
    most: f64,
}

/// The existing columns of the user's values, by extended type, report and history.
type Known = BTreeMap<(usize, Option<usize>, usize), usize>;

impl Builder<'_> {
    /// On the path, each type gets at least what it could get by any other plan.
    pub(super) fn temptations(&mut self) -> Result<(), ProofError> {
        if !self.sites.any_reports() && self.kinds.all.iter().all(|kind| kind.choices.len() <= 1) {
            // The user sends no information, and obeys assignments.
            return Ok(());
        }
        let (mut heard, mut followed) = self.heard();
        heard.most = self.most()?;
        let mut known = Known::new();
        for root in self.kinds.roots.clone() {
            let user = self.kinds.all[root].user;
            let value = self.tempted(root, None, 0, &heard, &mut known)?;
            let mut row: Vec<(usize, Terms)> = followed.remove(&user).unwrap_or_default();
            row.push((value, self.minus.clone()));
            self.row(0.0, f64::INFINITY, row)?;
        }
        Ok(())
    }

    /// The last answers; and for each type, the value of labels to it.
    fn heard(&mut self) -> (Heard, BTreeMap<usize, Vec<(usize, Terms)>>) {
        let mut heard = Heard::default();
        let mut followed: BTreeMap<usize, Vec<(usize, Terms)>> = BTreeMap::new();
        let actions = self.instance.actions.len();
        for column in 0..self.program.columns.len() {
            match self.program.columns[column] {
                ReplyColumn::Label { observation, place, choice, menu } => {
                    let ReplyPlace { site, history, .. } = self.program.places[place];
                    let before = (self.sites.all[site].report, history);
                    let kinds = self.sites.heard(&self.kinds, site, choice);
                    let done: Vec<(usize, usize)> = match self.menus[place][choice].get(menu) {
                        Some(menu) => kinds.iter().copied().zip(menu.iter().copied()).collect(),
                        None => vec![(kinds[menu / actions], menu % actions)],
                    };
                    if !self.menus[place][choice].is_empty() {
                        let labels = heard.labels.entry(before).or_default();
                        labels.entry(menu).or_default().push((observation, column));
                    }
                    let utility = &self.instance.user.utility;
                    for user in 0..self.instance.types() {
                        let own = done.iter().copied().filter(|&(kind, _)| self.kinds.all[kind].user == user);
                        let own: Vec<(usize, usize)> = own.collect();
                        let terms = self.worth(utility, &own, observation, Less::Number(self.least));
                        if !terms.is_empty() {
                            followed.entry(user).or_default().push((column, terms));
                        }
                    }
                }
                ReplyColumn::Flow { observation, place, choice } => {
                    let ReplyPlace { site, history, round, .. } = self.program.places[place];
                    if round + 1 == self.rounds && self.menus[place][choice].is_empty() {
                        let before = (self.sites.all[site].report, history);
                        heard.flows.entry(before).or_default().push((observation, column));
                    }
                }
                _ => {}
            }
        }
        (heard, followed)
    }

    /// The most that the user can get above her minimum utility in every world. It is never too
    /// small, in spite of rounding and of a prior that sums to slightly more than one.
    fn most(&self) -> Result<f64, ProofError> {
        let (low, high) = self.instance.user.utility.range();
        let cells = self.kinds.roots.iter().flat_map(|&root| &self.kinds.all[root].cells);
        let mass = cells.fold(0.0, |mass: f64, (_, cell)| (mass + cell.mass).next_up()).max(1.0);
        let most = ((high - low).next_up() * mass).next_up();
        if most.is_finite() {
            Ok(most)
        } else {
            Err(ProofError::Overflow(Place::alone("the range of the user's utility")))
        }
    }

    /// The column of what the user gets from some point on, if she is of this extended type, with
    /// this report and these answers of the agent.
    fn tempted(
        &mut self,
        kind: usize,
        report: Option<usize>,
        history: usize,
        heard: &Heard,
        known: &mut Known,
    ) -> Result<usize, ProofError> {
        if let Some(&column) = known.get(&(kind, report, history)) {
            return Ok(column);
        }
        let value = self.column(ReplyColumn::Value, 0..0, heard.most)?;
        known.insert((kind, report, history), value);
        let round = self.kinds.all[kind].heard.len();
        let longer = report.map_or(&self.sites.first, |report| &self.sites.reports[report].next).clone();
        for report in longer {
            for choice in 0..self.kinds.all[kind].choices.len() {
                let mut row = vec![(value, self.unit.clone())];
                for next in self.kinds.all[kind].choices[choice].next.clone() {
                    if round + 1 == self.rounds {
                        let decided = self.decided(next, (report, history), heard)?;
                        row.extend(decided.into_iter().map(|best| (best, self.minus.clone())));
                    } else {
                        for answer in 0..self.answers[round] {
                            let after = history * self.answers[round] + answer;
                            let later = self.tempted(next, Some(report), after, heard, known)?;
                            row.push((later, self.minus.clone()));
                        }
                    }
                }
                self.row(0.0, f64::INFINITY, row)?;
            }
        }
        Ok(value)
    }

    /// The columns of what an extended type gets by the best action upon each last answer, for any
    /// report.
    fn decided(&mut self, kind: usize, before: Before, heard: &Heard) -> Result<Vec<usize>, ProofError> {
        let listed = heard.labels.get(&before).into_iter().flat_map(BTreeMap::values);
        // If assignments are not listed, she is at least as well off as if she ignored the last
        // answer.
        let unlisted = heard.flows.get(&before);
        let mut decided = Vec::new();
        for seen in listed.chain(unlisted) {
            let best = self.column(ReplyColumn::Value, 0..0, heard.most)?;
            for action in 0..self.instance.actions.len() {
                let mut row = vec![(best, self.unit.clone())];
                for &(x, column) in seen {
                    let utility = &self.instance.user.utility;
                    let terms = self.worth(utility, &[(kind, action)], x, Less::Number(self.least));
                    let negative: Vec<[f64; 2]> =
                        self.program.terms[terms].iter().map(|&[mass, value]| [mass, -value]).collect();
                    row.push((column, self.add_terms(negative)));
                }
                row.retain(|(_, terms)| !terms.is_empty());
                self.row(0.0, f64::INFINITY, row)?;
            }
            decided.push(best);
        }
        Ok(decided)
    }
}
