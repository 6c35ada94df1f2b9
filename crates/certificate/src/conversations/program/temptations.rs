//! Temptations: what the user could get by asking, reporting and acting otherwise.

use super::{Builder, Column, Less, Place, Terms};
use crate::error::{Place as Cited, ProofError};
use std::collections::BTreeMap;

/// A report and a history of the agent's answers, before the last question is answered.
type Before = (usize, usize);

/// Columns with their observations.
type Seen = Vec<(usize, usize)>;

/// What may be heard in the end.
#[derive(Default)]
struct Heard {
    /// The labels of the last answer, by the number of the menu.
    labels: BTreeMap<Before, BTreeMap<usize, Seen>>,
    /// The flows, where menus are not listed.
    flows: BTreeMap<Before, Seen>,
    /// What a column of the user's values is at most.
    most: f64,
}

/// The columns that are there already of what the user gets, by kind, report and history.
type Known = BTreeMap<(usize, Option<usize>, usize), usize>;

impl Builder<'_> {
    /// Each type gets on the path what it could get by any plan.
    pub(super) fn temptations(&mut self) -> Result<(), ProofError> {
        if !self.sites.any_reports() && self.kinds.all.iter().all(|kind| kind.choices.len() <= 1) {
            // She only listens, and obeys menus.
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

    /// What may be heard in the end; and for each type, what labels are worth to it.
    fn heard(&mut self) -> (Heard, BTreeMap<usize, Vec<(usize, Terms)>>) {
        let mut heard = Heard::default();
        let mut followed: BTreeMap<usize, Vec<(usize, Terms)>> = BTreeMap::new();
        let actions = self.instance.actions.len();
        for column in 0..self.program.columns.len() {
            match self.program.columns[column] {
                Column::Label { observation, place, choice, menu } => {
                    let Place { site, history, .. } = self.program.places[place];
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
                Column::Flow { observation, place, choice } => {
                    let Place { site, history, round, .. } = self.program.places[place];
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

    /// What the user gets at most, above her least utility in every world: no rounding makes it too little, nor does a prior that sums to a little more than one.
    fn most(&self) -> Result<f64, ProofError> {
        let (low, high) = self.instance.user.utility.range();
        let cells = self.kinds.roots.iter().flat_map(|&root| &self.kinds.all[root].cells);
        let mass = cells.fold(0.0, |mass: f64, (_, cell)| (mass + cell.mass).next_up()).max(1.0);
        let most = ((high - low).next_up() * mass).next_up();
        if most.is_finite() {
            Ok(most)
        } else {
            Err(ProofError::Overflow(Cited::alone("the range of the user's utility")))
        }
    }

    /// The column of what the user gets from some point on: of this kind, with this report and these answers of the agent.
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
        let value = self.column(Column::Value, 0..0, heard.most)?;
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

    /// The columns of what a kind gets by the best action upon each last answer, whatever she said.
    fn decided(&mut self, kind: usize, before: Before, heard: &Heard) -> Result<Vec<usize>, ProofError> {
        let listed = heard.labels.get(&before).into_iter().flat_map(BTreeMap::values);
        // Where menus are not listed, she is at least as well off as if she did not listen to the last answer.
        let unlisted = heard.flows.get(&before);
        let mut decided = Vec::new();
        for seen in listed.chain(unlisted) {
            let best = self.column(Column::Value, 0..0, heard.most)?;
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
