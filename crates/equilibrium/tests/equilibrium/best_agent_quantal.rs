//! The best-agent game with a quantal user: known answers, the limit of a rational user, and
//! properties of all results.

use crate::common::typed::{Size, in_the_hull, typed};
use crate::common::{generated, instance, solved};
use suasion_certificate::{Certificate, ProfileProof, Quantal, promised_value};
use suasion_equilibrium::{AllAgentsGame, BestAgentGame, EquilibriumError};
use suasion_model::{Family, Instance, Matrix, Objective};
use suasion_persuasion::{Settings, quantal};

/// The worst and the best profile that is found, certified with the proved regrets as the slack.
fn found(game: &Instance, eta: f64, slack: f64) -> [Certificate<ProfileProof<Quantal>>; 2] {
    let talk = BestAgentGame::quantal(game, 0, eta, &Settings::default()).unwrap();
    let found = talk.found(slack).unwrap();
    assert!(found.settled <= found.runs);
    [found.worst, found.best].map(|equilibrium| {
        let (certificate, verdict) = equilibrium.proof.certify_raised(game).unwrap();
        assert!(verdict.certified(), "{}: {verdict:?}", game.name);
        let (value, rounding) = (certificate.claims.user_value.middle(), 1e-15 * equilibrium.user_value.abs());
        assert!((value - equilibrium.user_value).abs() < 1e-7 + rounding);
        certificate
    })
}

fn regrets(certificate: &Certificate<ProfileProof<Quantal>>) -> Vec<f64> {
    certificate.claims.regrets.iter().map(|regret| regret.unwrap()).collect()
}

fn user(certificate: &Certificate<ProfileProof<Quantal>>) -> f64 {
    certificate.claims.user_value.middle()
}

fn full(game: &Instance, eta: f64) -> f64 {
    AllAgentsGame::new(game, 0, &Settings::default()).unwrap().quantal(eta).unwrap().full_information()
}

fn gap() -> Instance {
    let matrix = |rows: [f64; 6]| Matrix::new(2, 3, rows.to_vec());
    let user = matrix([1.0, 2.0, 2.0, 2.0, 0.0, 1.0]);
    let agents = vec![matrix([2.0, 2.0, 0.0, 1.0, 0.0, 2.0]), matrix([0.0, 1.0, 1.0, 1.0, 2.0, 2.0])];
    instance(vec![0.4, 0.4, 0.2], user, agents)
}

#[test]
fn a_lone_agent_persuades() {
    for (seed, eta) in [(1, 2.0), (2, 10.0), (3, 40.0)] {
        let game = generated(Family::Uniform, 3, 3, 1, seed);
        let view = game.typed_view(0, 0).unwrap();
        let alone = quantal(&view, &Objective::agent(0), eta, &Settings::default()).unwrap();
        for certificate in found(&game, eta, 0.0) {
            assert!(
                (certificate.claims.agent_values[0].middle() - alone.scheme.values(&view, eta).agents[0]).abs() < 1e-6,
                "seed {seed}"
            );
            assert!(regrets(&certificate)[0] < 1e-6);
        }
    }
}

/// An indifferent user plays all actions with the same probability upon every signal.
#[test]
fn indifferent_users_get_the_mean() {
    let game = generated(Family::Uniform, 3, 4, 2, 3);
    let view = game.typed_view(0, 0).unwrap();
    let mean = |folded: &Matrix| folded.as_slice().iter().sum::<f64>() / 4.0;
    for certificate in found(&game, 0.0, 0.0) {
        assert!((user(&certificate) - mean(&view.user()[0])).abs() < 1e-12);
        for (value, folded) in certificate.claims.agent_values.iter().zip(view.agents()) {
            assert!((value.middle() - mean(&folded[0])).abs() < 1e-12);
        }
        assert!(regrets(&certificate).iter().all(|&regret| regret < 1e-9));
    }
}

/// Outside of the hull; a rational user gets 1.8 to 2.
#[test]
fn sensitive_users_are_nearly_rational() {
    let game = gap();
    let rational = solved(&game, 0.0);
    assert!((rational.worst.claims.user_value - 1.8).abs() < 1e-9 && (rational.full - 2.0).abs() < 1e-12);
    for eta in [100.0, 1000.0] {
        let [worst, best] = found(&game, eta, 0.0);
        let near = |certificate: &Certificate<ProfileProof<Quantal>>| {
            2.0_f64.ln() / eta + regrets(certificate).into_iter().fold(0.0, f64::max) + 2e-4
        };
        assert!((user(&worst) - 1.8).abs() <= near(&worst), "eta {eta}: {}", user(&worst));
        assert!((user(&best) - 2.0).abs() <= near(&best), "eta {eta}: {}", user(&best));
    }
}

/// Nobody outbids the best offer for her, and nobody can give her more. If she is in the hull, the
/// theorem holds for every result.
#[test]
fn what_is_found_is_what_it_has_to_be() {
    let mut informed = 0;
    for seed in 0..12 {
        let eta = [1.0, 5.0, 20.0][seed as usize % 3];
        let agents = 2 + seed as usize % 2;
        let uniform = generated(Family::Uniform, 3, 3, agents, seed);
        let game = if seed % 4 < 2 { uniform } else { in_the_hull(uniform) };
        let talk = BestAgentGame::quantal(&game, 0, eta, &Settings::default()).unwrap();
        let most = talk.most();
        let told = full(&game, eta);
        assert!(most >= told - 1e-11);
        let [worst, best] = found(&game, eta, 0.0);
        assert!((user(&best) - most).abs() < 1e-7, "seed {seed}: {} {most}", user(&best));
        assert!(user(&worst) <= user(&best));
        informed += usize::from(user(&worst) < told - 1e-3);
        for certificate in [&worst, &best] {
            let regrets = regrets(certificate);
            assert!(regrets.iter().all(|&regret| regret < 3e-3), "seed {seed}, eta {eta}: {regrets:?}");
            if seed % 4 >= 2 {
                let promised = promised_value(told, 0.0, &vec![1.0 / agents as f64; agents], &regrets);
                assert!(user(certificate) >= promised - 1e-9, "seed {seed}: {} {promised}", user(certificate));
            }
        }
    }
    assert!(informed > 0, "in no game is there an equilibrium that gives her less than full information");
}

/// A proved regret is close to what the agent could get according to its frontier.
#[test]
fn regrets_are_near_the_true_ones() {
    for seed in 0..6 {
        let eta = [2.0, 10.0][seed as usize % 2];
        let game = generated(Family::Uniform, 2, 3, 2, seed);
        let talk = BestAgentGame::quantal(&game, 0, eta, &Settings::default()).unwrap();
        let payoffs = talk.payoffs().unwrap();
        for stream in 0..3 {
            let dynamics = suasion_equilibrium::Dynamics {
                start: suasion_equilibrium::Start::Random,
                ..suasion_equilibrium::Dynamics::default()
            };
            let run = payoffs.run(&dynamics, stream);
            let (certificate, _) = payoffs.proof(&run).certify_raised(&game).unwrap();
            for (proved, said) in regrets(&certificate).into_iter().zip(&run.regrets) {
                // The frontier is known to within 1e-5 of the ranges, from below.
                assert!(proved >= said - 1e-6 && proved <= said + 1e-4, "seed {seed}: {proved} {said}");
            }
        }
    }
}

#[test]
fn users_of_several_types() {
    for seed in 0..4 {
        let size = Size { types: 2, signals: 3, actions: 3, agents: 2 };
        let game = in_the_hull(typed(size, true, seed));
        let [worst, best] = found(&game, 6.0, 0.0);
        assert!(user(&worst) <= user(&best) + 1e-9);
        let view = game.typed_view(0, 0).unwrap();
        assert_eq!(best.proof.responses(&game).unwrap()[0].len(), view.types());
    }
}

/// Agents with different signals cannot make the same offer; the end of dynamics is still proved.
#[test]
fn agents_with_different_signals() {
    let size = Size { types: 2, signals: 2, actions: 3, agents: 2 };
    let game = typed(size, false, 1);
    for certificate in found(&game, 4.0, 0.0) {
        assert!(certificate.proof.offers.iter().all(|offer| offer.agents.len() == 1));
    }
}

/// With a larger slack, the worst result does not give her more.
#[test]
fn slack_widens() {
    let game = gap();
    let [exact, _] = found(&game, 10.0, 0.0);
    let [wide, _] = found(&game, 10.0, 0.1);
    assert!(user(&wide) < user(&exact) - 1e-3, "{} {}", user(&wide), user(&exact));
    assert!(regrets(&wide).iter().all(|&regret| regret <= 0.1 + 1e-3));
}

#[test]
fn what_the_quantal_game_refuses() {
    let game = gap();
    for eta in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = BestAgentGame::quantal(&game, 0, eta, &Settings::default()).err().unwrap();
        assert!(matches!(refused, EquilibriumError::Number { what: "eta", .. }), "{refused}");
    }
    let talk = BestAgentGame::quantal(&game, 0, 1.0, &Settings::default()).unwrap();
    assert!(matches!(talk.found(-1.0), Err(EquilibriumError::Number { what: "the slack", .. })));
    assert!(BestAgentGame::quantal(&game, 1, 1.0, &Settings::default()).is_err());
}

/// Functions of the state alone change nothing, however large they are. Utilities have few bits, so
/// that all sums are exact.
#[test]
fn levels_change_nothing() {
    for seed in 0..4 {
        let mut game = generated(Family::Integer, 2 + seed as usize % 2, 3, 2, seed);
        let before = found(&game, 2.0, 0.0);
        let raised = |utility: &Matrix, level: f64| {
            Matrix::from_fn(utility.rows(), utility.columns(), |a, y| {
                utility[(a, y)] + if y == 0 { level } else { 0.0 }
            })
        };
        game.user.utility = raised(&game.user.utility, -2e9);
        game.agents[1].utility = raised(&game.agents[1].utility, 1e9);
        let after = found(&game, 2.0, 0.0);
        let first = prior_of(&game)[0];
        for (before, after) in before.iter().zip(&after) {
            // Values have lost digits to the level.
            let (value, expected) = (user(after), user(before) - 2e9 * first);
            assert!((value - expected).abs() < 1e-5, "seed {seed}: {value} {expected}");
            for (regret, expected) in regrets(after).into_iter().zip(regrets(before)) {
                assert!((regret - expected).abs() < 1e-5, "seed {seed}: {regret} {expected}");
            }
        }
    }
}

fn prior_of(game: &Instance) -> &[f64] {
    let suasion_model::Information::Priors(priors) = &game.information else { panic!("a prior") };
    priors.row(0)
}
