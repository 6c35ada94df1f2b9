//! `persuade`: one agent, one user of a single type, with or without a floor.

use super::disguise::{Disguised, Shape};
use super::draw::Draw;
use super::folded::{Folded, Total, rational};
use super::judge::{self, Played};
use super::{Outcome, settings, uncertified};
use dashu::rational::RBig;
use suasion_certificate::Proof;
use suasion_model::{Objective, Scheme};
use suasion_persuasion::persuade;

/// Draws a game, solves it as the command does, and compares.
#[must_use]
pub fn play(seed: u64, bare: bool) -> (String, Outcome) {
    let mut draw = Draw::new(seed, bare);
    let shape = Shape { states: draw.between(1, 4), actions: draw.between(2, 4), agents: draw.between(1, 2) };
    let disguised = Disguised::draw(&mut draw, shape, false);
    let agent = draw.between(0, disguised.parties.len() - 2);
    let share = draw.chance(0.3).then(|| draw.unit());
    let instance = disguised.game.instance();
    let view = match instance.view(0, agent) {
        Ok(view) => view,
        Err(cause) => return (disguised.words, uncertified(&cause)),
    };
    let folded = Folded::new(&instance, agent);
    let floor = share.map(|share| {
        let (none, full) = (view.no_information().1, view.full_information());
        none + share * (full - none)
    });
    // Less her level, and only where rounding leaves it within reach.
    let net = floor.map(|floor| rational(floor) - &folded.levels[0]);
    let most = full_value(&folded);
    let floor = floor.filter(|_| net.as_ref().is_some_and(|net| *net <= most));
    let net = net.filter(|_| floor.is_some());
    let words = format!("agent {agent}, floor {floor:?};{}", disguised.words);

    let optimum = match persuade(&view, &Objective::agent(agent), floor, &settings()) {
        Ok(optimum) => optimum,
        Err(cause) => return (words, uncertified(&cause)),
    };
    let (certificate, verdict) = match optimum.proof().certify(&instance) {
        Ok(certified) => certified,
        Err(cause) => return (words, uncertified(&cause)),
    };
    if !verdict.certified() {
        return (words, Outcome::failed(&verdict));
    }
    let played = played(&folded, agent + 1, &certificate.proof.scheme);
    let check = || -> Result<(), String> {
        check_scheme(&folded, &played)?;
        let user = judge::value(&folded, 0, &played);
        if let Some(net) = &net {
            let short = net - &user;
            if short > judge::allowed(&judge::stake(&folded, 0, std::slice::from_ref(&user), &played)) {
                return Err(format!("the user gets {:.3e} less than her floor", judge::float(&short)));
            }
        }
        let best = folded.speaking_once(agent + 1, net.as_ref()).ok_or("the floor is out of reach")?;
        let own = judge::value(&folded, agent + 1, &played);
        let stake = judge::stake(&folded, agent + 1, std::slice::from_ref(&best), &played);
        // Where she lacks less than she may, it has to be the optimum for what she gets.
        let attained = net.as_ref().filter(|net| **net > user && own > best);
        let reached = attained.and_then(|_| folded.speaking_once(agent + 1, Some(&user)));
        let reached = reached.as_ref().unwrap_or(&best);
        judge::check_value(&own, reached, &stake).or_else(|problem| {
            // Utilities are rounded, and a tie that this broke is one.
            let tied = folded.speaking_once_within(agent + 1, net.as_ref(), &rational(2.0 * f64::EPSILON));
            if own > *reached && tied.is_some_and(|tied| own <= tied) { Ok(()) } else { Err(problem) }
        })?;
        let level = &folded.levels[agent + 1];
        judge::check_claim("the agent's value", certificate.claims.agent_values[agent], &(own + level))?;
        judge::check_bound(certificate.claims.upper_bound, &(best + level))
    };
    (words, Outcome::of(check()))
}

/// What happens under a scheme: what its probabilities leave over reveals the observation.
#[must_use]
pub fn played(folded: &Folded, party: usize, scheme: &Scheme) -> Vec<Played> {
    let mut left: Vec<RBig> = vec![RBig::ONE; folded.observations()];
    let mut played: Vec<Played> = vec![];
    for entry in &scheme.entries {
        let p = rational(entry.probability);
        left[entry.state] -= &p;
        played.push((0, entry.state, entry.action, p));
    }
    let full = folded.full_information();
    for (x, left) in left.into_iter().enumerate().filter(|(_, left)| !left.is_zero()) {
        let worth = |a: usize| &folded.parties[party][0][x][a];
        let best = full[0][x].iter().copied().rev().max_by(|&a, &b| worth(a).cmp(worth(b)));
        played.push((0, x, best.unwrap_or(0), left));
    }
    played
}

/// Says what is wrong if a scheme is not plausible, or not obeyed.
///
/// # Errors
/// With what is wrong, in words.
pub fn check_scheme(folded: &Folded, played: &[Played]) -> Result<(), String> {
    if played.iter().any(|(.., p)| *p < RBig::ZERO) {
        return Err("a negative probability".into());
    }
    for own in 0..folded.actions() {
        let told: Vec<(usize, RBig)> =
            played.iter().filter(|p| p.2 == own).map(|(_, x, _, p)| (*x, p.clone())).collect();
        // What is left over is revealed, and obeyed by itself; it is one with the recommendation
        // only to her advantage.
        judge::check_obedience(folded, 0, own, &told)?;
    }
    Ok(())
}

/// What the user gets with full information, less her level.
#[must_use]
pub fn full_value(folded: &Folded) -> RBig {
    let full = folded.full_information();
    let at = |x: usize| folded.parties[0][0][x][full[0][x][0]].clone();
    (0..folded.observations()).map(at).total()
}
