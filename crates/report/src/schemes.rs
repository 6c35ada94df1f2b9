//! Schemes, out of the JSON of results: which signals come in which state.
//!
//! Results have schemes by names, and in certificates by numbers; of one message, of menus, and of conversations. All but the last are a table of
//! observations and signals. Whatever has another shape is shown as it is.

use crate::game;
use serde_json::Value;
use suasion_model::Instance;

/// With which probability each signal comes upon each observation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sheet {
    pub observed: Vec<String>,
    pub signals: Vec<String>,
    /// By observation, then signal.
    pub sent: Vec<Vec<f64>>,
    /// The action of each signal, where a signal is an action.
    pub actions: Option<Vec<usize>>,
}

/// A scheme with what it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub title: String,
    /// Whose scheme it is; 0 where that is not known.
    pub agent: usize,
    /// What it is worth: names with numbers.
    pub values: Vec<(String, Option<f64>)>,
    pub scheme: Scheme,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scheme {
    Sheet(Sheet),
    /// Objects that make a table.
    Rows(Vec<Value>),
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

    /// All rows as long as there are signals.
    fn squared(mut self) -> Option<Self> {
        self.sent.iter_mut().for_each(|cells| cells.resize(self.signals.len(), 0.0));
        (!self.signals.is_empty() && !self.observed.is_empty()).then_some(self)
    }

    /// With which probability each signal comes, and what is believed then, by observation.
    pub(crate) fn posteriors(&self, masses: &[f64]) -> Vec<(f64, Vec<f64>)> {
        let of = |signal: usize| {
            let joint: Vec<f64> = self.sent.iter().zip(masses).map(|(cells, mass)| mass * cells[signal]).collect();
            let total: f64 = joint.iter().sum();
            (total, joint.into_iter().map(|x| if total > 0.0 { x / total } else { 0.0 }).collect())
        };
        (0..self.signals.len()).map(of).collect()
    }
}

/// A scheme of any shape.
fn scheme(value: &Value, instance: Option<&Instance>) -> Option<Scheme> {
    let rows = value.as_array().filter(|rows| !rows.is_empty())?;
    let sheet = match &rows[0] {
        Value::Array(_) => numbered(rows, instance?),
        row if row.get("report").is_some() => None,
        row if row.get("menu").is_some() || row.get("sent").is_some() => messages(rows, instance),
        _ => named(rows, instance),
    };
    let whole = sheet.and_then(Sheet::squared).map(Scheme::Sheet);
    whole.or_else(|| rows.iter().all(Value::is_object).then(|| Scheme::Rows(rows.clone())))
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

/// An empty sheet with all that may be observed, in the order of the instance.
fn blank(instance: Option<&Instance>) -> Sheet {
    let observed = instance.map(game::observations).unwrap_or_default();
    Sheet { sent: vec![vec![]; observed.len()], observed, ..Sheet::default() }
}

/// `[observation, action, probability]`.
fn numbered(rows: &[Value], instance: &Instance) -> Option<Sheet> {
    let entry =
        |row: &Value| Some((row.get(0)?.as_u64()? as usize, row.get(1)?.as_u64()? as usize, row.get(2)?.as_f64()?));
    let entries: Vec<(usize, usize, f64)> = rows.iter().map(entry).collect::<Option<_>>()?;
    let mut actions: Vec<usize> = entries.iter().map(|entry| entry.1).collect();
    actions.sort_unstable();
    actions.dedup();
    let mut sheet = blank(Some(instance));
    sheet.signals = actions
        .iter()
        .filter(|&&action| action < instance.actions.len())
        .map(|&action| instance.actions.name(action))
        .collect();
    for (observation, action, probability) in entries {
        let (name, signal) = (sheet.observed.get(observation)?.clone(), actions.iter().position(|own| *own == action)?);
        if signal >= sheet.signals.len() {
            return None;
        }
        sheet.set(&name, signal, probability);
    }
    Some(Sheet { actions: Some(actions), ..sheet })
}

/// `{state, signal, probability}`.
fn named(rows: &[Value], instance: Option<&Instance>) -> Option<Sheet> {
    let mut sheet = blank(instance);
    let mut names: Vec<(usize, String)> = vec![];
    for row in rows {
        let name = match row.get("signal")? {
            Value::String(name) => name.clone(),
            number => format!("signal {}", number.as_u64()?),
        };
        let place = instance.and_then(|instance| instance.actions.index(&name)).unwrap_or(names.len());
        if !names.iter().any(|(_, known)| *known == name) {
            names.push((place, name));
        }
    }
    names.sort_by_key(|(place, _)| *place);
    let all = instance.is_some_and(|instance| names.iter().all(|(_, name)| instance.actions.index(name).is_some()));
    sheet.actions = all.then(|| names.iter().map(|(place, _)| *place).collect());
    sheet.signals = names.into_iter().map(|(_, name)| name).collect();
    for row in rows {
        let name = match row.get("signal")? {
            Value::String(name) => name.clone(),
            number => format!("signal {}", number.as_u64()?),
        };
        let signal = sheet.signal(name);
        sheet.set(text(row, "state")?, signal, row.get("probability")?.as_f64()?);
    }
    Some(sheet)
}

/// Messages, with menus by name or by number.
fn messages(rows: &[Value], instance: Option<&Instance>) -> Option<Sheet> {
    let mut sheet = blank(instance);
    for (number, row) in rows.iter().enumerate() {
        let menu = row.get("menu").and_then(Value::as_array);
        let one = |(of, action): (usize, &Value)| match action {
            Value::Number(action) => {
                let action = action
                    .as_u64()
                    .map(|action| action as usize)
                    .filter(|&action| instance.is_some_and(|i| action < i.actions.len()))?;
                let kind = match &instance?.information {
                    suasion_model::Information::Worlds { types, .. } => types.get(of)?.clone(),
                    suasion_model::Information::Priors(_) => String::new(),
                };
                Some(format!("{kind}: {}", instance?.actions.name(action)))
            }
            named => Some(format!("{}: {}", text(named, "type")?, text(named, "action")?)),
        };
        let name = menu.and_then(|menu| Some(menu.iter().enumerate().map(one).collect::<Option<Vec<_>>>()?.join(", ")));
        let signal = sheet.signal(name.unwrap_or_else(|| format!("message {}", number + 1)));
        if let Some(sent) = row.get("sent").and_then(Value::as_array) {
            for sent in sent {
                sheet.set(text(sent, "state")?, signal, sent.get("probability")?.as_f64()?);
            }
        } else {
            for pair in row.get("probabilities")?.as_array()? {
                let name = sheet.observed.get(pair.get(0)?.as_u64()? as usize)?.clone();
                sheet.set(&name, signal, pair.get(1)?.as_f64()?);
            }
        }
    }
    Some(sheet)
}

/// All schemes of a result, in the order in which they are shown.
pub(crate) fn told(result: &Value, instance: Option<&Instance>) -> Vec<Told> {
    let mut found = vec![];
    let agents = result.get("agents").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (agent, own) in agents.iter().enumerate() {
        let Some(monopoly) = own.get("monopoly") else { continue };
        let Some(scheme) = monopoly.pointer("/certificate/proof/scheme").and_then(|value| scheme(value, instance))
        else {
            continue;
        };
        let name = text(own, "name").unwrap_or_default();
        let number = |key: &str| monopoly.get(key).and_then(Value::as_f64);
        let values =
            vec![("user's value".into(), number("user_value")), (format!("value of {name}"), number("agent_value"))];
        found.push(Told { title: format!("{name} alone"), agent, values, scheme });
    }
    let names = names(result, instance);
    let game = result.get("equilibrium").unwrap_or(result);
    let worth = |profile: &Value| {
        let values = profile.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let own = values.iter().enumerate().map(|(agent, value)| {
            (
                format!("value of {}", names.get(agent).cloned().unwrap_or_else(|| format!("agent {}", agent + 1))),
                value.as_f64(),
            )
        });
        let user = ("user's value".to_owned(), profile.get("user_value").and_then(Value::as_f64));
        std::iter::once(user).chain(own).collect::<Vec<_>>()
    };
    let same = game.pointer("/worst/scheme").is_some() && game.pointer("/worst/scheme") == game.pointer("/best/scheme");
    let exact = game.get("exact").and_then(Value::as_bool) == Some(true);
    let ends: &[(&str, &str)] = match (same, exact) {
        (true, true) => &[("worst", "Worst and best equilibrium")],
        (false, true) => &[("worst", "Worst equilibrium"), ("best", "Best equilibrium")],
        (true, false) => &[("worst", "Lowest and highest equilibrium found")],
        (false, false) => &[("worst", "Lowest equilibrium found"), ("best", "Highest equilibrium found")],
    };
    for (key, title) in ends {
        let Some(profile) = game.get(key) else { continue };
        let standing = profile.pointer("/certificate/proof/standing").and_then(Value::as_u64);
        let offer = standing
            .and_then(|offer| profile.pointer(&format!("/certificate/proof/offers/{offer}/agents/0"))?.as_u64());
        if let Some(scheme) = profile.get("scheme").and_then(|value| scheme(value, instance)) {
            let agent = offer.unwrap_or(0) as usize;
            found.push(Told { title: (*title).into(), agent, values: worth(profile), scheme });
        }
    }
    for (number, profile) in game.get("profiles").and_then(Value::as_array).into_iter().flatten().enumerate().take(4) {
        let rows = profile.get("schemes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (agent, name) in names.iter().enumerate() {
            let own: Vec<Value> = rows.iter().filter(|row| text(row, "agent") == Some(name)).cloned().collect();
            if let Some(scheme) = scheme(&Value::Array(own), instance) {
                found.push(Told {
                    title: format!("Profile {}: {name}", number + 1),
                    agent,
                    values: worth(profile),
                    scheme,
                });
            }
        }
        if let Some(plan) = profile.get("plan").and_then(Value::as_array).filter(|plan| !plan.is_empty()) {
            let title = format!("Profile {}: what the user does", number + 1);
            found.push(Told { title, agent: 0, values: vec![], scheme: Scheme::Rows(plan.clone()) });
        }
    }
    // Of a frontier, its ends: the agent's optimum, and full information.
    if let Some(vertices) = result.get("vertices").and_then(Value::as_array) {
        let name = text(result, "agent").unwrap_or_default();
        let agent = instance.and_then(|instance| instance.agent(name)).unwrap_or(0);
        let ends = [
            (vertices.first(), "its optimum"),
            (vertices.last().filter(|_| vertices.len() > 1), "the other end of its frontier"),
        ];
        for (vertex, what) in ends {
            let Some(vertex) = vertex else { continue };
            if let Some(scheme) = vertex.get("scheme").and_then(|value| scheme(value, instance)) {
                found.push(Told { title: format!("{name}: {what}"), agent, values: worth(vertex), scheme });
            }
        }
    }
    found
}

/// The names of the agents.
pub(crate) fn names(result: &Value, instance: Option<&Instance>) -> Vec<String> {
    if let Some(instance) = instance {
        return instance.agents.iter().map(|agent| agent.name.clone()).collect();
    }
    let agents = result.get("agents").and_then(Value::as_array);
    agents.into_iter().flatten().filter_map(|agent| text(agent, "name").map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shapes() {
        let plain = json!([{"state": "a", "signal": "x", "probability": 0.25}, {"state": "a", "signal": "y", "probability": 0.75}, {"state": "b", "signal": "y", "probability": 1.0}]);
        let Some(Scheme::Sheet(sheet)) = scheme(&plain, None) else { panic!("no sheet") };
        assert_eq!((sheet.signals.len(), sheet.sent.clone()), (2, vec![vec![0.25, 0.75], vec![0.0, 1.0]]));
        let believed = sheet.posteriors(&[0.4, 0.6]);
        assert!(
            (believed[0].0 - 0.1).abs() < 1e-12 && believed[0].1 == [1.0, 0.0] && (believed[1].0 - 0.9).abs() < 1e-12
        );
        let menu = json!([{"menu": [{"type": "t", "action": "x"}], "sent": [{"state": "a", "probability": 1.0}]}]);
        let Some(Scheme::Sheet(sheet)) = scheme(&menu, None) else { panic!("no sheet") };
        assert_eq!((sheet.signals, sheet.observed), (vec!["t: x".to_owned()], vec!["a".to_owned()]));
        let talk = json!([{"report": "t", "state": "a", "signal": "x", "probability": 1.0}]);
        assert!(matches!(scheme(&talk, None), Some(Scheme::Rows(rows)) if rows.len() == 1));
        for odd in
            [json!(null), json!([]), json!([1]), json!([[0, 0, 1.0]]), json!("x"), json!([{"state": 1, "signal": {}}])]
        {
            assert!(!matches!(scheme(&odd, None), Some(Scheme::Sheet(_))), "{odd}");
        }
    }
}
