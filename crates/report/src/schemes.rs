//! The schemes of results: the signals in each state.
//!
//! A direct scheme, an experiment and a scheme for a quantal user are tables of observations and
//! signals. A mechanism and the user's plan are lists.

use crate::game;
use crate::number::number;
use suasion_model::Instance;
use suasion_results::{
    AllAgentsEquilibria, BestAgentEquilibria, FrontierResult, GameEquilibria, HeardProfile, MechanismRow, MessageRow,
    OffersCertificate, PlanRow, ProfileResult, SavedResult, SchemeRow, SchemeRows, SentRow, SignalRow, SolveResult,
};

/// The largest number of profiles of the all-agents game to show.
const MOST_PROFILES: usize = 4;

/// The probability of each signal given each observation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sheet {
    pub observed: Vec<String>,
    pub signals: Vec<String>,
    /// By observation, then signal.
    pub sent: Vec<Vec<f64>>,
    /// The action of each signal, where a signal is an action.
    pub actions: Option<Vec<usize>>,
}

/// A scheme with its title and values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub title: String,
    /// The agent with this scheme; 0 if unknown.
    pub agent: usize,
    /// The values: names with numbers.
    pub values: Vec<(String, f64)>,
    pub scheme: Scheme,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scheme {
    Sheet(Sheet),
    List(List),
}

/// Rows of text and numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct List {
    pub header: Vec<&'static str>,
    /// The columns that have text.
    pub texts: Vec<usize>,
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    fn set(&mut self, observed: &str, signal: usize, probability: f64) {
        let row = self.observed.iter().position(|name| name == observed).unwrap_or_else(|| {
            self.observed.push(observed.into());
            self.sent.push(vec![]);
            self.observed.len() - 1
        });
        let cells = &mut self.sent[row];
        cells.resize(cells.len().max(signal + 1), 0.0);
        cells[signal] += probability;
    }

    fn signal(&mut self, name: String) -> usize {
        self.signals.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.signals.push(name);
            self.signals.len() - 1
        })
    }

    /// Pads all rows to the number of signals.
    fn squared(mut self) -> Option<Self> {
        self.sent.iter_mut().for_each(|cells| cells.resize(self.signals.len(), 0.0));
        (!self.signals.is_empty() && !self.observed.is_empty()).then_some(self)
    }

    /// The probability of each signal, with the posterior by observation.
    pub(crate) fn posteriors(&self, masses: &[f64]) -> Vec<(f64, Vec<f64>)> {
        let of = |signal: usize| {
            let joint: Vec<f64> = self.sent.iter().zip(masses).map(|(cells, mass)| mass * cells[signal]).collect();
            let total: f64 = joint.iter().sum();
            (total, joint.into_iter().map(|x| if total > 0.0 { x / total } else { 0.0 }).collect())
        };
        (0..self.signals.len()).map(of).collect()
    }
}

/// A scheme for display; `None` if it is empty.
fn scheme(rows: &SchemeRows, instance: Option<&Instance>) -> Option<Scheme> {
    let sheet = match rows {
        SchemeRows::Direct(rows) => direct(rows, instance),
        SchemeRows::Experiment(rows) => experiment(rows, instance),
        SchemeRows::Quantal(rows) => quantal(rows, instance),
        SchemeRows::Mechanism(rows) => return mechanism(rows),
    };
    sheet.squared().map(Scheme::Sheet)
}

/// An empty sheet with all observations, in the order of the instance.
fn blank(instance: Option<&Instance>) -> Sheet {
    let observed = instance.map(game::observations).unwrap_or_default();
    Sheet { sent: vec![vec![]; observed.len()], observed, ..Sheet::default() }
}

/// Recommendations; signals are in the order of the actions.
fn direct(rows: &[SchemeRow], instance: Option<&Instance>) -> Sheet {
    let mut sheet = blank(instance);
    let mut names: Vec<(usize, &str)> = vec![];
    for row in rows {
        let place = instance.and_then(|instance| instance.actions.index(&row.signal)).unwrap_or(names.len());
        if !names.iter().any(|(_, known)| *known == row.signal) {
            names.push((place, &row.signal));
        }
    }
    names.sort_by_key(|(place, _)| *place);
    let all = instance.is_some_and(|instance| names.iter().all(|(_, name)| instance.actions.index(name).is_some()));
    sheet.actions = all.then(|| names.iter().map(|(place, _)| *place).collect());
    sheet.signals = names.into_iter().map(|(_, name)| name.to_owned()).collect();
    for row in rows {
        let signal = sheet.signal(row.signal.clone());
        sheet.set(&row.state, signal, row.probability);
    }
    sheet
}

/// Signals, named by the action of each type.
fn experiment(rows: &[MessageRow], instance: Option<&Instance>) -> Sheet {
    let mut sheet = blank(instance);
    for row in rows {
        let menu: Vec<String> = row.menu.iter().map(|does| format!("{}: {}", does.of, does.action)).collect();
        let signal = sheet.signal(menu.join(", "));
        row.sent.iter().for_each(|sent| sheet.set(&sent.state, signal, sent.probability));
    }
    sheet
}

/// Signals by their numbers.
fn quantal(rows: &[SignalRow], instance: Option<&Instance>) -> Sheet {
    let mut sheet = blank(instance);
    for (number, row) in rows.iter().enumerate() {
        let signal = sheet.signal(format!("message {}", number + 1));
        row.sent.iter().for_each(|sent| sheet.set(&sent.state, signal, sent.probability));
    }
    sheet
}

/// The signals of one agent.
fn sent_by(agent: &str, rows: &[SentRow], instance: Option<&Instance>) -> Option<Scheme> {
    let mut sheet = blank(instance);
    for row in rows.iter().filter(|row| row.agent == agent) {
        let signal = sheet.signal(format!("signal {}", row.signal));
        sheet.set(&row.state, signal, row.probability);
    }
    sheet.squared().map(Scheme::Sheet)
}

fn mechanism(rows: &[MechanismRow]) -> Option<Scheme> {
    let row =
        |row: &MechanismRow| vec![row.report.clone(), row.state.clone(), row.signal.clone(), number(row.probability)];
    let header = vec!["report", "state", "signal", "probability"];
    let list = List { header, texts: vec![0, 1, 2], rows: rows.iter().map(row).collect() };
    (!rows.is_empty()).then_some(Scheme::List(list))
}

fn plan(rows: &[PlanRow]) -> Option<Scheme> {
    let typed = rows.first()?.of.is_some();
    let row = |row: &PlanRow| {
        let signals: Vec<String> = row.signals.iter().map(ToString::to_string).collect();
        row.of.iter().cloned().chain([signals.join(", "), row.action.clone()]).collect::<Vec<String>>()
    };
    let header = if typed { vec!["type", "signals", "action"] } else { vec!["signals", "action"] };
    Some(Scheme::List(List { texts: (0..header.len()).collect(), header, rows: rows.iter().map(row).collect() }))
}

/// All schemes of a result, in the order in which they are shown.
pub(crate) fn told(result: &SavedResult, instance: Option<&Instance>) -> Vec<Told> {
    let mut found = vec![];
    let names = names(result, instance);
    match result {
        SavedResult::Solve(result) => {
            monopolies(result, instance, &mut found);
            if let Some(equilibria) = &result.equilibrium {
                of_equilibria(equilibria, &names, instance, &mut found);
            }
        }
        SavedResult::Equilibria(result) => of_equilibria(&result.equilibrium, &names, instance, &mut found),
        SavedResult::Frontier(result) => of_frontier(result, &names, instance, &mut found),
        SavedResult::Persuade(_)
        | SavedResult::Reply(_)
        | SavedResult::Align(_)
        | SavedResult::Dynamics(_)
        | SavedResult::Stackelberg(_) => {}
    }
    found
}

/// The values of all parties, the user first.
fn worth(user_value: f64, values: &[f64], names: &[String]) -> Vec<(String, f64)> {
    let own = values.iter().enumerate().map(|(agent, &value)| {
        let name = names.get(agent).cloned().unwrap_or_else(|| format!("agent {}", agent + 1));
        (format!("value of {name}"), value)
    });
    std::iter::once(("user's value".to_owned(), user_value)).chain(own).collect()
}

fn monopolies(result: &SolveResult, instance: Option<&Instance>, found: &mut Vec<Told>) {
    for (agent, own) in result.agents.iter().enumerate() {
        let rows = own.monopoly.certificate.as_ref().zip(instance);
        let rows = rows.and_then(|(certificate, instance)| certificate.rows(instance).ok());
        let Some(scheme) = rows.and_then(|rows| scheme(&rows, instance)) else { continue };
        let (name, monopoly) = (&own.name, &own.monopoly);
        let values =
            vec![("user's value".into(), monopoly.user_value), (format!("value of {name}"), monopoly.agent_value)];
        found.push(Told { title: format!("{name} as a monopolist"), agent, values, scheme });
    }
}

fn of_equilibria(equilibria: &GameEquilibria, names: &[String], instance: Option<&Instance>, found: &mut Vec<Told>) {
    match equilibria {
        GameEquilibria::BestAgent(equilibria) => of_best_agent(equilibria, names, instance, found),
        GameEquilibria::AllAgents(equilibria) => of_all_agents(equilibria, names, instance, found),
    }
}

fn of_best_agent(
    equilibria: &BestAgentEquilibria,
    names: &[String],
    instance: Option<&Instance>,
    found: &mut Vec<Told>,
) {
    let BestAgentEquilibria { worst, best, exact, .. } = equilibria;
    let ends: &[(&ProfileResult, &str)] = match (worst.scheme == best.scheme, exact) {
        (true, true) => &[(worst, "Worst and best equilibrium")],
        (false, true) => &[(worst, "Worst equilibrium"), (best, "Best equilibrium")],
        (true, false) => &[(worst, "Lowest and highest equilibrium found")],
        (false, false) => &[(worst, "Lowest equilibrium found"), (best, "Highest equilibrium found")],
    };
    for (profile, title) in ends {
        let Some(scheme) = scheme(&profile.scheme, instance) else { continue };
        let accepted = profile.certificate.as_ref().map(OffersCertificate::accepted).unwrap_or_default();
        let agent = accepted.first().copied().unwrap_or(0);
        let values = worth(profile.user_value, &profile.values, names);
        found.push(Told { title: (*title).into(), agent, values, scheme });
    }
}

fn of_all_agents(
    equilibria: &AllAgentsEquilibria,
    names: &[String],
    instance: Option<&Instance>,
    found: &mut Vec<Told>,
) {
    for (number, profile) in equilibria.profiles.iter().enumerate().take(MOST_PROFILES) {
        let HeardProfile { user_value, values, schemes, .. } = profile;
        for (agent, name) in names.iter().enumerate() {
            let Some(scheme) = sent_by(name, schemes, instance) else { continue };
            let title = format!("Profile {}: {name}", number + 1);
            found.push(Told { title, agent, values: worth(*user_value, values, names), scheme });
        }
        if let Some(scheme) = plan(&profile.plan) {
            let title = format!("Profile {}: what the user does", number + 1);
            found.push(Told { title, agent: 0, values: vec![], scheme });
        }
    }
}

/// The two ends of a frontier: the agent's optimum and full information.
fn of_frontier(result: &FrontierResult, names: &[String], instance: Option<&Instance>, found: &mut Vec<Told>) {
    let name = &result.agent;
    let agent = instance.and_then(|instance| instance.agent(name)).unwrap_or(0);
    let last = result.vertices.last().filter(|_| result.vertices.len() > 1);
    let ends = [(result.vertices.first(), "its optimum"), (last, "the other end of its frontier")];
    for (vertex, what) in ends {
        let Some(vertex) = vertex else { continue };
        if let Some(scheme) = scheme(&vertex.scheme, instance) {
            let values = worth(vertex.user_value, &vertex.values, names);
            found.push(Told { title: format!("{name}: {what}"), agent, values, scheme });
        }
    }
}

/// The names of the agents.
pub(crate) fn names(result: &SavedResult, instance: Option<&Instance>) -> Vec<String> {
    match (instance, result) {
        (Some(instance), _) => instance.agents.iter().map(|agent| agent.name.clone()).collect(),
        (None, SavedResult::Solve(result)) => result.agents.iter().map(|agent| agent.name.clone()).collect(),
        (None, _) => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> SchemeRows {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn kinds() {
        let direct = read(
            r#"{"kind": "direct", "rows": [{"state": "a", "signal": "x", "probability": 0.25},
                {"state": "a", "signal": "y", "probability": 0.75}, {"state": "b", "signal": "y", "probability": 1.0}]}"#,
        );
        let Some(Scheme::Sheet(sheet)) = scheme(&direct, None) else { panic!("no sheet") };
        assert_eq!((sheet.signals.len(), sheet.sent.clone()), (2, vec![vec![0.25, 0.75], vec![0.0, 1.0]]));
        let believed = sheet.posteriors(&[0.4, 0.6]);
        assert!(
            (believed[0].0 - 0.1).abs() < 1e-12 && believed[0].1 == [1.0, 0.0] && (believed[1].0 - 0.9).abs() < 1e-12
        );
        let experiment = read(
            r#"{"kind": "experiment", "rows": [{"menu": [{"type": "t", "action": "x"}],
                "sent": [{"state": "a", "probability": 1.0}]}]}"#,
        );
        let Some(Scheme::Sheet(sheet)) = scheme(&experiment, None) else { panic!("no sheet") };
        assert_eq!((sheet.signals, sheet.observed), (vec!["t: x".to_owned()], vec!["a".to_owned()]));
        let mechanism = read(
            r#"{"kind": "mechanism", "rows": [{"report": "t", "state": "a", "signal": "x", "probability": 1.0}]}"#,
        );
        assert!(matches!(scheme(&mechanism, None), Some(Scheme::List(list)) if list.rows.len() == 1));
        for empty in ["direct", "experiment", "mechanism", "quantal"] {
            assert_eq!(scheme(&read(&format!(r#"{{"kind": "{empty}", "rows": []}}"#)), None), None, "{empty}");
        }
    }
}
