//! Games of conversations: profiles and their proofs, dynamics, the search, the theorem.

use crate::common::generated;
use crate::common::plans::conversations;
use crate::common::typed::{Size, in_the_hull, typed};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{AllAgentsCertificate, Certificate, ConversationRulesProof, promised_value};
use suasion_equilibrium::{AllAgentsGame, AllAgentsSearch, FoundProfile, PlayedProfile, StartKind, Ties};
use suasion_model::{ConversationRule, Family, Instance, Protocol, SignalScheme};
use suasion_persuasion::{Settings, make_plausible};

const CLOSE: f64 = 2e-7;

/// A scheme in which every observation sends some of the signals.
fn random_scheme(observations: usize, signals: usize, rng: &mut ChaCha8Rng) -> SignalScheme {
    let mut sent = vec![vec![]; signals];
    for x in 0..observations {
        let mut row: Vec<f64> = (0..signals).map(|_| -rng.random::<f64>().ln()).collect();
        make_plausible(&mut row);
        for (signal, p) in sent.iter_mut().zip(row).filter(|(_, p)| *p > 0.0) {
            signal.push((x, p));
        }
    }
    SignalScheme { signals: sent }
}

fn certified(instance: &Instance, protocol: &Protocol, rules: Vec<ConversationRule>) -> FoundProfile {
    let game = conversations(instance, protocol);
    let (plan, _) = game.respond(&rules, Ties::First);
    let found = game.certify(PlayedProfile { rules, plan }, 0.0).unwrap();
    assert_eq!(found.certificate.check(instance).unwrap(), found.verdict);
    found
}

fn exact(found: &FoundProfile) -> &Certificate<ConversationRulesProof> {
    match &found.certificate {
        AllAgentsCertificate::Conversations(certificate) => certificate,
        other => panic!("not of conversations: {other:?}"),
    }
}

/// With one round and a user who sends no information, conversations are the all-agents game:
/// values and regrets are the same.
#[test]
fn one_round_is_the_all_agents_game() {
    let mut compared = 0;
    for seed in 0..6 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let size = Size { types: 1 + seed as usize % 2, signals: 2, actions: 3, agents: 2 };
        for instance in [generated(Family::Uniform, 3, 3, 2, seed), typed(size, false, seed)] {
            let n = instance.observations();
            let schemes: Vec<SignalScheme> = (0..2).map(|_| random_scheme(n, 2, &mut rng)).collect();
            let once = AllAgentsGame::new(&instance, 0, &Settings::default()).unwrap();
            let expected = once.certify(schemes.clone(), 0.0).unwrap();
            let AllAgentsCertificate::Rational(expected) = expected.certificate else { panic!("a rational user") };
            // As many answers as there may be relevant action profiles.
            let protocol = Protocol::new(1, 1, 8);
            let rule = |scheme| ConversationRule::of_scheme(&protocol, n, scheme).unwrap();
            let found = certified(&instance, &protocol, schemes.iter().map(rule).collect());
            assert!(found.exact);
            let (found, expected) = (&exact(&found).claims, &expected.claims);
            assert!((found.user_value - expected.user_value).abs() < 1e-12);
            for (l, r) in found.agent_values.iter().zip(&expected.agent_values) {
                assert!((l - r).abs() < 1e-9, "{}: {l} and {r}", instance.name);
            }
            for (l, r) in found.regrets.iter().zip(&expected.regrets) {
                assert!((l - r).abs() < CLOSE, "{}: {l} and {r}", instance.name);
                compared += usize::from(*l > 1e-3);
            }
        }
    }
    assert!(compared > 8, "only {compared} agents had anything to gain");
}

/// If everyone reveals full information, nobody can change anything, for any number of rounds.
#[test]
fn two_who_tell_all_are_an_equilibrium() {
    for seed in 0..4 {
        for protocol in [Protocol::new(1, 1, 4), Protocol::new(2, 2, 2), Protocol::new(2, 1, 2)] {
            let instance = generated(Family::Uniform, 4, 3, 2, seed);
            let game = conversations(&instance, &protocol);
            let found = certified(&instance, &protocol, game.revelation());
            assert!(found.is_equilibrium(), "{protocol:?} {seed}: {:?}", found.verdict);
            assert!((exact(&found).claims.user_value - game.full_information()).abs() < 1e-12);
            let switches = game.switches(&game.silence()).unwrap();
            assert!(switches.iter().all(|switch| switch.identical && switch.distance == 0.0));
        }
    }
}

/// Results are certified, and the user gets what the theorem guarantees (Collina et al., arXiv
/// 2509.15090, Theorem 1).
#[test]
fn what_the_search_finds_keeps_the_promise() {
    let mut equilibria = 0;
    for seed in 0..4 {
        let two = Size { types: 1, signals: 2, actions: 2, agents: 2 };
        for (instance, protocol) in [
            (generated(Family::Hull { eps: 0.05 }, 3, 3, 2, seed), Protocol::new(2, 2, 2)),
            (in_the_hull(typed(two, false, seed)), Protocol::new(2, 2, 2)),
            (in_the_hull(typed(Size { types: 2, ..two }, true, seed)), Protocol::new(1, 2, 2)),
        ] {
            let game = conversations(&instance, &protocol);
            let search = AllAgentsSearch { starts: 8, seed, rounds: 20, ..AllAgentsSearch::default() };
            let found = game.search(&search, &|| {}).unwrap();
            assert_eq!(found.starts, 8);
            let led: usize = found.profiles.iter().flat_map(|profile| profile.starts.values()).sum();
            assert_eq!(led + found.unsettled, 8);
            let alignment = to_the_mean(&instance);
            for profile in &found.profiles {
                assert_eq!(profile.certificate.check(&instance).unwrap(), profile.verdict);
                let claims = &exact(profile).claims;
                let switches = game.switches(&exact(profile).proof.rules).unwrap();
                let losses: Vec<f64> = (0..2)
                    .map(|agent| {
                        let (low, high) = instance.agents[agent].utility.range();
                        claims.regrets[agent] + switches[agent].distance * (high - low)
                    })
                    .collect();
                let promised = promised_value(game.full_information(), alignment.0, &alignment.1, &losses);
                assert!(claims.user_value >= promised - 1e-9, "{} {seed}: {}", instance.name, claims.user_value);
                equilibria += usize::from(profile.is_equilibrium());
            }
        }
    }
    assert!(equilibria >= 10, "only {equilibria} equilibria");
}

/// The distance of the user's utility from the plain mean of the agents' utilities, entry by entry,
/// and the weights of that mean.
fn to_the_mean(instance: &Instance) -> (f64, Vec<f64>) {
    let weight = 1.0 / instance.agents.len() as f64;
    let utility = &instance.user.utility;
    let mut error = 0.0f64;
    for a in 0..utility.rows() {
        for y in 0..utility.columns() {
            let mean: f64 = instance.agents.iter().map(|agent| weight * agent.utility[(a, y)]).sum();
            error = error.max((mean - utility[(a, y)]).abs());
        }
    }
    (error, vec![weight; instance.agents.len()])
}

/// The result is the same on one thread and on several, and the dynamics end where the search says.
#[test]
fn the_search_does_not_depend_on_threads() {
    let instance = generated(Family::Uniform, 3, 3, 2, 5);
    let protocol = Protocol::new(2, 2, 2);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let game = conversations(&instance, &protocol);
        let search = AllAgentsSearch { starts: 6, rounds: 10, ..AllAgentsSearch::default() };
        pool.install(|| game.search(&search, &|| {})).unwrap()
    };
    let (one, many) = (run(1), run(3));
    assert_eq!(one.profiles.len(), many.profiles.len());
    for (l, r) in one.profiles.iter().zip(&many.profiles) {
        assert_eq!((&l.certificate, &l.starts), (&r.certificate, &r.starts));
    }
    assert_eq!((one.unsettled, one.nearest), (many.unsettled, many.nearest));
    let game = conversations(&instance, &protocol);
    let search = AllAgentsSearch { rounds: 10, ..AllAgentsSearch::default() };
    let play = game.play(StartKind::Full, &search).unwrap();
    let worth = game.worth(&play.profile.rules, &play.profile.plan).unwrap();
    assert_eq!(worth, play.worth);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Certificates are symmetric in the agents, and claims are within their ranges.
    #[test]
    fn agents_may_change_places(seed in 0..1000u64) {
        let instance = generated(Family::Uniform, 3, 2, 2, seed);
        let protocol = Protocol::new(2, 2, 2);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut rule = || {
            let mut rule = ConversationRule::silence(&protocol, 3);
            for row in rule.rounds.iter_mut().flat_map(|round| round.chunks_mut(2)) {
                row.fill_with(|| rng.random::<f64>());
                make_plausible(row);
            }
            rule
        };
        let rules = vec![rule(), rule()];
        let found = certified(&instance, &protocol, rules.clone());
        let mut swapped = instance.clone();
        swapped.agents.swap(0, 1);
        let other = certified(&swapped, &protocol, vec![rules[1].clone(), rules[0].clone()]);
        let (l, r) = (&exact(&found).claims, &exact(&other).claims);
        prop_assert!((l.user_value - r.user_value).abs() < 1e-12);
        for i in 0..2 {
            prop_assert!((l.agent_values[i] - r.agent_values[1 - i]).abs() < 1e-9);
            prop_assert!((l.regrets[i] - r.regrets[1 - i]).abs() < CLOSE);
            prop_assert!(l.regrets[i] >= 0.0);
        }
        prop_assert!(l.violation < 1e-9);
        let game = conversations(&instance, &protocol);
        prop_assert!(l.user_value >= game.no_information() - 1e-9 && l.user_value <= game.full_information() + 1e-9);
    }
}
