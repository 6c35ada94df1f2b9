//! Paths, flows and labels: what may happen, and what the agent gets.

use super::super::kinds::tuples;
use super::{Builder, Less, ReplyColumn, ReplyPlace, Terms};
use crate::error::ProofError;

/// The largest number of assignments that are listed.
const MENUS: usize = 300;

/// The sum of labels that divides each observation's flow.
type Sums = Vec<Vec<(usize, Terms)>>;

impl Builder<'_> {
    /// Paths, flows and labels.
    pub(super) fn flows(&mut self) -> Result<(), ProofError> {
        let (zero, one) = (0.0, 1.0);
        for site in 0..self.sites.all.len() {
            let round = self.sites.all[site].round;
            let last = round + 1 == self.rounds;
            for history in 0..self.histories(round) {
                let reports = self.sites.reports[self.sites.all[site].report].messages.clone();
                let place = self.program.places.len();
                self.program.places.push(ReplyPlace { round, site, history, reports });
                self.at.insert((site, history), place);
                let choices = self.sites.all[site].next.len();
                self.menus.push(vec![vec![]; if last { choices } else { 0 }]);
                for choice in 0..choices {
                    let asked = self.column(ReplyColumn::Ask { place, choice }, 0..0, one)?;
                    for x in self.observations.clone() {
                        let flow = self.column(ReplyColumn::Flow { observation: x, place, choice }, 0..0, one)?;
                        self.row(f64::NEG_INFINITY, zero, [(flow, self.unit.clone()), (asked, self.minus.clone())])?;
                    }
                    if last {
                        self.labels(place, choice, asked)?;
                    }
                }
            }
        }
        for site in 0..self.sites.all.len() {
            let round = self.sites.all[site].round;
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
    fn labels(&mut self, place: usize, choice: usize, asked: usize) -> Result<(), ProofError> {
        let kinds = self.sites.heard(&self.kinds, self.program.places[place].site, choice);
        let actions = self.instance.actions.len();
        let count = kinds.iter().fold(1, |count: usize, _| count.saturating_mul(actions));
        if count > MENUS {
            return self.unlisted(place, choice, &kinds);
        }
        let menus = tuples(&vec![(0..actions).collect(); kinds.len()])?;
        let answers = self.answers[self.rounds - 1];
        let mut sums: Sums = vec![vec![]; self.observations.len()];
        let mut used = vec![];
        for (menu, actions) in menus.iter().enumerate() {
            let done: Vec<(usize, usize)> = kinds.iter().copied().zip(actions.iter().copied()).collect();
            let labels = self.label(place, choice, menu, &done, &mut sums)?;
            if menus.len() > answers {
                let using = self.column(ReplyColumn::Use { place, choice, menu }, 0..0, 1.0)?;
                used.push((using, self.unit.clone()));
                let below = labels.iter().map(|&(_, label)| (label, using)).chain([(using, asked)]);
                for (column, most) in below.collect::<Vec<_>>() {
                    self.row(f64::NEG_INFINITY, 0.0, [(column, self.unit.clone()), (most, self.minus.clone())])?;
                }
            }
        }
        if !used.is_empty() {
            let most = self.add_terms([[1.0, -(answers as f64)]]);
            self.row(f64::NEG_INFINITY, 0.0, used.into_iter().chain([(asked, most)]))?;
        }
        self.tie(place, choice, sums)?;
        self.menus[place][choice] = menus;
        Ok(())
    }

    /// For places with too many assignments to list: every extended type gets its own action. The
    /// assignment of a label is then `kind * actions + action`, where `kind` is the position of the
    /// extended type.
    fn unlisted(&mut self, place: usize, choice: usize, kinds: &[usize]) -> Result<(), ProofError> {
        self.program.exact = false;
        let actions = self.instance.actions.len();
        for (k, &kind) in kinds.iter().enumerate() {
            let mut sums: Sums = vec![vec![]; self.observations.len()];
            for action in 0..actions {
                self.label(place, choice, k * actions + action, &[(kind, action)], &mut sums)?;
            }
            self.tie(place, choice, sums)?;
        }
        Ok(())
    }

    /// The labels of one assignment, which extended types obey: `(observation, column)`.
    fn label(
        &mut self,
        place: usize,
        choice: usize,
        menu: usize,
        done: &[(usize, usize)],
        sums: &mut Sums,
    ) -> Result<Vec<(usize, usize)>, ProofError> {
        let (user, own) = (&self.instance.user.utility, &self.instance.agents[self.agent].utility);
        let mut labels = vec![];
        for (i, observation) in self.observations.clone().into_iter().enumerate() {
            let cost = self.worth(own, done, observation, Less::Nothing);
            let label = self.column(ReplyColumn::Label { observation, place, choice, menu }, cost, 1.0)?;
            sums[i].push((label, self.unit.clone()));
            labels.push((observation, label));
        }
        for &(kind, action) in done {
            for other in (0..self.instance.actions.len()).filter(|&other| other != action) {
                let mut row = vec![];
                for &(x, label) in &labels {
                    row.push((label, self.worth(user, &[(kind, action)], x, Less::Action(other))));
                }
                row.retain(|(_, terms)| !terms.is_empty());
                if !row.is_empty() {
                    self.row(0.0, f64::INFINITY, row)?;
                }
            }
        }
        Ok(labels)
    }

    /// The labels of every observation sum to its flow.
    fn tie(&mut self, place: usize, choice: usize, sums: Sums) -> Result<(), ProofError> {
        for (x, mut sum) in self.observations.clone().into_iter().zip(sums) {
            sum.push((self.index[&(Some(x), place, choice)], self.minus.clone()));
            self.row(0.0, 0.0, sum)?;
        }
        Ok(())
    }

    /// Upon every observation the conversation begins, and the user makes a choice.
    fn begin(&mut self, site: usize) -> Result<(), ProofError> {
        let unit = self.unit.clone();
        let asked = self.out(site, 0, None, &unit);
        self.row(1.0, 1.0, asked)?;
        for x in self.observations.clone() {
            let flows = self.out(site, 0, Some(x), &unit);
            self.row(1.0, 1.0, flows)?;
        }
        Ok(())
    }

    /// The outflow of a place, over its choices: flows of an observation, or the path.
    fn out(&self, site: usize, history: usize, x: Option<usize>, factor: &Terms) -> Vec<(usize, Terms)> {
        let place = self.at[&(site, history)];
        let choices = self.sites.all[site].next.len();
        (0..choices).map(|choice| (self.index[&(x, place, choice)], factor.clone())).collect()
    }

    /// The outflow of a place with a choice equals the inflow of the information sets that follow,
    /// divided among answers in the same way at each of them.
    fn continued(&mut self, site: usize, history: usize) -> Result<(), ProofError> {
        let (unit, minus) = (self.unit.clone(), self.minus.clone());
        let round = self.sites.all[site].round;
        let (place, answers) = (self.at[&(site, history)], self.answers[round]);
        for choice in 0..self.sites.all[site].next.len() {
            let followers = self.sites.all[site].next[choice].clone();
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
                    // Answers are numbered so that at the first observation earlier ones are more
                    // likely.
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
}
