//! Where a conversation with an agent may be: what the user said, and who she may be.

use super::kinds::Kinds;
use suasion_model::Protocol;

/// One kind, or several who have said the same.
pub(super) struct Site {
    /// After how many rounds.
    pub round: usize,
    pub kinds: Vec<usize>,
    /// What she said, this round's message included.
    pub report: usize,
    /// For every choice of what to ask the others, the sites that may follow; none in the last round.
    pub next: Vec<Vec<usize>>,
}

/// What the user said to the agent so far: each kind a word of its own, as soon as she may say anything.
pub(super) struct Report {
    pub messages: Vec<usize>,
    /// The longer ones, if it is not of the last round.
    pub next: Vec<usize>,
}

pub(super) struct Sites {
    /// Those of a round after those of the round before.
    pub all: Vec<Site>,
    pub reports: Vec<Report>,
    /// The reports of the first round.
    pub first: Vec<usize>,
    /// Whether she has enough messages to say so much.
    pub exact: bool,
}

/// Kinds that hear the same answers, and the site and its choice that they come from.
struct Group {
    from: Option<(usize, usize)>,
    kinds: Vec<usize>,
}

impl Sites {
    pub(super) fn new(kinds: &Kinds, protocol: &Protocol) -> Self {
        let mut sites = Self { all: vec![], reports: vec![], first: vec![], exact: true };
        // What follows each report.
        let mut waiting = vec![(None, vec![Group { from: None, kinds: kinds.roots.clone() }])];
        for round in 0..protocol.rounds {
            let alphabet = protocol.user_alphabet(round);
            waiting = waiting
                .into_iter()
                .flat_map(|(before, groups)| sites.reported(kinds, round, alphabet, before, groups))
                .collect();
        }
        sites
    }

    /// The sites of those groups of kinds that share a report; and what follows each of the longer reports.
    fn reported(
        &mut self,
        kinds: &Kinds,
        round: usize,
        alphabet: usize,
        before: Option<usize>,
        groups: Vec<Group>,
    ) -> Vec<(Option<usize>, Vec<Group>)> {
        // Kinds who exclude each other say the same.
        let name = |k: usize| (kinds.all[k].user, &kinds.all[k].heard);
        let mut names: Vec<_> = groups.iter().flat_map(|group| group.kinds.iter().map(|&k| name(k))).collect();
        names.sort_unstable();
        names.dedup();
        let speaks = alphabet > 1;
        self.exact &= !speaks || names.len() <= alphabet;
        let first = self.reports.len();
        let messages = if speaks { names.len() } else { 1 };
        for message in 0..messages {
            let said = before.map_or(&[][..], |before: usize| &self.reports[before].messages);
            let messages = [said, &[message]].concat();
            self.reports.push(Report { messages, next: vec![] });
        }
        let longer = (first..first + messages).collect();
        match before {
            Some(before) => self.reports[before].next = longer,
            None => self.first = longer,
        }
        let mut following: Vec<(Option<usize>, Vec<Group>)> =
            (first..first + messages).map(|report| (Some(report), vec![])).collect();
        for Group { from, kinds: group } in groups {
            let said: Vec<(usize, Vec<usize>)> = if speaks {
                group.iter().map(|&k| (names.binary_search(&name(k)).unwrap_or(0), vec![k])).collect()
            } else {
                vec![(0, group)]
            };
            for (message, members) in said {
                let site = self.all.len();
                // Several kinds share a site only where they have nothing to say to anybody.
                let choices = members.iter().map(|&k| kinds.all[k].choices.len()).max().unwrap_or(0);
                for choice in 0..choices {
                    let heard = members.iter().flat_map(|&k| kinds.all[k].choices[choice].next.clone()).collect();
                    following[message].1.push(Group { from: Some((site, choice)), kinds: heard });
                }
                let report = first + message;
                self.all.push(Site { round, kinds: members, report, next: vec![vec![]; choices] });
                if let Some((before, choice)) = from {
                    self.all[before].next[choice].push(site);
                }
            }
        }
        following
    }

    /// The kinds that may hear the answers after a choice of a site.
    pub(super) fn heard(&self, kinds: &Kinds, site: usize, choice: usize) -> Vec<usize> {
        self.all[site].kinds.iter().flat_map(|&k| kinds.all[k].choices[choice].next.clone()).collect()
    }

    /// Whether there is ever anything to say to the agent.
    pub(super) fn any_reports(&self) -> bool {
        self.first.len() > 1 || self.reports.iter().any(|report| report.next.len() > 1)
    }
}
