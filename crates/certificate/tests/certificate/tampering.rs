//! What was changed is refused, with the reason; what is hostile is refused without a panic.

use crate::common::{DirectCertificate, case, prosecutor, prosecutor_proof};
use proptest::prelude::*;
use suasion_certificate::{Floor, Multiplier, Proof, ProofError};
use suasion_model::{Information, Matrix, SchemeEntry};

fn good() -> DirectCertificate {
    prosecutor_proof().certify(&prosecutor()).unwrap().0
}

/// The refusal of a certificate that was changed.
fn refused(change: impl FnOnce(&mut DirectCertificate)) -> String {
    let mut certificate = good();
    change(&mut certificate);
    certificate.check(&prosecutor()).unwrap_err().to_string()
}

#[test]
fn claims() {
    assert_eq!(
        refused(|c| c.claims.objective_value = 0.5),
        "the objective's value is claimed to be 0.5, but it is 0.484375"
    );
    assert_eq!(refused(|c| c.claims.user_value = 1.0), "the user's value is claimed to be 1.0, but it is 0.765625");
    assert_eq!(
        refused(|c| c.claims.agent_values[0] = 1.0),
        "the value of agent 0 is claimed to be 1.0, but it is 0.484375"
    );
    assert_eq!(
        refused(|c| c.claims.upper_bound = 0.484_375),
        "the upper bound is claimed to be 0.484375, but it is 0.5"
    );
    assert_eq!(refused(|c| c.claims.violation = 1e-300), "the violation is claimed to be 1e-300, but it is 0.0");
    assert_eq!(refused(|c| c.claims.agent_values.push(0.0)), "the values of the agents holds 2 claims, not 1");
}

#[test]
fn proofs() {
    assert!(refused(|c| c.proof.scheme.entries[1].probability = 0.25).contains("but it is"));
    assert!(refused(|c| c.proof.bound[0].value = 0.5).contains("the upper bound is claimed to be 0.5, but it is"));
    assert_eq!(
        refused(|c| c.proof.scheme.entries[0].probability = 0.7),
        format!("the probabilities of observation 0 exceed one by {}", 0.7 + 0.3125 - 1.0)
    );
    assert_eq!(
        refused(|c| c.proof.scheme.entries[2].probability = 1.0_f64.next_up()),
        "scheme entry 2 is 1.0000000000000002, not above 0 and at most 1"
    );
    assert_eq!(
        refused(|c| c.proof.scheme.entries[2].probability = f64::NAN),
        "scheme entry 2 is NaN, not above 0 and at most 1"
    );
    assert_eq!(refused(|c| c.proof.scheme.entries[2].action = 7), "scheme entry 2 names action 7, but there are 2");
    assert_eq!(refused(|c| c.proof.scheme.entries.swap(0, 1)), "scheme entry 1 does not come after the one before it");
    assert_eq!(
        refused(|c| c.proof.scheme.entries.push(SchemeEntry { state: 1, action: 1, probability: 0.1 })),
        "scheme entry 3 does not come after the one before it"
    );
    assert_eq!(refused(|c| c.proof.bound[0].value = -1.0), "multiplier 0 is -1, not a finite number of at least 0");
    assert_eq!(
        refused(|c| c.proof.bound[0].value = f64::INFINITY),
        "multiplier 0 is inf, not a finite number of at least 0"
    );
    assert_eq!(refused(|c| c.proof.bound[0].alternative = 1), "multiplier 0 compares 1 with itself");
    assert_eq!(refused(|c| c.proof.bound[0].alternative = 2), "multiplier 0 names action 2, but there are 2");
    let again = Multiplier { recommended: 1, alternative: 0, value: 1.0 };
    assert_eq!(refused(|c| c.proof.bound.push(again)), "multiplier 1 does not come after the one before it");
    assert!(refused(|c| c.proof.prior = 1).contains("names prior 1, but there are 1"));
    assert!(refused(|c| c.proof.agent = 3).contains("names agent 3, but there are 1"));
    assert!(
        refused(|c| c.proof.floor = Some(Floor { value: f64::NAN, multiplier: 0.0 })).starts_with("the floor is NaN")
    );
    assert!(
        refused(|c| c.proof.floor = Some(Floor { value: 0.5, multiplier: -1.0 }))
            .starts_with("the multiplier of the floor is -1")
    );
    assert!(refused(|c| c.proof.objective.agents[0].1 = f64::INFINITY).contains("is inf, not finite"));
}

#[test]
fn instances() {
    let check = |change: &dyn Fn(&mut suasion_model::Instance)| {
        let mut game = prosecutor();
        change(&mut game);
        good().check(&game).unwrap_err()
    };
    let other = check(&|game| game.user.utility = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 2.0]));
    assert!(matches!(other, ProofError::FalseClaim { .. }), "{other}");
    let other = check(&|game| game.information = Information::Priors(Matrix::new(1, 2, vec![0.5, 0.5])));
    assert!(matches!(other, ProofError::FalseClaim { .. }), "{other}");
    let other = check(&|game| game.user.utility = Matrix::new(1, 2, vec![1.0, 0.0]));
    assert!(matches!(other, ProofError::Shape { .. }), "{other}");
    let other = check(&|game| game.user.utility = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, f64::NAN]));
    assert!(matches!(other, ProofError::BadNumber { .. }), "{other}");
    let typed = check(&|game| {
        game.information =
            Information::Worlds { types: vec!["a".into(), "b".into()], signals: vec!["x".into()], worlds: vec![] };
    });
    assert_eq!(typed.to_string(), "the user has 2 types, and this certificate is for a user of one type");
}

/// A floor that is not reached is reported.
#[test]
fn shortfall() {
    let mut proof = prosecutor_proof();
    proof.floor = Some(Floor { value: 0.8, multiplier: 1.0 });
    let (_, verdict) = proof.certify(&prosecutor()).unwrap();
    assert!(!verdict.certified());
    assert_eq!(verdict.shortfall, 0.8 - 0.765_625);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Moving any claim by one unit in the last place is noticed.
    #[test]
    fn an_ulp_is_noticed(seed in any::<u64>(), which in 0_usize..4, up in any::<bool>()) {
        let case = case(seed);
        let (mut certificate, _) = case.proof.certify(&case.game).unwrap();
        let claims = &mut certificate.claims;
        let claim = [&mut claims.objective_value, &mut claims.user_value, &mut claims.upper_bound, &mut claims.violation].into_iter().nth(which).unwrap();
        *claim = if up { claim.next_up() } else { claim.next_down() };
        let refusal = certificate.check(&case.game).unwrap_err();
        let is_false_claim = matches!(refusal, ProofError::FalseClaim { .. });
        prop_assert!(is_false_claim);
    }

    /// Anything may stand where a number is: no panic, and nothing that is accepted changes what
    /// was claimed.
    #[test]
    fn hostile_numbers(seed in any::<u64>(), which in any::<prop::sample::Index>(), bits in any::<u64>(), index in any::<usize>()) {
        let case = case(seed);
        let (good, _) = case.proof.certify(&case.game).unwrap();
        let mut bad = good.clone();
        let number = f64::from_bits(bits);
        let (entries, multipliers) = (bad.proof.scheme.entries.len(), bad.proof.bound.len());
        match which.index(2 * (entries + multipliers) + 3) {
            0 => bad.proof.floor = Some(Floor { value: number, multiplier: 1.0 }),
            1 => bad.proof.objective.user = number,
            2 => bad.proof.agent = index,
            i if i < 3 + entries => bad.proof.scheme.entries[i - 3].probability = number,
            i if i < 3 + 2 * entries => bad.proof.scheme.entries[i - 3 - entries].state = index,
            i if i < 3 + 2 * entries + multipliers => bad.proof.bound[i - 3 - 2 * entries].value = number,
            i => bad.proof.bound[i - 3 - 2 * entries - multipliers].alternative = index,
        }
        if let Ok(verdict) = bad.check(&case.game) {
            // Accepted only if all claims are still exactly what follows.
            let (again, same) = bad.proof.clone().certify(&case.game).unwrap();
            prop_assert_eq!(again.claims, bad.claims);
            prop_assert_eq!(same, verdict);
        }
    }
}
