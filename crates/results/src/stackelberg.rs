//! A leader's optimal commitment.

use crate::About;
use crate::verify::{Check, Provable};
use serde::{Deserialize, Serialize};
use suasion_certificate::{Certificate, StackelbergProof, Verdict, leader_allowance};
use suasion_model::StackelbergGame;

/// With which probability the leader plays an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategyRow {
    /// The action.
    pub action: String,
    /// The probability.
    pub probability: f64,
}

/// What a type of the follower does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseRow {
    /// The type.
    #[serde(rename = "type")]
    pub of: String,
    /// What it does.
    pub response: String,
    /// What it gets.
    pub value: f64,
}

/// What `stackelberg` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackelbergResult {
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// What the leader gets.
    pub leader_value: f64,
    /// What no commitment exceeds.
    pub upper_bound: f64,
    /// The leader's strategy.
    pub strategy: Vec<StrategyRow>,
    /// What the follower does.
    pub responses: Vec<ResponseRow>,
    /// Whether it is proved to be optimal within the tolerance.
    pub certified: bool,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate<StackelbergProof>>,
    /// Why the computation ended early, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl StackelbergResult {
    /// What follows from a certificate, which is kept where `keep` says so.
    #[must_use]
    pub fn new(
        about: About,
        game: &StackelbergGame,
        certificate: Certificate<StackelbergProof>,
        verdict: &Verdict,
        stopped: Option<String>,
        keep: bool,
    ) -> Self {
        let (proof, claims) = (&certificate.proof, &certificate.claims);
        let strategy = proof
            .strategy
            .iter()
            .map(|&(action, probability)| StrategyRow { action: game.leader_actions.name(action), probability });
        let responses = game.types.iter().zip(&proof.responses).zip(&claims.follower_values);
        let responses = responses.map(|((of, &response), &value)| ResponseRow {
            of: of.name.clone(),
            response: game.follower_actions.name(response),
            value,
        });
        Self {
            about,
            leader_value: claims.leader_value,
            upper_bound: claims.upper_bound,
            strategy: strategy.collect(),
            responses: responses.collect(),
            certified: verdict.certified(),
            stopped,
            certificate: keep.then_some(certificate),
        }
    }
}

impl Provable for StackelbergResult {
    type Game = StackelbergGame;

    fn about(&self) -> &About {
        &self.about
    }

    fn certified(&self) -> bool {
        self.certified
    }

    fn rebuilt(&self, check: &mut Check<'_, StackelbergGame>) -> Result<Self, String> {
        check.stopped(self.stopped.as_ref());
        let certificate = self.certificate.clone().ok_or("it has no certificate")?;
        let verdict = check.passed("", certificate.check(check.game))?;
        let (about, stopped) = (self.about.clone(), self.stopped.clone());
        Ok(Self::new(about, check.game, certificate, &verdict, stopped, true))
    }

    fn consistent(&self, game: &&StackelbergGame) -> Result<(), String> {
        let (value, bound) = (self.leader_value, self.upper_bound);
        // What is at stake where anything is played.
        let rows: Vec<usize> = self.strategy.iter().filter_map(|row| game.leader_actions.index(&row.action)).collect();
        let mut columns: Vec<usize> =
            self.responses.iter().filter_map(|row| game.follower_actions.index(&row.response)).collect();
        columns.sort_unstable();
        columns.dedup();
        if value - bound <= leader_allowance(game, &rows, &columns, bound) {
            return Ok(());
        }
        Err(format!("the leader's value is {value}, and its upper bound only {bound}"))
    }
}
