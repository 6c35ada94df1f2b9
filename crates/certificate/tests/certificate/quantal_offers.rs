//! Offers to a quantal user: regrets against a fine grid of two states, whatever the prices; what
//! was changed is refused.

use crate::common::survives;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{
    Certificate, Offer, ProfileProof, Proof, ProofError, Quantal, QuantalPrices, Reply, ToleranceViolation,
};
use suasion_model::{Family, Information, Instance, Matrix, PriorPath, Shape, SignalScheme, quantal_response};

type QuantalProfile = ProfileProof<Quantal>;
type QuantalProfileCertificate = Certificate<QuantalProfile>;

/// Posteriors of the first state, in this many steps.
const GRID: usize = 500;

fn random(states: usize, agents: usize, seed: u64) -> Instance {
    let shape = Shape { states, actions: 3, agents, priors: 1 };
    Family::Uniform.generate(shape, PriorPath::Independent, seed).unwrap()
}

/// A scheme of three signals for two states, whose probabilities are exact.
fn scheme(rng: &mut ChaCha8Rng) -> SignalScheme {
    let mut row = || {
        let (first, second) = (rng.random_range(0..=8), rng.random_range(0..=8));
        let (low, high): (i32, i32) = (first.min(second), first.max(second));
        [low, high - low, 8 - high].map(|eighths| f64::from(eighths) / 8.0)
    };
    let rows = [row(), row()];
    let signal = |s: usize| (0..2).map(|x| (x, rows[x][s])).filter(|(_, p)| *p > 0.0).collect::<Vec<_>>();
    SignalScheme { signals: (0..3).map(signal).filter(|signal| !signal.is_empty()).collect() }
}

/// What a party gets, for each posterior of the grid, per unit of mass.
fn worths(game: &Instance, utility: &Matrix, eta: f64) -> Vec<f64> {
    let at = |k: usize| {
        let q = k as f64 / GRID as f64;
        let value = |utility: &Matrix, a: usize| q * utility[(a, 0)] + (1.0 - q) * utility[(a, 1)];
        let mut played: Vec<f64> = (0..3).map(|a| value(&game.user.utility, a)).collect();
        quantal_response(&mut played, eta);
        played.iter().enumerate().map(|(a, p)| p * value(utility, a)).sum()
    };
    (0..=GRID).map(at).collect()
}

/// The concave closure of values on the grid at a point of it: how much, and the line that supports
/// it, by its ends.
fn closure(values: &[f64], here: f64) -> (f64, [f64; 2]) {
    let mut best = (f64::NEG_INFINITY, [0.0; 2]);
    for left in 0..=here.floor() as usize {
        for right in (here.floor() as usize + 1)..=GRID {
            let slope = (values[right] - values[left]) / (right - left) as f64;
            let value = values[left] + slope * (here - left as f64);
            if value > best.0 {
                // The prices of the two observations: where the first has probability one, and
                // where the second has.
                best = (value, [value + slope * (GRID as f64 - here), value - slope * here]);
            }
        }
    }
    best
}

fn prior(game: &Instance) -> &[f64] {
    let Information::Priors(priors) = &game.information else { panic!("a prior") };
    priors.row(0)
}

fn direct(game: &Instance, scheme: &SignalScheme, eta: f64) -> (f64, Vec<f64>) {
    let values = scheme.values(&game.typed_view(0, 0).unwrap(), eta);
    (values.user, values.agents)
}

/// The value of the user's best action in every state, to an agent plus `multiplier` times to her.
/// Prices are in addition to that.
fn level(game: &Instance, agent: usize, multiplier: f64) -> [f64; 2] {
    let [of_agent, of_user] = [&game.agents[agent].utility, &game.user.utility];
    [0, 1].map(|y| {
        let best = (1..3).fold(0, |best, a| if of_user[(a, y)] > of_user[(best, y)] { a } else { best });
        of_agent[(best, y)] + multiplier * of_user[(best, y)]
    })
}

fn offer(agents: &[usize], scheme: SignalScheme) -> Offer<Quantal> {
    Offer { agents: agents.to_vec(), scheme: Some(scheme) }
}

fn offered(offer: &Offer<Quantal>) -> &SignalScheme {
    offer.scheme.as_ref().unwrap()
}

fn reply(multiplier: f64, prices: Vec<f64>) -> Reply<Quantal> {
    Reply { multiplier, bound: QuantalPrices { prices, hurried: false } }
}

/// Two agents' offers with the prices that support the closure of the grid, for these multipliers.
fn profile(game: &Instance, schemes: [SignalScheme; 2], eta: f64, multipliers: [f64; 2]) -> QuantalProfile {
    let values = schemes.each_ref().map(|scheme| direct(game, scheme, eta).0);
    let user = worths(game, &game.user.utility, eta);
    let replied = |agent: usize| {
        let own = worths(game, &game.agents[agent].utility, eta);
        let sum: Vec<f64> = own.iter().zip(&user).map(|(v, u)| v + multipliers[agent] * u).collect();
        let (_, prices) = closure(&sum, prior(game)[0] * GRID as f64);
        let level = level(game, agent, multipliers[agent]);
        reply(multipliers[agent], vec![prices[0] - level[0], prices[1] - level[1]])
    };
    let [first, second] = schemes;
    ProfileProof {
        communication: Quantal { eta },
        prior: 0,
        slack: 10.0,
        offers: vec![offer(&[0], first), offer(&[1], second)],
        accepted: usize::from(values[1] > values[0]),
        replies: vec![replied(0), replied(1)],
    }
}

fn random_profile(seed: u64) -> (Instance, QuantalProfile) {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let game = random(2, 2, seed);
    let eta = [0.5, 4.0, 15.0][seed as usize % 3];
    let multipliers = [rng.random_range(0.0..4.0), rng.random_range(0.0..4.0)];
    let schemes = [scheme(rng), scheme(rng)];
    let proof = profile(&game, schemes, eta, multipliers);
    (game, proof)
}

/// Values are what they are; a regret is what the multiplier proves, and so at least the true one:
/// that of the best of many schemes that outbid.
#[test]
fn regrets_are_above_those_of_a_grid() {
    for seed in 0..30 {
        let (game, proof) = random_profile(seed);
        let (certificate, verdict) = proof.clone().certify(&game).unwrap();
        assert!(verdict.certified(), "{verdict:?}");
        let claims = &certificate.claims;
        let eta = proof.communication.eta;
        let worth: Vec<(f64, Vec<f64>)> = proof.offers.iter().map(|offer| direct(&game, offered(offer), eta)).collect();
        let stands = &worth[proof.accepted];
        assert!(claims.user_value.low <= stands.0 + 1e-14 && stands.0 - 1e-14 <= claims.user_value.high);
        assert!(claims.violation < 1e-12);
        let user = worths(&game, &game.user.utility, eta);
        let here = prior(&game)[0] * GRID as f64;
        for agent in 0..2 {
            let Reply { multiplier, bound: QuantalPrices { prices, .. } } = &proof.replies[agent];
            let own = worths(&game, &game.agents[agent].utility, eta);
            let sum: Vec<f64> = own.iter().zip(&user).map(|(v, u)| v + multiplier * u).collect();
            let rival = &worth[1 - agent];
            let mut proved = closure(&sum, here).0 - multiplier * rival.0 - stands.1[agent];
            if proof.accepted == agent {
                proved = proved.max(rival.1[agent] - stands.1[agent]);
            }
            let regret = claims.regrets[agent].unwrap();
            let scale = 1.0 + multiplier;
            assert!((regret - proved.max(0.0)).abs() < 2e-4 * scale, "seed {seed}: {regret} {proved} {prices:?}");
            // Two posteriors of the grid, as a scheme that outbids.
            let mut best: f64 = 0.0;
            for left in (0..=here.floor() as usize).step_by(7) {
                for right in ((here.floor() as usize + 1)..=GRID).step_by(7) {
                    let share = (here - left as f64) / (right - left) as f64;
                    let mixed = |values: &[f64]| (1.0 - share) * values[left] + share * values[right];
                    if mixed(&user) >= rival.0 {
                        best = best.max(mixed(&own) - stands.1[agent]);
                    }
                }
            }
            assert!(regret >= best - 1e-9, "seed {seed}: {regret} {best}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Prices that are no good prove less, and nothing false.
    #[test]
    fn any_prices_will_do(seed in 0..500_u64, prices in proptest::array::uniform4(-3.0..3.0f64)) {
        let (game, mut proof) = random_profile(seed);
        let good = proof.clone().certify(&game).unwrap().0.claims;
        proof.replies[0].bound.prices = prices[..2].to_vec();
        proof.replies[1].bound.prices = prices[2..].to_vec();
        let bad = proof.certify(&game).unwrap().0.claims;
        for (good, bad) in good.regrets.iter().zip(&bad.regrets) {
            // As near as the search for the bound goes, and the grid's prices.
            prop_assert!(bad.unwrap() >= good.unwrap() - 1e-3);
        }
        prop_assert_eq!(good.user_value, bad.user_value);
    }

    /// What she could gain by taking the other offer is the violation.
    #[test]
    fn the_wrong_offer_is_a_violation(seed in 0..500_u64) {
        let (game, mut proof) = random_profile(seed);
        proof.accepted = 1 - proof.accepted;
        let eta = proof.communication.eta;
        let values: Vec<f64> = proof.offers.iter().map(|offer| direct(&game, offered(offer), eta).0).collect();
        let gained = values[1 - proof.accepted] - values[proof.accepted];
        let (certificate, verdict) = proof.certify(&game).unwrap();
        prop_assert!((certificate.claims.violation - gained).abs() < 1e-12);
        if gained > 1e-5 {
            let failures = &verdict.failures[..];
            prop_assert!(matches!(failures, [ToleranceViolation::Violation { .. }]), "{failures:?}");
        }
    }
}

/// The slack that is asked for is what decides, unless it is raised to what is proved.
#[test]
fn slack() {
    let found = (0..20).map(random_profile).find_map(|(game, proof)| {
        let proof = ProfileProof { slack: 0.01, ..proof };
        let (certificate, verdict) = proof.clone().certify(&game).unwrap();
        let largest = certificate.claims.regrets.iter().map(|regret| regret.unwrap()).fold(0.0, f64::max);
        (largest > 0.02).then_some((game, proof, verdict, largest))
    });
    let (game, proof, verdict, largest) = found.unwrap();
    assert!(matches!(verdict.failures[0], ToleranceViolation::Regret { .. }), "{verdict:?}");
    let (raised, verdict) = proof.certify_raised(&game).unwrap();
    assert!(verdict.certified());
    assert_eq!(raised.proof.slack, largest);
    assert!(raised.check(&game).unwrap().certified());
}

#[test]
fn with_many_observations_nothing_is_proved() {
    let game = random(5, 2, 1);
    let reply = reply(1.0, vec![1.0; 5]);
    let proof = ProfileProof {
        communication: Quantal { eta: 2.0 },
        prior: 0,
        slack: 10.0,
        offers: vec![offer(&[0, 1], SignalScheme::full_information(5))],
        accepted: 0,
        replies: vec![reply.clone(), reply],
    };
    let (certificate, verdict) = proof.certify(&game).unwrap();
    assert_eq!(certificate.claims.regrets, [None, None]);
    assert_eq!(verdict.failures, [ToleranceViolation::Unbounded { observations: 5, most: 4 }; 2]);
}

#[test]
fn what_was_changed_is_refused() {
    let (game, proof) = random_profile(3);
    let (good, _) = proof.clone().certify(&game).unwrap();
    survives(proof, &game);
    let refused = |change: &dyn Fn(&mut QuantalProfileCertificate)| {
        let mut bad = good.clone();
        change(&mut bad);
        bad.check(&game).unwrap_err()
    };
    let claim = |change: &dyn Fn(&mut QuantalProfileCertificate)| {
        assert!(matches!(refused(change), ProofError::FalseClaim { .. }));
    };
    claim(&|bad| bad.claims.user_value.low += 1e-9);
    claim(&|bad| bad.claims.agent_values[1].high -= 1e-9);
    claim(&|bad| bad.claims.regrets[0] = Some(0.0));
    claim(&|bad| bad.claims.regrets[1] = None);
    claim(&|bad| bad.claims.violation = 0.5);
    claim(&|bad| bad.proof.communication.eta += 0.5);
    claim(&|bad| bad.proof.replies[0].multiplier += 0.5);
    claim(&|bad| bad.proof.offers[0].scheme = None);
    assert!(matches!(refused(&|bad| bad.claims.regrets.truncate(1)), ProofError::ClaimCount { .. }));
    assert!(matches!(refused(&|bad| bad.proof.replies.truncate(1)), ProofError::ClaimCount { .. }));
    assert!(matches!(
        refused(&|bad| bad.proof.offers.truncate(1)),
        ProofError::Offers { .. } | ProofError::OutOfRange { .. }
    ));
    assert!(matches!(refused(&|bad| bad.proof.offers[1].agents = vec![0]), ProofError::Offers { .. }));
    assert!(matches!(refused(&|bad| bad.proof.replies[0].bound.prices.truncate(1)), ProofError::Length { .. }));
    assert!(matches!(refused(&|bad| bad.proof.replies[0].multiplier = -1.0), ProofError::BadNumber { .. }));
    assert!(matches!(refused(&|bad| bad.proof.replies[1].bound.prices[0] = f64::NAN), ProofError::BadNumber { .. }));
    assert!(matches!(refused(&|bad| bad.proof.communication.eta = -1.0), ProofError::BadNumber { .. }));
    assert!(matches!(refused(&|bad| bad.proof.slack = f64::INFINITY), ProofError::BadNumber { .. }));
    let sent = |bad: &mut QuantalProfileCertificate| {
        bad.proof.offers[0].scheme = Some(SignalScheme { signals: vec![vec![(0, 1.0)]] });
    };
    assert!(matches!(refused(&sent), ProofError::NotOne { .. }));
}

/// Full information may go without saying.
#[test]
fn full_information() {
    let (game, mut proof) = random_profile(3);
    proof.offers[0].scheme = Some(SignalScheme::full_information(2));
    let said = proof.clone().certify(&game).unwrap();
    proof.offers[0].scheme = None;
    let (certificate, verdict) = proof.certify(&game).unwrap();
    assert_eq!((certificate.claims, verdict), (said.0.claims, said.1));
}

/// A monopolist has no rival to outbid.
#[test]
fn a_monopolist() {
    let game = random(2, 1, 4);
    let user = worths(&game, &game.agents[0].utility, 3.0);
    let (value, prices) = closure(&user, prior(&game)[0] * GRID as f64);
    let level = level(&game, 0, 0.0);
    let proof = ProfileProof {
        communication: Quantal { eta: 3.0 },
        prior: 0,
        slack: 1.0,
        offers: vec![offer(&[0], SignalScheme::no_information(2))],
        accepted: 0,
        replies: vec![reply(0.0, vec![prices[0] - level[0], prices[1] - level[1]])],
    };
    let (certificate, _) = proof.clone().certify(&game).unwrap();
    let silent = direct(&game, &SignalScheme::no_information(2), 3.0).1[0];
    assert!((certificate.claims.regrets[0].unwrap() - (value - silent).max(0.0)).abs() < 1e-4);
    let mut wrong = proof;
    wrong.replies[0].multiplier = 0.5;
    assert!(matches!(wrong.certify(&game).unwrap_err(), ProofError::BadNumber { .. }));
}
