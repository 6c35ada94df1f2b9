//! What the commands print as JSON, and how it follows from certificates.
//!
//! Every number is one that a certificate claims, or a reference value; [`crate::commands::verify`] builds the same objects again
//! from the certificates alone and compares.

use serde::{Deserialize, Serialize};
use suasion_certificate::{Certificate, Verdict};
use suasion_model::{Information, Instance, Labels, Scheme, View};

/// Which instance and prior a result is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The instance's file, as it was given.
    pub instance: String,
    /// Its name.
    pub name: String,
    /// Its fingerprint.
    pub digest: String,
    /// The number of the prior, from 0.
    pub prior: usize,
}

/// The user's reference values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    pub no_information: f64,
    pub full_information: f64,
}

impl Reference {
    pub fn new(view: &View<'_>) -> Self {
        Self { no_information: view.no_information().1, full_information: view.full_information() }
    }
}

/// An agent's optimum when it is alone with the user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Monopoly {
    pub agent_value: f64,
    pub user_value: f64,
    pub upper_bound: f64,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

impl Monopoly {
    pub fn new(certificate: Certificate, verdict: &Verdict, keep: bool) -> Self {
        Self {
            agent_value: certificate.claims.objective_value,
            user_value: certificate.claims.user_value,
            upper_bound: certificate.claims.upper_bound,
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentResult {
    pub name: String,
    pub monopoly: Monopoly,
}

/// What `solve` says of an instance at a prior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SolveResult {
    #[serde(flatten)]
    pub about: About,
    pub user_value: Reference,
    pub agents: Vec<AgentResult>,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// With which probability a signal is sent in a state, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemeRow {
    pub state: String,
    pub signal: String,
    pub probability: f64,
}

/// What `persuade` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersuadeResult {
    #[serde(flatten)]
    pub about: About,
    pub agent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    pub scheme: Vec<SchemeRow>,
    #[serde(flatten)]
    pub optimum: Monopoly,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// A vertex of a frontier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VertexResult {
    pub user_value: f64,
    pub agent_value: f64,
    /// The values of all agents, in the order of the instance.
    pub values: Vec<f64>,
    pub upper_bound: f64,
    pub scheme: Vec<SchemeRow>,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

impl VertexResult {
    pub fn new(instance: &Instance, certificate: Certificate, verdict: &Verdict, keep: bool) -> Self {
        Self {
            user_value: certificate.claims.user_value,
            agent_value: certificate.claims.objective_value,
            values: certificate.claims.agent_values.clone(),
            upper_bound: certificate.claims.upper_bound,
            scheme: scheme_rows(instance, &certificate.proof.scheme),
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
        }
    }
}

/// What `frontier` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontierResult {
    #[serde(flatten)]
    pub about: About,
    pub agent: String,
    pub vertices: Vec<VertexResult>,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// Any result, as it is printed and saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "lowercase")]
pub enum Saved {
    Solve(SolveResult),
    Persuade(PersuadeResult),
    Frontier(FrontierResult),
}

impl Saved {
    pub fn certified(&self) -> bool {
        match self {
            Self::Solve(result) => result.certified,
            Self::Persuade(result) => result.optimum.certified,
            Self::Frontier(result) => result.certified,
        }
    }
}

/// What agents observe, by name: states, or signals where there are worlds.
pub fn observation(instance: &Instance, index: usize) -> String {
    match &instance.information {
        Information::Priors(_) => instance.states.name(index),
        Information::Worlds { signals, .. } => Labels::Names(signals.clone()).name(index),
    }
}

/// A scheme by names.
pub fn scheme_rows(instance: &Instance, scheme: &Scheme) -> Vec<SchemeRow> {
    let row = |entry: &suasion_model::SchemeEntry| SchemeRow {
        state: observation(instance, entry.state),
        signal: instance.actions.name(entry.action),
        probability: entry.probability,
    };
    scheme.entries.iter().map(row).collect()
}
