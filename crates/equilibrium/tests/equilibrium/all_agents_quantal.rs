//! The all-agents game with a quantal user: known answers and brute force.

use crate::common::{generated, instance};
use suasion_certificate::{AllAgentsCertificate, AllAgentsProof, Certificate, Quantal};
use suasion_equilibrium::{AllAgentsGame, AllAgentsSearch, Found, FoundProfile};
use suasion_model::{Family, Information, Instance, Matrix, Objective, SignalScheme, quantal_response};
use suasion_persuasion::{Settings, quantal};

fn all_agents(game: &Instance, eta: f64) -> AllAgentsGame<'_> {
    AllAgentsGame::new(game, 0, &Settings::default()).unwrap().quantal(eta).unwrap()
}

fn searched(game: &Instance, eta: f64, starts: usize) -> Found {
    all_agents(game, eta).search(&AllAgentsSearch { starts, ..AllAgentsSearch::default() }, &|| {}).unwrap()
}

fn enclosed(found: &FoundProfile) -> &Certificate<AllAgentsProof<Quantal>> {
    match &found.certificate {
        AllAgentsCertificate::Quantal(certificate) => certificate,
        _ => panic!("a quantal user"),
    }
}

fn prior(game: &Instance) -> &[f64] {
    let Information::Priors(priors) = &game.information else { panic!("a prior") };
    priors.row(0)
}

/// A party's value if the user has a belief (unnormalized), and her response.
fn worth(game: &Instance, utility: &Matrix, belief: &[f64], eta: f64) -> f64 {
    let total: f64 = belief.iter().sum();
    if total == 0.0 {
        return 0.0;
    }
    let value = |utility: &Matrix, a: usize| belief.iter().enumerate().map(|(y, b)| b * utility[(a, y)]).sum::<f64>();
    let mut played: Vec<f64> = (0..game.actions.len()).map(|a| value(&game.user.utility, a) / total).collect();
    quantal_response(&mut played, eta);
    played.iter().enumerate().map(|(a, p)| p * value(utility, a)).sum()
}

fn scheme(rows: &[[f64; 2]]) -> SignalScheme {
    let signal = |row: &[f64; 2]| row.iter().copied().enumerate().filter(|(_, p)| *p > 0.0).collect();
    SignalScheme { signals: rows.iter().map(signal).collect() }
}

/// An indifferent user plays all actions with the same probability upon every signal.
#[test]
fn at_zero_nothing_matters() {
    let game = generated(Family::Uniform, 4, 4, 2, 3);
    let found = searched(&game, 0.0, 12);
    assert_eq!(found.profiles.len(), 1);
    let certificate = enclosed(&found.profiles[0]);
    let mean = |utility: &Matrix| {
        prior(&game)
            .iter()
            .enumerate()
            .map(|(y, p)| p * (0..4).map(|a| utility[(a, y)]).sum::<f64>() / 4.0)
            .sum::<f64>()
    };
    assert!((certificate.claims.user_value.middle() - mean(&game.user.utility)).abs() < 1e-12);
    for (value, agent) in certificate.claims.agent_values.iter().zip(&game.agents) {
        assert!((value.middle() - mean(&agent.utility)).abs() < 1e-12);
    }
    assert!(certificate.claims.regrets.iter().all(|regret| regret.unwrap() < 1e-9));
}

#[test]
fn a_lone_agent_does_what_it_does_alone() {
    for (seed, eta) in [(1, 2.0), (2, 10.0), (3, 40.0)] {
        let game = generated(Family::Uniform, 3, 3, 1, seed);
        let view = game.typed_view(0, 0).unwrap();
        let alone = quantal(&view, &Objective::agent(0), eta, &Settings::default()).unwrap();
        let found = searched(&game, eta, 6);
        let best = found.equilibria().next_back().unwrap();
        assert!(
            (enclosed(best).claims.agent_values[0].middle() - alone.scheme.values(&view, eta).agents[0]).abs() < 1e-6,
            "seed {seed}"
        );
    }
}

#[test]
fn two_who_tell_all_are_an_equilibrium() {
    for eta in [1.0, 10.0, 300.0] {
        for seed in 0..3 {
            let game = generated(Family::Uniform, 4, 4, 2, seed);
            let found = all_agents(&game, eta).certify(vec![SignalScheme::full_information(4); 2], 0.0).unwrap();
            assert!(found.is_equilibrium(), "eta {eta}, seed {seed}: {:?}", enclosed(&found).claims);
            let told: f64 = (0..4)
                .map(|y| {
                    let belief: Vec<f64> = (0..4).map(|k| if k == y { prior(&game)[y] } else { 0.0 }).collect();
                    worth(&game, &game.user.utility, &belief, eta)
                })
                .sum();
            assert!((enclosed(&found).claims.user_value.middle() - told).abs() < 1e-12);
            assert!((all_agents(&game, eta).full_information() - told).abs() < 1e-11);
        }
    }
}

/// With two states an agent's best deviation is a concave closure on a line. Here it is computed on
/// a fine grid, with the other agent's scheme written out.
#[test]
fn regrets_are_those_of_a_fine_grid() {
    const GRID: usize = 4000;
    for seed in 0..12 {
        let game = generated(Family::Uniform, 2, 3, 2, seed);
        let eta = [0.5, 3.0, 12.0][seed as usize % 3];
        let schemes = vec![scheme(&[[0.75, 0.25], [0.25, 0.75]]), scheme(&[[0.5, 0.125], [0.5, 0.0], [0.0, 0.875]])];
        let found = all_agents(&game, eta).certify(schemes.clone(), 10.0).unwrap();
        let claims = &enclosed(&found).claims;
        for agent in 0..2 {
            let other = schemes[1 - agent].dense(2);
            // Per unit of prior probability, the agent's value of leading to this belief, mixed
            // with the other agent's signals.
            let at = |q: f64| {
                let masses = [q, 1.0 - q];
                other
                    .chunks(2)
                    .map(|said| {
                        worth(&game, &game.agents[agent].utility, &[masses[0] * said[0], masses[1] * said[1]], eta)
                    })
                    .sum::<f64>()
            };
            let values: Vec<f64> = (0..=GRID).map(|k| at(k as f64 / GRID as f64)).collect();
            let here = prior(&game)[0] * GRID as f64;
            // The upper hull at the prior: the best line through a point on either side.
            let mut best = at(prior(&game)[0]);
            for left in 0..=here.floor() as usize {
                for right in here.ceil() as usize..=GRID {
                    if right > left {
                        let share = (here - left as f64) / (right - left) as f64;
                        best = best.max((1.0 - share) * values[left] + share * values[right]);
                    }
                }
            }
            let regret = best - claims.agent_values[agent].middle();
            let claimed = claims.regrets[agent].unwrap();
            assert!(claimed >= regret - 1e-9, "seed {seed}, agent {agent}: {claimed} below {regret}");
            assert!(claimed <= regret + 2e-6, "seed {seed}, agent {agent}: {claimed} above {regret}");
        }
    }
}

/// As her sensitivity grows she becomes rational: values differ by at most log(m) / eta.
#[test]
fn a_sensitive_user_is_nearly_rational() {
    for seed in 0..6 {
        let game = generated(Family::Uniform, 3, 4, 2, seed);
        let schemes = vec![
            SignalScheme { signals: vec![vec![(0, 1.0), (1, 0.5)], vec![(1, 0.5), (2, 1.0)]] },
            SignalScheme { signals: vec![vec![(0, 0.25), (2, 1.0)], vec![(0, 0.75), (1, 1.0)]] },
        ];
        let rational =
            AllAgentsGame::new(&game, 0, &Settings::default()).unwrap().certify(schemes.clone(), 10.0).unwrap();
        let eta = 1e4;
        let found = all_agents(&game, eta).certify(schemes, 10.0).unwrap();
        let gap = rational.certificate.user_value() - found.certificate.user_value();
        assert!((-1e-12..=4f64.ln() / eta).contains(&gap), "seed {seed}: {gap}");
    }
}

/// Theorem 2: in the hull she gets her full-information value.
#[test]
fn in_the_hull_all_is_told() {
    for seed in 0..4 {
        let game = generated(Family::Hull { eps: 0.0 }, 3, 3, 3, seed);
        let eta = 15.0;
        let full = all_agents(&game, eta).full_information();
        let found = searched(&game, eta, 12);
        assert!(found.equilibria().next().is_some());
        for profile in found.equilibria() {
            assert!(enclosed(profile).claims.user_value.middle() >= full - 1e-5, "seed {seed}: {full}");
        }
    }
}

/// Indifferent agents have no regret, up to the rounding of exponentials.
#[test]
fn agents_who_do_not_care_regret_nothing() {
    let judge = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
    let indifferent = |value: f64| Matrix::new(2, 2, vec![value; 4]);
    let game = instance(vec![0.5, 0.5], judge, vec![indifferent(3.0), indifferent(-1.0)]);
    for schemes in [vec![SignalScheme::no_information(2); 2], vec![SignalScheme::full_information(2); 2]] {
        assert!(all_agents(&game, 3.0).certify(schemes, 0.0).unwrap().is_equilibrium());
    }
}

/// With more than four observations there is no bound, and the certificate claims none.
#[test]
fn many_states_are_not_certified() {
    let game = generated(Family::Uniform, 5, 3, 2, 1);
    let found = all_agents(&game, 5.0).certify(vec![SignalScheme::full_information(5); 2], 0.0).unwrap();
    assert!(!found.is_equilibrium());
    assert_eq!(enclosed(&found).claims.regrets, [None, None]);
}

#[test]
fn tampered_certificates_are_refused() {
    let judge = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
    let prosecutor = Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]);
    let game = instance(vec![0.7, 0.3], judge, vec![prosecutor.clone(), prosecutor]);
    let schemes = vec![scheme(&[[0.5, 0.0], [0.5, 1.0]]), SignalScheme::no_information(2)];
    let found = all_agents(&game, 4.0).certify(schemes, 1.0).unwrap();
    let good = enclosed(&found).clone();
    assert!(good.check(&game).unwrap().certified());
    let text = serde_json::to_string(&found.certificate).unwrap();
    assert_eq!(serde_json::from_str::<AllAgentsCertificate>(&text).unwrap(), found.certificate);
    let changes: [&dyn Fn(&mut Certificate<AllAgentsProof<Quantal>>); 8] = [
        &|bad| bad.claims.user_value.high = bad.claims.user_value.high.next_up(),
        &|bad| bad.claims.regrets[0] = Some(0.0),
        &|bad| bad.claims.regrets[1] = None,
        &|bad| bad.claims.agent_values.truncate(1),
        &|bad| bad.proof.schemes[0].signals[0][0].1 = 0.25,
        &|bad| bad.proof.replies[0].prices.truncate(1),
        &|bad| bad.proof.communication.eta = -1.0,
        &|bad| bad.proof.schemes.truncate(1),
    ];
    for change in changes {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(bad.check(&game).is_err());
    }
}

#[test]
fn bad_sensitivities_are_refused() {
    let game = generated(Family::Uniform, 3, 3, 2, 1);
    for eta in [-1.0, f64::NAN, f64::INFINITY] {
        let error = AllAgentsGame::new(&game, 0, &Settings::default()).unwrap().quantal(eta).err().unwrap();
        assert!(error.to_string().starts_with("eta: found"), "{error}");
    }
}

/// Functions of the state alone change nothing, however large they are. Utilities have few bits, so
/// that all sums are exact.
#[test]
fn levels_change_nothing() {
    for seed in 0..6 {
        let mut game = generated(Family::Integer, 2, 3, 2, seed);
        let schemes = vec![scheme(&[[0.75, 0.25], [0.25, 0.75]]), scheme(&[[0.5, 0.125], [0.5, 0.0], [0.0, 0.875]])];
        let certified = |game: &Instance| {
            let found = all_agents(game, 1.5).certify(schemes.clone(), 0.0).unwrap();
            enclosed(&found).claims.clone()
        };
        let before = certified(&game);
        let raised = |utility: &Matrix, level: f64| {
            Matrix::from_fn(utility.rows(), utility.columns(), |a, y| {
                utility[(a, y)] + if y == 0 { level } else { 0.0 }
            })
        };
        game.user.utility = raised(&game.user.utility, -2e9);
        game.agents[1].utility = raised(&game.agents[1].utility, 1e9);
        let after = certified(&game);
        for (regret, expected) in after.regrets.iter().zip(&before.regrets) {
            let (regret, expected) = (regret.unwrap(), expected.unwrap());
            assert!((regret - expected).abs() < 1e-6, "seed {seed}: {regret} {expected}");
        }
        let expected = before.user_value.middle() - 2e9 * prior(&game)[0];
        assert!((after.user_value.middle() - expected).abs() < 1e-5, "seed {seed}");
    }
}
