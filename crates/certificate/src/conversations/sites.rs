//! Information sets in a conversation with an agent: the user's report so far, and the extended
//! types that share it.

use super::kinds::Kinds;
use suasion_model::Protocol;

/// An information set: one extended type, or several with the same report.
pub(super) struct Site {
    /// The number of rounds before it.
    pub round: usize,
    pub kinds: Vec<usize>,
    /// Her report, including this round's message.
    pub report: usize,
    /// For every choice of what to ask the other agents, the information sets that may follow;
    /// empty in the last round.
    pub next: Vec<Vec<usize>>,
}

/// What the user reported to the agent so far: each extended type has a message of its own, as soon
/// as she may send any.
pub(super) struct Report {
    pub messages: Vec<usize>,
    /// The longer reports, unless it is a report of the last round.
    pub next: Vec<usize>,
}

pub(super) struct Sites {
    /// The information sets, ordered by round.
    pub all: Vec<Site>,
    pub reports: Vec<Report>,
    /// The reports of the first round.
    pub first: Vec<usize>,
    /// Whether she has enough messages for these reports.
    pub exact: bool,
}

/// Extended types that receive the same answers, with the information set and the choice that they
/// come from.
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

    /// The information sets of those groups of extended types that share a report, and what follows
    /// each of the longer reports.
    fn reported(
        &mut self,
        kinds: &Kinds,
        round: usize,
        alphabet: usize,
        before: Option<usize>,
        groups: Vec<Group>,
    ) -> Vec<(Option<usize>, Vec<Group>)> {
        // Extended types that exclude each other share a report.
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
                // Several extended types share an information set only if they have no choice of
                // messages to any agent.
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

    /// The extended types that may receive the answers after a choice of an information set.
    pub(super) fn heard(&self, kinds: &Kinds, site: usize, choice: usize) -> Vec<usize> {
        self.all[site].kinds.iter().flat_map(|&k| kinds.all[k].choices[choice].next.clone()).collect()
    }

    /// Whether the user has any choice of messages to the agent.
    pub(super) fn any_reports(&self) -> bool {
        self.first.len() > 1 || self.reports.iter().any(|report| report.next.len() > 1)
    }
}
