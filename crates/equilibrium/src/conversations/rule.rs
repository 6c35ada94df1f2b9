//! The conversation rule that belongs to a point of the program.

use super::ConversationGame;
use super::program::Relaxation;
use std::collections::BTreeMap;
use suasion_certificate::ReplyColumn;
use suasion_model::ConversationRule;
use suasion_persuasion::make_plausible;

/// The largest number of labels that are distinguished.
const LABELS: usize = 1024;

/// The weights of answers, `[answers]`, by the user's messages, the agent's answers so far, and its
/// observation.
type Said = BTreeMap<(Vec<usize>, usize, usize), Vec<f64>>;

/// The weights of observations, by assignment of actions.
type Menus = BTreeMap<usize, Vec<(usize, f64)>>;

impl Relaxation<'_> {
    /// The rule that belongs to a point. If the point uses too many assignments, the least used
    /// ones get the same answer as the most used one. `None` if the program gives the agent more
    /// than the protocol allows.
    pub(super) fn rule(&self, game: &ConversationGame<'_>, point: &[f64]) -> Option<ConversationRule> {
        if !self.program.exact {
            return None;
        }
        let protocol = game.protocol();
        let (rounds, answers) = (protocol.rounds, protocol.agent_alphabet());
        let listens = (0..rounds).all(|round| protocol.user_alphabet(round) == 1);
        // More labels than this are never used.
        let last = if listens { answers.saturating_pow(rounds as u32).min(LABELS) } else { answers };
        let mut flows: BTreeMap<(Vec<usize>, usize, usize), f64> = BTreeMap::new();
        let mut menus: BTreeMap<(Vec<usize>, usize), Menus> = BTreeMap::new();
        for (column, &weight) in point.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            match self.program.columns[column] {
                ReplyColumn::Flow { observation, place, .. } => {
                    let place = &self.program.places[place];
                    *flows.entry((place.reports.clone(), place.history, observation)).or_default() += weight;
                }
                ReplyColumn::Label { observation, place, menu, .. } => {
                    let place = &self.program.places[place];
                    let at = menus.entry((place.reports.clone(), place.history)).or_default();
                    at.entry(menu).or_default().push((observation, weight));
                }
                _ => {}
            }
        }
        let mut said = Said::new();
        for ((reports, history, x), weight) in flows {
            let round = reports.len() - 1;
            if round > 0 && !listens {
                let asked = reports[..round].to_vec();
                let weights = said.entry((asked, history / answers, x)).or_insert_with(|| vec![0.0; answers]);
                // The previous answer was the same for every next report.
                let weights = &mut weights[history % answers];
                *weights = weights.max(weight);
            }
        }
        for ((reports, history), used) in menus {
            let total = |weights: &Vec<(usize, f64)>| weights.iter().map(|(_, weight)| weight).sum::<f64>();
            let mut used: Vec<(f64, Vec<(usize, f64)>)> = used.into_values().map(|menu| (total(&menu), menu)).collect();
            used.sort_by(|l, r| r.0.total_cmp(&l.0));
            for (label, (_, weights)) in used.into_iter().enumerate() {
                let answer = if label < last { label } else { 0 };
                for (x, weight) in weights {
                    let weights = said.entry((reports.clone(), history, x)).or_insert_with(|| vec![0.0; last]);
                    weights[answer] += weight;
                }
            }
        }
        Some(spelled(game, &said, listens))
    }
}

/// The rule, from the weights of answers. Messages that nobody should send are answered like the
/// first message that somebody sends.
fn spelled(game: &ConversationGame<'_>, said: &Said, listens: bool) -> ConversationRule {
    let protocol = game.protocol();
    let answers = protocol.agent_alphabet();
    let reached = |asked: &[usize], history: usize| {
        (0..game.observations).any(|x| said.contains_key(&(asked.to_vec(), history, x)))
    };
    let mut rule = ConversationRule::silence(protocol, game.observations);
    for round in 0..protocol.rounds {
        let (alphabet, questions) = (protocol.user_alphabet(round), protocol.questions(round));
        for question in 0..questions {
            let spelled = protocol.spelled(round, question / alphabet);
            let told = |depth: usize| spelled[..depth].iter().fold(0, |number, (_, answer)| number * answers + answer);
            let mut asked: Vec<usize> = Vec::with_capacity(round + 1);
            for (depth, message) in spelled.iter().map(|said| said.0).chain([question % alphabet]).enumerate() {
                let like = |message: usize| asked.iter().copied().chain([message]).collect::<Vec<usize>>();
                let known = |message: &usize| reached(&like(*message), told(depth));
                let sent = Some(message).filter(known).or_else(|| (0..protocol.user_alphabet(depth)).find(known));
                asked.push(sent.unwrap_or(message));
            }
            for x in 0..game.observations {
                let start = (x * questions + question) * answers;
                let row = &mut rule.rounds[round][start..start + answers];
                if listens {
                    // The last answer is written in the agent's alphabet, round by round from its
                    // first digit.
                    if let Some(weights) = said.get(&(vec![0; protocol.rounds], 0, x)) {
                        row.fill(0.0);
                        let rest = answers.saturating_pow((protocol.rounds - round - 1) as u32);
                        for (label, weight) in weights.iter().enumerate() {
                            if label / rest / answers == told(round) {
                                row[label / rest % answers] += weight;
                            }
                        }
                    }
                } else if let Some(weights) = said.get(&(asked.clone(), told(round), x)) {
                    row.copy_from_slice(weights);
                }
                make_plausible(row);
            }
        }
    }
    rule
}
