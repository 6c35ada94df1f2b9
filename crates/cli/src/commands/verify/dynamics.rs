//! Saved simulations.

use super::check::Check;
use crate::arguments::{Dynamics, How, OrderName, StartName};
use crate::commands::dynamics::{check, replayed};
use crate::failure::Failure;
use crate::result::{DynamicsResult, Measure, MoveResult, OffersCertificate, ProfileResult, Saved};
use crate::session::Session;
use clap::ValueEnum;
use std::path::PathBuf;
use suasion_certificate::Rules;

impl Check<'_> {
    /// The profile in which a simulation ended is proved; how it got there is simulated again.
    pub(super) fn dynamics(
        &mut self,
        result: &DynamicsResult,
        session: &Session,
    ) -> Result<Result<Saved, String>, Failure> {
        Ok(match self.asked(result) {
            Err(reason) => Err(reason),
            // What is certain is checked before the simulation is run.
            Ok(asked) => match self.profile("certificate", &result.profile, f64::INFINITY, result.eta) {
                Err(reason) => Err(reason),
                Ok(profile) if !self.stands(&profile, &result.standing) => {
                    Err(format!("standing: found {:?}, whose offer does not stand", result.standing))
                }
                Ok(profile) => {
                    let again = replayed(self.game, &asked, (self.prior, result.run), session)?;
                    let Some(again) = again else {
                        return Ok(Err(format!("run: found {}, which is none", result.run)));
                    };
                    let same = compared(result, &again, &self.measure);
                    // Another scheme may be worth the same to everybody.
                    if result.profile.scheme != again.profile.scheme {
                        self.proved.leave("that it ended with this scheme");
                    }
                    same.map(|()| {
                        let trace = result.trace.clone();
                        Saved::Dynamics(DynamicsResult { about: result.about.clone(), profile, trace, ..again })
                    })
                }
            },
        })
    }

    /// Whether the offer that stands is the one of this agent.
    fn stands(&self, profile: &ProfileResult, agent: &str) -> bool {
        let standing = profile.certificate.as_ref().map(OffersCertificate::standing);
        let named = self.game.instance.agent(agent);
        standing.zip(named).is_some_and(|(standing, named)| standing == [named])
    }

    /// The arguments of the simulation.
    fn asked(&self, result: &DynamicsResult) -> Result<Dynamics, String> {
        let order = OrderName::from_str(&result.order, false);
        let start = StartName::from_str(&result.start, false);
        let asked = Dynamics {
            file: PathBuf::from(&result.about.instance),
            order: order.map_err(|_| format!("order: found {:?}, which is none", result.order))?,
            start: start.map_err(|_| format!("start: found {:?}, which is none", result.start))?,
            starts: 1,
            quantal: result.eta,
            increment: result.increment,
            // It ended by itself within its rounds, or with the last of them.
            rounds: result.rounds,
            seed: result.seed,
            trace: result.trace.is_some(),
            prior: Some(self.prior),
            how: How { menu: false, conversation: self.rules == Some(Rules::Conversation) },
        };
        check(&asked).map_err(|failure| failure.to_string())?;
        Ok(asked)
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
