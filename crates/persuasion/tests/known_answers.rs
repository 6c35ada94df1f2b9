//! Published and closed-form answers, and the direct program as an independent formulation.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::Certificate;
use suasion_model::{Information, Instance, Labels, Matrix, Objective, Party};
use suasion_persuasion::{PersuadeError, persuade, solve_direct};

fn instance(prior: Vec<f64>, user: Matrix, agent: Matrix) -> Instance {
    Instance {
        name: "test".into(),
        source: None,
        states: Labels::Count(prior.len()),
        actions: Labels::Count(user.rows()),
        information: Information::Priors(Matrix::new(1, prior.len(), prior)),
        user: Party { name: "user".into(), utility: user },
        agents: vec![Party { name: "agent".into(), utility: agent }],
    }
}

fn solved(game: &Instance, floor: Option<f64>) -> (Certificate, bool) {
    let view = game.view(0, 0).unwrap();
    let optimum = persuade(&view, &view.agents[0], floor).unwrap();
    let (certificate, verdict) = optimum.proof(0, 0, Objective::agent(0)).certify(game).unwrap();
    (certificate, verdict.certified())
}

/// Kamenica & Gentzkow (2011), introduction: the judge convicts with probability 0.6 though 0.3 are guilty.
#[test]
fn prosecutor_and_judge() {
    let judge = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
    let prosecutor = Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]);
    let (certificate, certified) = solved(&instance(vec![0.7, 0.3], judge, prosecutor), None);
    assert!(certified);
    assert!((certificate.claims.objective_value - 0.6).abs() < 1e-9);
    assert!((certificate.claims.user_value - 0.7).abs() < 1e-9);
    assert_eq!(certificate.claims.violation, 0.0);
}

/// An agent who wants what the user wants reveals all; one who wants the opposite (two states, zero sum) gives her nothing.
#[test]
fn aligned_and_opposed() {
    let user = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
    let (certificate, certified) = solved(&instance(vec![0.6, 0.4], user.clone(), user.clone()), None);
    assert!(certified && (certificate.claims.user_value - 1.0).abs() < 1e-9);
    let against = Matrix::from_fn(2, 2, |a, y| -user[(a, y)]);
    let (certificate, certified) = solved(&instance(vec![0.6, 0.4], user, against), None);
    assert!(certified && (certificate.claims.user_value - 0.6).abs() < 1e-9);
}

#[test]
fn a_floor_above_full_information_is_infeasible() {
    let user = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
    let game = instance(vec![0.6, 0.4], user.clone(), user);
    let view = game.view(0, 0).unwrap();
    let refused = persuade(&view, &view.agents[0], Some(1.5)).unwrap_err();
    assert!(matches!(refused, PersuadeError::Infeasible { most, .. } if (most - 1.0).abs() < 1e-12));
}

/// Row and column generation agrees with the direct program to 1e-9, generic and degenerate utilities alike, with and without a
/// floor, and the certificate holds both.
#[test]
fn generation_agrees_with_the_direct_program() {
    for seed in 0..500_u64 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (n, m) = (rng.random_range(1..=7), rng.random_range(1..=7));
        let integers = seed % 2 == 1;
        let mut entry = || if integers { f64::from(rng.random_range(0..=3_u8)) } else { rng.random::<f64>() };
        let user = Matrix::from_fn(m, n, |_, _| entry());
        let agent = Matrix::from_fn(m, n, |_, _| entry());
        let mut prior: Vec<f64> = (0..n).map(|_| -rng.random::<f64>().ln()).collect();
        let total: f64 = prior.iter().sum();
        for p in &mut prior {
            *p /= total;
        }
        let game = instance(prior, user, agent);
        let view = game.view(0, 0).unwrap();
        let floor = (seed % 3 == 0).then(|| 0.5 * (view.no_information().1 + view.full_information()));
        let reference = solve_direct(&view, &view.agents[0], floor).unwrap().unwrap();
        let (certificate, certified) = solved(&game, floor);
        let claims = &certificate.claims;
        assert!(certified, "seed {seed}: {claims:?}");
        assert!(
            (claims.objective_value - reference.objective_value).abs() < 1e-8,
            "seed {seed}: {claims:?} {reference:?}"
        );
        assert!(claims.upper_bound >= reference.objective_value - 1e-8, "seed {seed}: {claims:?} {reference:?}");
        assert!(claims.user_value >= reference.user_value - 1e-7, "seed {seed}: {claims:?} {reference:?}");
    }
}
