//! `equilibria` of the best-agent game: the regrets of what is found, by exact programs, and the
//! values against those of the game at heart.

use super::disguise::{Disguised, Shape};
use super::draw::Draw;
use super::folded::{Folded, rational};
use super::judge::{self, Played};
use super::persuade::{check_scheme, full_value, played};
use super::{Outcome, settings, uncertified};
use dashu::rational::RBig;
use suasion_certificate::{Certificate, Direct, ProfileProof, Proof, Verdict};
use suasion_equilibrium::BestAgentGame;
use suasion_model::Instance;

type ProfileCertificate = Certificate<ProfileProof<Direct>>;

/// A user this near to full information, as a part of what is at stake for her, is fully informed:
/// nobody can outbid that.
const FULL: f64 = 1e-9;

/// Whoever gains no more than this, as a part of what is at stake, gains nothing.
const EXACT: f64 = 1e-12;
/// A result is wrong if somebody gains more than this part.
const WRONG: f64 = 1e-6;

/// Draws a game, solves it as the command does, and compares.
#[must_use]
pub fn play(seed: u64, bare: bool) -> (String, Outcome) {
    let mut draw = Draw::new(seed, bare);
    let shape = Shape { states: draw.between(2, 3), actions: draw.between(2, 3), agents: draw.between(2, 3) };
    let disguised = Disguised::draw(&mut draw, shape, true);
    let instance = disguised.game.instance();
    let words = disguised.words.clone();
    let (profiles, lower, failures) = match solve(&instance) {
        Ok(found) => found,
        Err(cause) => return (words, uncertified(&cause)),
    };
    if !failures.is_empty() {
        return (words, Outcome::Uncertified(failures.join("; ")));
    }
    if std::env::var("DBG").is_ok() {
        eprintln!("{:?}\n{:?}\n{profiles:?}\n{lower}", disguised.plain, disguised.game);
    }
    (words, Outcome::of(check(&disguised, &instance, &profiles, lower)))
}

/// The worst and the best equilibrium, the proved lower bound, and all that keeps them from being
/// certified.
type Found = ([ProfileCertificate; 2], f64, Vec<String>);

fn solve(instance: &Instance) -> Result<Found, String> {
    let game = BestAgentGame::new(instance, 0, &settings()).map_err(|cause| cause.to_string())?;
    let found = game.equilibria(0.0).map_err(|cause| cause.to_string())?;
    let (exclusion, verdict) = found.exclusion.certify(instance).map_err(|cause| format!("exclusion: {cause}"))?;
    let (worst, of_worst) = found.worst.proof.certify(instance).map_err(|cause| format!("worst: {cause}"))?;
    let (best, of_best) = found.best.proof.certify(instance).map_err(|cause| format!("best: {cause}"))?;
    let told = |what: &str, verdict: &Verdict| -> Vec<String> {
        verdict.failures.iter().map(|failure| format!("{what}: {failure}")).collect()
    };
    let failures = [told("exclusion", &verdict), told("worst", &of_worst), told("best", &of_best)].concat();
    Ok(([worst, best], exclusion.claims.lower_bound, failures))
}

/// What an equilibrium leaves the user, below full information.
fn below_full(folded: &Folded, played: &[Played]) -> RBig {
    full_value(folded) - judge::value(folded, 0, played)
}

fn check(
    disguised: &Disguised,
    instance: &Instance,
    profiles: &[ProfileCertificate; 2],
    lower: f64,
) -> Result<(), String> {
    let plain_instance = disguised.plain.instance();
    let (folded, plain) = (Folded::new(instance, 0), Folded::new(&plain_instance, 0));
    let mut lost = vec![];
    for (what, profile) in ["worst", "best"].into_iter().zip(profiles) {
        let happens = happens(&folded, profile);
        check_scheme(&folded, &happens).map_err(|problem| format!("{what}: {problem}"))?;
        let own = judge::value(&folded, 0, &happens) + &folded.levels[0];
        judge::check_claim("the user's value", profile.claims.user_value, &own)?;
        let flat: Vec<(usize, usize, RBig)> = happens.into_iter().map(|(_, x, a, p)| (x, a, p)).collect();
        let heart: Vec<Played> = disguised.at_heart(&flat)?.into_iter().map(|(x, a, p)| (0, x, a, p)).collect();
        check_regrets(&plain, &heart, WRONG).map_err(|problem| format!("{what}: {problem}"))?;
        lost.push((below_full(&plain, &heart), judge::stake(&plain, 0, &[], &heart)));
    }
    let reached = below_full(&folded, &happens(&folded, &profiles[0]));
    let proved = full_value(&folded) + &folded.levels[0] - rational(lower);
    let stake = &lost[0].1 * rational(disguised.factors[0]);
    let level = &folded.levels[0];
    let rounding = rational(f64::EPSILON) * if *level < RBig::ZERO { -level.clone() } else { level.clone() };
    if proved < &reached - judge::allowed(&stake) - rounding {
        return Err(format!("nothing below {lower:e} is claimed, and the worst is below"));
    }
    // Nobody can outbid full information.
    judge::check_value(&-lost[1].0.clone(), &RBig::ZERO, &lost[1].1).map_err(|off| format!("best: {off}"))?;
    let Ok((others, _, failures)) = solve(&plain_instance) else { return Ok(()) };
    if !failures.is_empty() {
        return Ok(());
    }
    // An equilibrium at heart that is worse shows that this one is not the worst. Whether there is
    // one may depend on roundings: it has to be one with next to none.
    let other = happens(&plain, &others[0]);
    let (lost, stake) = &lost[0];
    judge::check_value(&-lost, &-below_full(&plain, &other), stake).or_else(|off| {
        let worse = below_full(&plain, &other) > *lost;
        let exact = check_scheme(&plain, &other).and_then(|()| check_regrets(&plain, &other, EXACT));
        if worse && exact.is_ok() { Err(format!("a worse equilibrium at heart: {off}")) } else { Ok(()) }
    })
}

/// What happens in a profile.
fn happens(folded: &Folded, profile: &ProfileCertificate) -> Vec<Played> {
    let offer = &profile.proof.offers[profile.proof.accepted];
    // What a scheme's probabilities leave over reveals the observation; an offer without a scheme
    // is full information.
    let scheme = offer.scheme.clone().unwrap_or_default();
    played(folded, offer.agents.first().map_or(0, |agent| agent + 1), &scheme)
}

/// Says what is wrong if an agent gains more than a part of what is at stake by outbidding.
fn check_regrets(plain: &Folded, heart: &[Played], part: f64) -> Result<(), String> {
    let user = judge::value(plain, 0, heart);
    let full = full_value(plain);
    if &full - &user <= judge::stake(plain, 0, &[], heart) * rational(FULL) {
        return Ok(());
    }
    for party in 1..plain.parties.len() {
        let own = judge::value(plain, party, heart);
        let most = plain.speaking_once(party, Some(&user)).ok_or("the user has more than full information")?;
        let stake = judge::stake(plain, party, std::slice::from_ref(&most), heart);
        let gain = most - own;
        if gain > &stake * rational(part) {
            let (gain, stake) = (judge::float(&gain), judge::float(&stake));
            return Err(format!("agent {party} gains {gain:.3e} by outbidding, {stake:.3e} at stake"));
        }
    }
    Ok(())
}
