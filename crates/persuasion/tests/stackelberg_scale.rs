//! Commitment at every scale: numbers that decide nothing, rare types and units do not matter, against the optimum in rational arithmetic.

#[path = "common/commitments.rs"]
mod commitments;

use commitments::{at_any_scale, game, optimum, relative};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{StackelbergCertificate, Verdict};
use suasion_model::{Matrix, StackelbergGame};
use suasion_persuasion::{Settings, commit};

fn solved(game: &StackelbergGame) -> (StackelbergCertificate, Verdict) {
    commit(game, &Settings::default()).unwrap().proof.certify(game).unwrap()
}

/// How many random games; more of them where the environment asks for more.
fn games() -> u64 {
    std::env::var("SUASION_GAMES").ok().and_then(|games| games.parse().ok()).unwrap_or(300)
}

#[test]
fn right_at_every_scale() {
    let (mut wrong, mut uncertified, mut disobedient) = (vec![], vec![], 0);
    for seed in 0..games() {
        let game = at_any_scale(&mut ChaCha8Rng::seed_from_u64(seed));
        let (certificate, verdict) = solved(&game);
        let assessed = certificate.proof.assess(&game, 0.0, 0.0).unwrap();
        disobedient += u32::from(!assessed.obeyed);
        if !verdict.certified() {
            uncertified.push((seed, format!("{:?}", verdict.failures)));
            continue;
        }
        let best = optimum(&game);
        let value = certificate.claims.leader_value;
        // The value itself is rounded.
        let rounding = value.abs() * f64::EPSILON;
        let off = relative(&best, value, assessed.stake.max(1e6 * rounding));
        if off.abs() > 1e-6 || certificate.claims.upper_bound.next_up() < best.to_f64().value().next_down() {
            wrong.push((seed, off, certificate.claims.clone(), best.to_f64().value()));
        }
    }
    println!(
        "{} games: {} wrong, {} uncertified, {disobedient} not obeyed exactly",
        games(),
        wrong.len(),
        uncertified.len()
    );
    for item in uncertified.iter().take(10) {
        println!("uncertified: {item:?}");
    }
    assert!(wrong.is_empty(), "{} wrong: {:?}", wrong.len(), &wrong[..wrong.len().min(3)]);
    assert!(1000 * uncertified.len() as u64 <= games(), "{} uncertified: {uncertified:?}", uncertified.len());
}
