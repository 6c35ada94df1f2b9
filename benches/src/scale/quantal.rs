//! `persuade --quantal`: what is found against what is found in the game at heart, at the same
//! sensitivity.

use super::disguise::{Disguised, Game, Shape};
use super::draw::Draw;
use super::{Outcome, settings, uncertified};
use suasion_certificate::{Certificate, OptimumProof, Proof, Quantal, Verdict};
use suasion_model::{Instance, Objective, SignalScheme, TypedView};
use suasion_persuasion::quantal;

type QuantalCertificate = Certificate<OptimumProof<Quantal>>;

/// A value may be off by so much of what is at stake.
const WRONG: f64 = 1e-6;
/// Such a part of a value is rounding.
const ROUNDINGS: f64 = 16.0 * f64::EPSILON;
/// What can be at stake locally counts this much, where outcomes do not differ.
const LOCAL: f64 = 1e-5;

/// Draws a game, solves it as the command does, and compares.
#[must_use]
pub fn play(seed: u64, bare: bool) -> (String, Outcome) {
    let mut draw = Draw::new(seed, bare);
    let shape = Shape {
        states: if draw.chance(0.25) { 3 } else { 2 },
        actions: draw.between(2, 3),
        agents: draw.between(1, 2),
    };
    let disguised = Disguised::draw(&mut draw, shape, true);
    let agent = draw.between(0, disguised.parties.len() - 2);
    let eta = draw.magnitude(-0.3, 1.5, false);
    let words = format!("agent {agent}, eta {eta};{}", disguised.words);
    let instance = disguised.game.instance();
    let (certificate, verdict) = match solve(&instance, agent, eta / disguised.factors[0]) {
        Ok(found) => found,
        Err(cause) => return (words, uncertified(&cause)),
    };
    if !verdict.certified() {
        return (words, Outcome::failed(&verdict));
    }
    (words, Outcome::of(check(&disguised, agent, eta, &certificate)))
}

fn solve(instance: &Instance, agent: usize, eta: f64) -> Result<(QuantalCertificate, Verdict), String> {
    let view = instance.typed_view(0, agent).map_err(|cause| cause.to_string())?;
    let found = quantal(&view, &Objective::agent(agent), eta, &settings()).map_err(|cause| cause.to_string())?;
    found.proof().certify(instance).map_err(|cause| cause.to_string())
}

/// The game at heart. An action that comes twice is played more often than if it came once, so it
/// stays.
fn heart(disguised: &Disguised) -> Game {
    let Game { prior, parties } = &disguised.plain;
    let table = |table: &Vec<Vec<f64>>| disguised.actions.iter().flatten().map(|&a| table[a].clone()).collect();
    Game { prior: prior.clone(), parties: parties.iter().map(table).collect() }
}

/// The same signals in the game at heart.
fn transplanted(disguised: &Disguised, scheme: &SignalScheme) -> SignalScheme {
    let mut mass = vec![0.0; disguised.plain.prior.len()];
    for (state, p) in disguised.states.iter().zip(&disguised.game.prior) {
        if let Some(state) = state {
            mass[*state] += p;
        }
    }
    let signal = |signal: &Vec<(usize, f64)>| {
        let mut sent = vec![0.0; mass.len()];
        for &(x, p) in signal {
            if let Some(state) = disguised.states[x] {
                sent[state] += p * disguised.game.prior[x] / mass[state];
            }
        }
        sent.into_iter().enumerate().filter(|(_, p)| *p > 0.0).collect()
    };
    SignalScheme { signals: scheme.signals.iter().map(signal).collect() }
}

fn check(disguised: &Disguised, agent: usize, eta: f64, certificate: &QuantalCertificate) -> Result<(), String> {
    let instance = heart(disguised).instance();
    // Where agents were put in another order, the one that is meant is another.
    let own = disguised.parties[agent + 1] - 1;
    let view = instance.typed_view(0, own).map_err(|cause| cause.to_string())?;
    let value = |scheme: &SignalScheme| scheme.value(&view, eta, &view.agents()[own]);
    let found = value(&transplanted(disguised, &certificate.proof.scheme));
    let Ok((plain, verdict)) = solve(&instance, own, eta) else { return Ok(()) };
    let states = disguised.plain.prior.len();
    let best = plain.claims.objective_value.middle();
    let values = [best, value(&SignalScheme::no_information(states)), value(&SignalScheme::full_information(states))];
    let stake = range(values).max(LOCAL * local(&view, own));
    // Values are rounded, too, here and there.
    let near = WRONG * stake + ROUNDINGS * best.abs();
    if found < best - near {
        return Err(format!("{:.3e} below what is found at heart, {stake:.3e} at stake", best - found));
    }
    let bound = plain.claims.upper_bound.filter(|_| verdict.certified()).unwrap_or(f64::INFINITY);
    if found > bound + near {
        return Err(format!("{:.3e} above the bound at heart, {stake:.3e} at stake", found - bound));
    }
    Ok(())
}

/// How far apart numbers are.
fn range(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let ends = numbers.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
    ends.1 - ends.0
}

/// The range of what is played, over observations.
fn local(view: &TypedView, agent: usize) -> f64 {
    let utility = &view.agents()[agent][0];
    (0..view.observations()).map(|x| range((0..view.actions()).map(|a| utility[(a, x)]))).sum()
}
