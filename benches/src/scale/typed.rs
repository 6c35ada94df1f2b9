//! `persuade --menu` and `--conversation`: a user who knows something by herself.

use super::disguise::{Disguised, Shape};
use super::draw::Draw;
use super::folded::{Folded, Total, rational};
use super::judge::{self, Played};
use super::{Outcome, settings, uncertified};
use dashu::rational::RBig;
use std::fmt::Write;
use suasion_certificate::{Exact, OptimumClaims, Proof, Verdict};
use suasion_model::{AgentSignals, ExperimentScheme, Information, Instance, MechanismScheme, Objective, World};
use suasion_persuasion::{experiment, mechanism};

/// A game in which the user is of one of two types.
fn draw_game(draw: &mut Draw) -> (Instance, usize, String) {
    let shape = Shape { states: draw.between(2, 3), actions: draw.between(2, 3), agents: draw.between(1, 2) };
    let Disguised { plain, game, states, parties, mut words, .. } = Disguised::draw(draw, shape, false);
    // How likely each type is at each state at heart.
    let rare = draw.chance(0.25).then(|| draw.magnitude(-12.0, -6.0, false)).filter(|_| !draw.is_bare());
    if let Some(rare) = rare {
        let _ = write!(words, " type {rare:.0e}");
    }
    let kinds: Vec<f64> =
        plain.prior.iter().map(|_| rare.unwrap_or_else(|| draw.between(1, 15) as f64 / 16.0)).collect();
    // Some observe less than the state.
    let blurred = draw.chance(0.3);
    let seen: Vec<usize> =
        (0..plain.prior.len()).map(|y| if blurred { draw.between(0, plain.prior.len() - 1) } else { y }).collect();
    let mut worlds = vec![];
    for (y, (&p, &state)) in game.prior.iter().zip(&states).enumerate() {
        for user in 0..2 {
            let share = state.map_or(0.5, |state| if user == 0 { kinds[state] } else { 1.0 - kinds[state] });
            let signal = state.map_or(0, |state| seen[state]);
            worlds.push(World { probability: p * share, state: y, user, agents: AgentSignals::Shared(signal) });
        }
    }
    let mut instance = game.instance();
    let signals = (0..plain.prior.len()).map(|x| x.to_string()).collect();
    instance.information = Information::Worlds { types: vec!["one".into(), "other".into()], signals, worlds };
    let agent = draw.between(0, parties.len() - 2);
    (instance, agent, format!("agent {agent};{words}"))
}

/// The agent speaks once.
#[must_use]
pub fn play_menu(seed: u64, bare: bool) -> (String, Outcome) {
    let (instance, agent, words) = draw_game(&mut Draw::new(seed, bare));
    let solved = || -> Result<_, String> {
        let view = instance.typed_view(0, agent).map_err(|cause| cause.to_string())?;
        let found =
            experiment(&view, &Objective::agent(agent), None, &settings()).map_err(|cause| cause.to_string())?;
        found.proof().certify(&instance).map_err(|cause| cause.to_string())
    };
    let (certificate, verdict) = match solved() {
        Ok(solved) => solved,
        Err(cause) => return (words, uncertified(&cause)),
    };
    let folded = Folded::new(&instance, agent);
    let played = by_menu(&certificate.proof.scheme);
    let obeyed = || obeys_menus(&folded, &certificate.proof.scheme);
    let best = || folded.speaking_once(agent + 1, None);
    let outcome = assess(&folded, agent, &played, (&certificate.claims, &verdict), obeyed, best);
    (words, outcome)
}

/// The user reports her type.
#[must_use]
pub fn play_conversation(seed: u64, bare: bool) -> (String, Outcome) {
    let (instance, agent, words) = draw_game(&mut Draw::new(seed, bare));
    let solved = || -> Result<_, String> {
        let view = instance.typed_view(0, agent).map_err(|cause| cause.to_string())?;
        let found = mechanism(&view, &Objective::agent(agent), None, &settings()).map_err(|cause| cause.to_string())?;
        found.proof().certify(&instance).map_err(|cause| cause.to_string())
    };
    let (certificate, verdict) = match solved() {
        Ok(solved) => solved,
        Err(cause) => return (words, uncertified(&cause)),
    };
    let folded = Folded::new(&instance, agent);
    let played = by_report(&certificate.proof.scheme);
    let obeyed = || tells_the_truth(&folded, &played);
    let best = || folded.in_conversation(agent + 1);
    let outcome = assess(&folded, agent, &played, (&certificate.claims, &verdict), obeyed, best);
    (words, outcome)
}

fn assess(
    folded: &Folded,
    agent: usize,
    played: &[Played],
    (claims, verdict): (&OptimumClaims<Exact>, &Verdict),
    obeyed: impl FnOnce() -> Result<(), String>,
    best: impl FnOnce() -> Option<RBig>,
) -> Outcome {
    if !verdict.certified() {
        return Outcome::failed(verdict);
    }
    let check = || -> Result<(), String> {
        check_probabilities(folded, played)?;
        obeyed()?;
        let best = best().ok_or("no scheme is obeyed")?;
        let own = judge::value(folded, agent + 1, played);
        let stake = judge::stake(folded, agent + 1, std::slice::from_ref(&best), played);
        judge::check_value(&own, &best, &stake)?;
        let level = &folded.levels[agent + 1];
        judge::check_claim("the agent's value", claims.agent_values[agent], &(own + level))?;
        judge::check_bound(claims.upper_bound, &(best + level))
    };
    Outcome::of(check())
}

/// What happens if every type does what the menus say.
fn by_menu(scheme: &ExperimentScheme) -> Vec<Played> {
    let mut played = vec![];
    for message in &scheme.messages {
        for &(x, p) in &message.probabilities {
            played.extend(message.menu.iter().enumerate().map(|(t, &a)| (t, x, a, rational(p))));
        }
    }
    played
}

/// What happens if every type tells the truth and does what is recommended.
fn by_report(scheme: &MechanismScheme) -> Vec<Played> {
    scheme.entries.iter().map(|e| (e.report, e.observation, e.action, rational(e.probability))).collect()
}

fn check_probabilities(folded: &Folded, played: &[Played]) -> Result<(), String> {
    for t in 0..folded.types() {
        for x in 0..folded.observations() {
            let total: RBig = played.iter().filter(|p| (p.0, p.1) == (t, x)).map(|p| p.3.clone()).total();
            if total != RBig::ONE {
                return Err(format!("type {t} at {x} plays with total probability {}", judge::float(&total)));
            }
        }
    }
    Ok(())
}

fn obeys_menus(folded: &Folded, scheme: &ExperimentScheme) -> Result<(), String> {
    for message in &scheme.messages {
        let told: Vec<(usize, RBig)> = message.probabilities.iter().map(|&(x, p)| (x, rational(p))).collect();
        for (t, &own) in message.menu.iter().enumerate() {
            judge::check_obedience(folded, t, own, &told)?;
        }
    }
    Ok(())
}

/// Whether every type obeys, and no type gains by another report, whatever it does then; against
/// what is at stake for it in what either brings about.
fn tells_the_truth(folded: &Folded, played: &[Played]) -> Result<(), String> {
    let upon = |report: usize, a: usize| -> Vec<(usize, RBig)> {
        let told = played.iter().filter(|p| (p.0, p.2) == (report, a));
        told.map(|(_, x, _, p)| (*x, p.clone())).collect()
    };
    for t in 0..folded.types() {
        let user = &folded.parties[0][t];
        for own in 0..folded.actions() {
            judge::check_obedience(folded, t, own, &upon(t, own))?;
        }
        let truth: RBig = played.iter().filter(|p| p.0 == t).map(|(_, x, a, p)| p * &user[*x][*a]).total();
        for report in (0..folded.types()).filter(|&report| report != t) {
            let mut lie = RBig::ZERO;
            let mut taken: Vec<(usize, usize)> = vec![];
            for told in 0..folded.actions() {
                let upon = upon(report, told);
                let value = |b: usize| upon.iter().map(|(x, p)| p * &user[*x][b]).total();
                if let Some((value, best)) = (0..folded.actions()).map(|b| (value(b), b)).max() {
                    lie += value;
                    taken.extend(upon.iter().map(|(x, _)| (*x, best)));
                }
            }
            taken.extend(played.iter().filter(|p| p.0 == t).map(|p| (p.1, p.2)));
            let at = |x: usize| {
                let here: Vec<RBig> = taken.iter().filter(|(y, _)| *y == x).map(|&(_, a)| user[x][a].clone()).collect();
                judge::spread(&here)
            };
            let at_stake: RBig = (0..folded.observations()).map(at).total();
            let gain = lie - &truth;
            if gain > judge::allowed(&at_stake) {
                let (gain, at_stake) = (judge::float(&gain), judge::float(&at_stake));
                return Err(format!("type {t} gains {gain:.3e} by reporting {report}, {at_stake:.3e} at stake"));
            }
        }
    }
    Ok(())
}
