//! Simulations of how agents outbid each other.

use crate::verify::{Check, Provable};
use crate::{About, CommunicationName, Measure, OffersCertificate, ProfileResult};
use serde::{Deserialize, Serialize};
use suasion_model::Instance;

/// Who moves when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoveOrder {
    /// One after another, in the order of the instance.
    RoundRobin,
    /// One after another, in a new random order every round.
    Random,
    /// All at once.
    Simultaneous,
}

impl MoveOrder {
    /// As it stands in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::Random => "random",
            Self::Simultaneous => "simultaneous",
        }
    }
}

/// What agents offer at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstOffers {
    /// What each would offer as a monopolist.
    Monopoly,
    /// No information.
    Uninformative,
    /// Full information.
    Full,
    /// Random points of their frontiers.
    Random,
}

impl FirstOffers {
    /// As it stands in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Monopoly => "monopoly",
            Self::Uninformative => "uninformative",
            Self::Full => "full",
            Self::Random => "random",
        }
    }
}

/// How a simulation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HowEnded {
    /// Nobody moved any more.
    Converged,
    /// The same offers came again.
    Cycle,
    /// It had gone on for as many rounds as it was allowed.
    Limit,
}

impl HowEnded {
    /// As it stands in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Cycle => "cycle",
            Self::Limit => "limit",
        }
    }
}

/// A move, and what stands after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MoveResult {
    /// The round, from 1.
    pub round: usize,
    /// Who moved.
    pub agent: String,
    /// What its offer leaves the user.
    pub bid: f64,
    /// Whose offer is accepted then.
    pub standing: String,
    /// What the user gets then.
    pub user_value: f64,
    /// What the agents get then, in the order of the instance.
    pub values: Vec<f64>,
}

/// What `dynamics` says of one simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DynamicsResult {
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// How agents communicate.
    pub communication: CommunicationName,
    /// The user's sensitivity, if she is quantal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
    /// Who moves when.
    pub order: MoveOrder,
    /// What agents offer at first.
    pub start: FirstOffers,
    /// By how much a bid exceeds the best of the others, in the unit of the user's utility.
    pub increment: f64,
    /// The seed.
    pub seed: u64,
    /// Which of the simulations with this seed.
    pub run: u64,
    /// How it ended.
    pub ended: HowEnded,
    /// In how many rounds a cycle comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<usize>,
    /// How many rounds there were.
    pub rounds: usize,
    /// How many moves.
    pub moves: usize,
    /// Whose offer is accepted in the end.
    pub standing: String,
    /// The profile in the end.
    #[serde(flatten)]
    pub profile: ProfileResult,
    /// Every move, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Vec<MoveResult>>,
}

impl Provable for DynamicsResult {
    type Game = Instance;

    fn about(&self) -> &About {
        &self.about
    }

    fn certified(&self) -> bool {
        self.profile.certified
    }

    /// The profile in which a simulation ended is proved; how it got there is simulated again, where
    /// there is something that can.
    fn rebuilt(&self, check: &mut Check<'_, Instance>) -> Result<Self, String> {
        if !(self.increment.is_finite() && self.increment > 0.0) {
            return Err(format!("increment: found {}, expected a finite number above 0", self.increment));
        }
        check.expects(self.communication)?;
        // What is certain is checked before the simulation is run.
        let profile = check.profile("certificate", &self.profile, f64::INFINITY, self.eta)?;
        let accepted = profile.certificate.as_ref().map(OffersCertificate::accepted);
        let named = check.game.agent(&self.standing);
        if accepted.zip(named).is_none_or(|(accepted, named)| accepted != [named]) {
            return Err(format!("standing: found {:?}, whose offer is not the accepted one", self.standing));
        }
        let Some(engine) = check.engine else {
            check.leave("how it got there");
            return Ok(Self { profile, ..self.clone() });
        };
        let again = engine.replayed(check.game, self);
        let again = check.ran(again)?.ok_or_else(|| format!("run: found {}, which is none", self.run))?;
        compared(self, &again, &check.measure()?)?;
        // Another scheme may be worth the same to everybody.
        if self.profile.scheme != again.profile.scheme {
            check.leave("that it ended with this scheme");
        }
        Ok(Self { about: self.about.clone(), profile, trace: self.trace.clone(), ..again })
    }

    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        match self.eta {
            Some(_) => Ok(()),
            None => measure.rational("the user's value", self.profile.user_value),
        }
    }
}

/// Whether a simulation ended where the result says, and came there as it says. Where it is run again on another machine, roundings differ.
fn compared(given: &DynamicsResult, again: &DynamicsResult, measure: &Measure<'_>) -> Result<(), String> {
    let differs = |what: &str, found: String, expected: String| {
        Err(format!("{what}: found {found}, and the simulation run again gives {expected}"))
    };
    // The user's number where `agents` is false, else those of the agents.
    let near = |what: &str, agents: bool, found: &[f64], expected: &[f64]| {
        let close = |(i, (&a, &b)): (usize, (&f64, &f64))| {
            (a - b).abs() <= measure.allowance(if agents { i + 1 } else { 0 }, &[a, b])
        };
        if found.len() == expected.len() && found.iter().zip(expected).enumerate().all(close) {
            return Ok(());
        }
        differs(what, listed(found), listed(expected))
    };
    near("user_value", false, &[given.profile.user_value], &[again.profile.user_value])?;
    near("values", true, &given.profile.values, &again.profile.values)?;
    let known = |result: &DynamicsResult| {
        let regrets = result.profile.regrets.iter();
        regrets.map(|regret| regret.unwrap_or(f64::MAX)).collect::<Vec<f64>>()
    };
    near("regrets", true, &known(given), &known(again))?;
    let slack = |result: &DynamicsResult| result.profile.certificate.as_ref().map_or(0.0, |found| found.meant().1);
    let largest = known(again).into_iter().fold(slack(again), f64::max);
    if slack(given) > largest + measure.allowance(1, &[]) {
        return differs("certificate.proof.slack", slack(given).to_string(), largest.to_string());
    }
    let (Some(given), Some(again)) = (&given.trace, &again.trace) else { return Ok(()) };
    if given.len() != again.len() {
        return differs("trace", format!("{} moves", given.len()), format!("{} moves", again.len()));
    }
    for (k, (given, again)) in given.iter().zip(again).enumerate() {
        let MoveResult { round, agent, bid, standing, user_value, values } = given;
        if (round, agent, standing) != (&again.round, &again.agent, &again.standing) {
            let named = |step: &MoveResult| format!("{} in round {}, {} stands", step.agent, step.round, step.standing);
            return differs(&format!("trace[{k}]"), named(given), named(again));
        }
        near(&format!("trace[{k}].bid"), false, &[*bid], &[again.bid])?;
        near(&format!("trace[{k}].user_value"), false, &[*user_value], &[again.user_value])?;
        near(&format!("trace[{k}].values"), true, values, &again.values)?;
    }
    Ok(())
}

/// Numbers in words; one alone without brackets.
fn listed(numbers: &[f64]) -> String {
    match numbers {
        [number] => format!("{number:?}"),
        several => format!("{several:?}"),
    }
}
