//! Schemes by names.

use crate::CommunicationName;
use serde::{Deserialize, Serialize};
use suasion_certificate::Enclosure;
use suasion_model::{
    ExperimentScheme, Information, Instance, MechanismScheme, Objective, Scheme, SignalScheme, TypedView,
};

/// The probability that an action is recommended, given a state or an observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemeRow {
    /// What the agent observes.
    pub state: String,
    /// The action.
    pub signal: String,
    /// The probability.
    pub probability: f64,
}

/// The action of a type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypeAction {
    /// The type.
    #[serde(rename = "type")]
    pub of: String,
    /// Her action.
    pub action: String,
}

/// The probability that a message is sent, given a state or an observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// What the agent observes.
    pub state: String,
    /// The probability.
    pub probability: f64,
}

/// A signal of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageRow {
    /// The action of each type.
    pub menu: Vec<TypeAction>,
    /// When it is sent.
    pub sent: Vec<Sent>,
}

/// The probability that an action is recommended, given a report and a state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MechanismRow {
    /// The type that the user reports.
    pub report: String,
    /// What the agent observes.
    pub state: String,
    /// The action.
    pub signal: String,
    /// The probability.
    pub probability: f64,
}

/// The probability that an action is played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Played {
    /// The action.
    pub action: String,
    /// The probability: the midpoint of its proved enclosure.
    pub probability: f64,
}

/// The response of a type to a signal; empty if she cannot receive it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypeResponse {
    /// The type.
    #[serde(rename = "type")]
    pub of: String,
    /// The probability of each of her actions.
    pub actions: Vec<Played>,
}

/// A signal to a quantal user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalRow {
    /// When it is sent.
    pub sent: Vec<Sent>,
    /// The action of each type.
    pub responses: Vec<TypeResponse>,
}

/// A scheme by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "rows", rename_all = "snake_case")]
pub enum SchemeRows {
    /// Recommendations to a user of one type.
    Direct(Vec<SchemeRow>),
    /// Signals with the action of each type.
    Experiment(Vec<MessageRow>),
    /// Recommendations for each report.
    Mechanism(Vec<MechanismRow>),
    /// Signals with the responses of a quantal user.
    Quantal(Vec<SignalRow>),
}

impl SchemeRows {
    /// A direct scheme.
    pub(crate) fn direct(instance: &Instance, scheme: &Scheme) -> Self {
        let row = |entry: &suasion_model::SchemeEntry| SchemeRow {
            state: observation(instance, entry.state),
            signal: instance.actions.name(entry.action),
            probability: entry.probability,
        };
        Self::Direct(scheme.entries.iter().map(row).collect())
    }

    /// An experiment.
    pub(crate) fn experiment(instance: &Instance, scheme: &ExperimentScheme) -> Self {
        let row = |message: &suasion_model::Message| MessageRow {
            menu: menu(instance, &message.menu),
            sent: sent(instance, &message.probabilities),
        };
        Self::Experiment(scheme.messages.iter().map(row).collect())
    }

    /// A mechanism.
    pub(crate) fn mechanism(instance: &Instance, scheme: &MechanismScheme) -> Self {
        let row = |entry: &suasion_model::MechanismEntry| MechanismRow {
            report: type_name(instance, entry.report),
            state: observation(instance, entry.observation),
            signal: instance.actions.name(entry.action),
            probability: entry.probability,
        };
        Self::Mechanism(scheme.entries.iter().map(row).collect())
    }

    /// Signals to a quantal user, with `responses[signal][type][action]`.
    pub(crate) fn quantal(instance: &Instance, scheme: &SignalScheme, responses: Vec<Vec<Vec<Enclosure>>>) -> Self {
        let played = |(a, played): (usize, &Enclosure)| Played {
            action: instance.actions.name(a),
            probability: played.middle(),
        };
        let response = |(t, played_by): (usize, Vec<Enclosure>)| TypeResponse {
            of: type_name(instance, t),
            actions: played_by.iter().enumerate().map(played).collect(),
        };
        let rows = scheme.signals.iter().zip(responses).map(|(signal, responses)| SignalRow {
            sent: sent(instance, signal),
            responses: responses.into_iter().enumerate().map(response).collect(),
        });
        Self::Quantal(rows.collect())
    }

    /// Full information written out, with the user's responses.
    pub(crate) fn full_information(
        instance: &Instance,
        communication: CommunicationName,
        (prior, agent): (usize, usize),
    ) -> Self {
        let view = || instance.typed_view(prior, agent).ok();
        let objective = Objective::agent(agent);
        match communication {
            CommunicationName::Experiment => {
                Self::Experiment(view().map(|view| told_types(instance, &view, &objective)).unwrap_or_default())
            }
            CommunicationName::Mechanism => {
                Self::Mechanism(view().map(|view| told_reports(instance, &view, &objective)).unwrap_or_default())
            }
            CommunicationName::Direct | CommunicationName::Quantal => match instance.view(prior, agent) {
                Ok(view) => Self::direct(instance, &view.fully_informative(Some(agent))),
                Err(_) => Self::Direct(vec![]),
            },
        }
    }
}

/// A signal for every map from types to actions that is optimal given some observation.
fn told_types(instance: &Instance, view: &TypedView, objective: &Objective) -> Vec<MessageRow> {
    let best = view.informed_actions(objective);
    let mut by_menu = std::collections::BTreeMap::<Vec<usize>, Vec<(usize, f64)>>::new();
    for x in 0..view.observations() {
        by_menu.entry(best.iter().map(|actions| actions[x]).collect()).or_default().push((x, 1.0));
    }
    let row = |(actions, observed): (Vec<usize>, Vec<(usize, f64)>)| MessageRow {
        menu: menu(instance, &actions),
        sent: sent(instance, &observed),
    };
    by_menu.into_iter().map(row).collect()
}

fn told_reports(instance: &Instance, view: &TypedView, objective: &Objective) -> Vec<MechanismRow> {
    let best = view.informed_actions(objective);
    let pairs = (0..view.types()).flat_map(|report| (0..view.observations()).map(move |x| (report, x)));
    let row = |(report, x): (usize, usize)| MechanismRow {
        report: type_name(instance, report),
        state: observation(instance, x),
        signal: instance.actions.name(best[report][x]),
        probability: 1.0,
    };
    pairs.map(row).collect()
}

fn menu(instance: &Instance, actions: &[usize]) -> Vec<TypeAction> {
    let does = |(t, &action): (usize, &usize)| TypeAction {
        of: type_name(instance, t),
        action: instance.actions.name(action),
    };
    actions.iter().enumerate().map(does).collect()
}

fn sent(instance: &Instance, signal: &[(usize, f64)]) -> Vec<Sent> {
    signal.iter().map(|&(x, probability)| Sent { state: observation(instance, x), probability }).collect()
}

/// The name of an observation of agents: a state, or a signal if there are worlds.
///
/// # Panics
/// If there is no such observation.
#[must_use]
pub fn observation(instance: &Instance, index: usize) -> String {
    match &instance.information {
        Information::Priors(_) => instance.states.name(index),
        Information::Worlds { signals, .. } => signals[index].clone(),
    }
}

/// The name of a type of the user.
#[must_use]
pub fn type_name(instance: &Instance, index: usize) -> String {
    match &instance.information {
        Information::Priors(_) => "nothing".into(),
        Information::Worlds { types, .. } => types.get(index).cloned().unwrap_or_default(),
    }
}
