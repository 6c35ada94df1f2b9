//! A leader's optimal commitment.

use crate::About;
use crate::verify::{Check, Provable};
use serde::{Deserialize, Serialize};
use suasion_certificate::{Certificate, StackelbergProof, Verdict, leader_allowance};
use suasion_model::StackelbergGame;

/// The probability that the leader plays an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategyRow {
    /// The action.
    pub action: String,
    /// The probability.
    pub probability: f64,
}

/// The response of a type of the follower.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseRow {
    /// The type.
    #[serde(rename = "type")]
    pub of: String,
    /// Its response.
    pub response: String,
    /// Its value.
    pub value: f64,
}

/// The result of `stackelberg`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackelbergResult {
    /// The game and the prior, which is always 0.
    #[serde(flatten)]
    pub about: About,
    /// The leader's value.
    pub leader_value: f64,
    /// An upper bound for all commitments.
    pub upper_bound: f64,
    /// The leader's strategy.
    pub strategy: Vec<StrategyRow>,
    /// The responses of the follower's types.
    pub responses: Vec<ResponseRow>,
    /// Whether it is proved to be optimal within the tolerance.
    pub certified: bool,
    /// The certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate<StackelbergProof>>,
    /// Why the computation ended early, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl StackelbergResult {
    /// The result of a certificate, which is kept if `keep` is set.
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
        // What is at stake given the actions that are played.
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
