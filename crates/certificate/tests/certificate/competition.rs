//! Certificates of the best-agent game: what was changed is refused, with the reason, or comes to something else; what is hostile is refused
//! without a panic.

use crate::common::{party, prosecutor};
use proptest::prelude::*;
use serde_json::{Value, json};
use suasion_certificate::{
    ExclusionCertificate, ExclusionProof, Failure, Line, Mixture, Multiplier, Offer, Piece, ProfileCertificate,
    ProfileProof, ProofError, Reply, Verdict,
};
use suasion_model::{AgentSignals, Information, Instance, Matrix, Objective, Scheme, SchemeEntry, World};

/// The prosecutor of Kamenica & Gentzkow (2011), and a rival.
fn against(rival: Vec<f64>) -> Instance {
    let mut game = prosecutor();
    game.agents.push(party("rival", Matrix::new(2, 2, rival)));
    game
}

/// A rival who gains twice as much by the same.
fn ambitious() -> Instance {
    against(vec![0.0, 0.0, 2.0, 2.0])
}

/// A rival who is paid for acquittals.
fn defended() -> Instance {
    against(vec![1.0, 1.0, 0.0, 0.0])
}

fn entry(state: usize, action: usize, probability: f64) -> SchemeEntry {
    SchemeEntry { state, action, probability }
}

/// Convicts almost half of all: worth 0.765625 to the judge.
fn convicting() -> Scheme {
    Scheme::new(vec![entry(0, 0, 0.6875), entry(0, 1, 0.3125), entry(1, 1, 1.0)])
}

/// Acquits all: worth 0.75.
fn silent() -> Scheme {
    Scheme::new(vec![entry(0, 0, 1.0), entry(1, 0, 1.0)])
}

/// The prosecutor convicts, and its rival says nothing. Who needs only exceed 0.75 may convict half of all: the prosecutor regrets 1/64. The
/// rival would have to exceed 0.765625, which the slope of 2 makes it not want; a bound that is less than tight grants it 1/64, too.
fn profile_proof() -> ProfileProof {
    let obey = |value| vec![Multiplier { recommended: 1, alternative: 0, value }];
    ProfileProof {
        prior: 0,
        slack: 0.015_625,
        offers: vec![Offer { agents: vec![0], scheme: convicting() }, Offer { agents: vec![1], scheme: silent() }],
        standing: 0,
        replies: vec![
            Reply { multiplier: 0.0, multipliers: obey(1.0) },
            Reply { multiplier: 1.0, multipliers: obey(1.0) },
        ],
    }
}

fn profile() -> ProfileCertificate {
    let (certificate, verdict) = profile_proof().certify(&ambitious()).unwrap();
    assert!(verdict.certified(), "{verdict:?}");
    certificate
}

fn profile_check(change: impl FnOnce(&mut ProfileCertificate)) -> Result<Verdict, ProofError> {
    let mut certificate = profile();
    change(&mut certificate);
    certificate.check(&ambitious())
}

fn profile_refused(change: impl FnOnce(&mut ProfileCertificate)) -> String {
    profile_check(change).unwrap_err().to_string()
}

/// Both gain by moving anything below 1: what one wins the other loses, so their frontiers' sum `3 - 2v` exceeds 1.
fn exclusion_proof() -> ExclusionProof {
    let mix = |left, right, share| Mixture { left, right, share };
    ExclusionProof {
        prior: 0,
        slack: 0.031_25,
        schemes: vec![convicting(), silent(), Scheme::default()],
        lines: vec![Line { objective: Objective { user: 0.0, agents: vec![(0, 1.0), (1, 1.0)] }, multipliers: vec![] }],
        pieces: vec![
            Piece {
                from: 0.75,
                to: 0.875,
                line: 0,
                deviations: vec![[mix(0, 0, 1.0), mix(0, 2, 0.5)], [mix(1, 1, 1.0), mix(1, 2, 0.5)]],
            },
            Piece {
                from: 0.875,
                to: 0.9375,
                line: 0,
                deviations: vec![[mix(0, 2, 0.5), mix(0, 2, 0.75)], [mix(1, 2, 0.5), mix(1, 2, 0.75)]],
            },
        ],
    }
}

fn exclusion() -> ExclusionCertificate {
    let (certificate, verdict) = exclusion_proof().certify(&defended()).unwrap();
    assert!(verdict.certified(), "{verdict:?}");
    certificate
}

fn exclusion_check(change: impl FnOnce(&mut ExclusionCertificate)) -> Result<Verdict, ProofError> {
    let mut certificate = exclusion();
    change(&mut certificate);
    certificate.check(&defended())
}

fn exclusion_refused(change: impl FnOnce(&mut ExclusionCertificate)) -> String {
    exclusion_check(change).unwrap_err().to_string()
}

#[test]
fn by_hand() {
    let claims = profile().claims;
    assert_eq!(claims.user_value, 0.765_625);
    assert_eq!(claims.agent_values, [0.484_375, 0.968_75]);
    assert_eq!(claims.regrets, [0.015_625, 0.015_625]);
    assert_eq!(claims.violation, 0.0);
    assert!(profile().check(&ambitious()).unwrap().certified());
    let claims = exclusion().claims;
    assert_eq!((claims.lower_bound, claims.violation), (0.9375, 0.0));
    assert!(exclusion().check(&defended()).unwrap().certified());
}

#[test]
fn they_survive_json() {
    let text = serde_json::to_string(&profile()).unwrap();
    let back: ProfileCertificate = serde_json::from_str(&text).unwrap();
    assert_eq!(back, profile());
    let text = serde_json::to_string(&exclusion()).unwrap();
    let back: ExclusionCertificate = serde_json::from_str(&text).unwrap();
    assert_eq!(back, exclusion());
    // A field that nobody knows is no comment.
    let mut more: Value = serde_json::to_value(exclusion()).unwrap();
    more["proof"]["note"] = json!("trust me");
    assert!(serde_json::from_value::<ExclusionCertificate>(more).is_err());
    let mut more: Value = serde_json::to_value(profile()).unwrap();
    more["claims"]["note"] = json!(1);
    assert!(serde_json::from_value::<ProfileCertificate>(more).is_err());
}

#[test]
fn claims_of_profiles() {
    assert_eq!(
        profile_refused(|c| c.claims.user_value = 0.75),
        "the user's value is claimed to be 0.75, but it is 0.765625"
    );
    assert_eq!(
        profile_refused(|c| c.claims.agent_values[1] = 1.0),
        "the value of agent 1 is claimed to be 1.0, but it is 0.96875"
    );
    assert_eq!(
        profile_refused(|c| c.claims.regrets[0] = 0.0),
        "the regret of agent 0 is claimed to be 0.0, but it is 0.015625"
    );
    assert_eq!(profile_refused(|c| c.claims.violation = 1e-9), "the violation is claimed to be 1e-9, but it is 0.0");
    assert!(profile_refused(|c| c.claims.user_value = f64::NAN).starts_with("the user's value is claimed to be NaN"));
    assert_eq!(profile_refused(|c| c.claims.regrets[1] = f64::NAN), "the regret of agent 1 is NaN, not finite");
    assert_eq!(
        profile_refused(|c| c.claims.agent_values.truncate(1)),
        "the values of the agents holds 1 claims, not 2"
    );
    assert_eq!(profile_refused(|c| c.claims.regrets.push(0.0)), "the regrets holds 3 claims, not 2");
}

#[test]
fn proofs_of_profiles() {
    let number = "not a finite number of at least 0";
    assert!(profile_refused(|c| c.proof.prior = 1).contains("names prior 1, but there are 1"));
    assert_eq!(profile_refused(|c| c.proof.slack = f64::NAN), format!("the slack is NaN, {number}"));
    assert_eq!(profile_refused(|c| c.proof.slack = -1.0), format!("the slack is -1, {number}"));
    assert_eq!(profile_refused(|c| c.proof.standing = 2), "the profile names offer 2, but there are 2");
    assert_eq!(profile_refused(|c| c.proof.standing = 1), "offer 1 is said to stand, but the user prefers offer 0");
    assert_eq!(profile_refused(|c| c.proof.offers.clear()), "the profile names offer 0, but there are 0");
    assert_eq!(profile_refused(|c| c.proof.offers.truncate(1)), "agent 1 has no offer");
    assert_eq!(profile_refused(|c| c.proof.offers[0].agents.push(1)), "agent 1 has two offers");
    assert_eq!(profile_refused(|c| c.proof.offers[1].agents = vec![1, 1]), "agent 1 has two offers");
    assert_eq!(profile_refused(|c| c.proof.offers[1].agents.clear()), "there are no agents behind an offer");
    assert_eq!(
        profile_refused(|c| c.proof.offers[1].agents[0] = usize::MAX),
        format!("offer 1 names agent {}, but there are 2", usize::MAX)
    );
    assert_eq!(
        profile_refused(|c| c.proof.offers[0].scheme.entries[1].probability = 0.25),
        "the user's value is claimed to be 0.765625, but it is 0.8125"
    );
    assert!(
        profile_refused(|c| c.proof.offers[1].scheme.entries[0].probability = 1.5).starts_with("scheme entry 0 is 1.5")
    );
    assert!(profile_refused(|c| c.proof.offers[0].scheme.entries.swap(0, 1)).contains("does not come after"));
    assert_eq!(profile_refused(|c| c.proof.replies.truncate(1)), "the list of replies holds 1 claims, not 2");
    assert_eq!(profile_refused(|c| c.proof.replies.clear()), "the list of replies holds 0 claims, not 2");
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            profile_refused(|c| c.proof.replies[1].multiplier = bad),
            format!("the multiplier of the floor of reply 1 is {bad}, {number}")
        );
        assert!(profile_refused(|c| c.proof.replies[0].multipliers[0].value = bad).contains("multiplier 0 is"));
    }
    assert_eq!(
        profile_refused(|c| c.proof.replies[0].multipliers[0].alternative = 1),
        "multiplier 0 compares 1 with itself"
    );
    assert!(profile_refused(|c| c.proof.replies[0].multipliers[0].recommended = 9).contains("names action 9"));
    // Multipliers prove whatever they prove: others, another regret.
    assert_eq!(
        profile_refused(|c| c.proof.replies[1].multiplier = 2.0),
        "the regret of agent 1 is claimed to be 0.015625, but it is 0.25"
    );
    assert_eq!(
        profile_refused(|c| c.proof.replies[0].multipliers.clear()),
        "the regret of agent 0 is claimed to be 0.015625, but it is 0.515625"
    );
}

/// Slack is what the reader allows: with less of it nothing is certified, with more nothing changes.
#[test]
fn slack_of_profiles() {
    assert!(profile_check(|c| c.proof.slack = 7.0).unwrap().certified());
    let verdict = profile_check(|c| c.proof.slack = 0.0).unwrap();
    assert_eq!(verdict.gap, 0.015_625);
    let regrets: Vec<usize> = verdict
        .failures
        .iter()
        .map(|failure| match failure {
            Failure::Regret { agent, regret, .. } if *regret == 0.015_625 => *agent,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(regrets, [0, 1]);
}

/// Losing on purpose is a deviation: the prosecutor whose offer stands would rather leave the judge to a rival who convicts more.
#[test]
fn losing_on_purpose() {
    let revealing = ProfileProof {
        prior: 0,
        slack: 0.0,
        offers: vec![
            Offer { agents: vec![0], scheme: Scheme::default() },
            Offer { agents: vec![1], scheme: convicting() },
        ],
        standing: 0,
        replies: vec![Reply { multiplier: 1.0, multipliers: vec![] }, Reply { multiplier: 2.0, multipliers: vec![] }],
    };
    let (certificate, verdict) = revealing.clone().certify(&ambitious()).unwrap();
    assert_eq!(certificate.claims.user_value, 1.0);
    // 1.25 - 0.765625 - 0.25 by either; the rival cannot outbid full information.
    assert_eq!(certificate.claims.regrets, [0.234_375, 0.0]);
    assert!(!verdict.certified());
    // Who stands with others does not lose by leaving: the others stand on.
    let mut together = revealing;
    together.offers = vec![Offer { agents: vec![0, 1], scheme: Scheme::default() }];
    let (certificate, verdict) = together.certify(&ambitious()).unwrap();
    assert_eq!(certificate.claims.regrets, [0.0, 0.0]);
    assert!(verdict.certified());
}

/// A lone agent outbids nobody, and a multiplier of the user's value would prove too little.
#[test]
fn lone_agents() {
    let proof = |multiplier| ProfileProof {
        prior: 0,
        slack: 0.015_625,
        offers: vec![Offer { agents: vec![0], scheme: convicting() }],
        standing: 0,
        replies: vec![Reply {
            multiplier,
            multipliers: vec![Multiplier { recommended: 1, alternative: 0, value: 1.0 }],
        }],
    };
    let (certificate, verdict) = proof(0.0).certify(&prosecutor()).unwrap();
    assert!(verdict.certified() && certificate.claims.regrets == [0.015_625]);
    assert_eq!(
        proof(1.0).certify(&prosecutor()).unwrap_err().to_string(),
        "the multiplier of the floor of reply 0 is 1, not 0, as a lone agent has no rival"
    );
}

/// Offers that the user would not follow are told, whoever makes them.
#[test]
fn disobedience() {
    for offer in 0..2 {
        let mut proof = profile_proof();
        // All are convicted, or half of the innocent.
        let innocent = if offer == 0 { 0.5 } else { 1.0 };
        let mut entries = vec![entry(0, 0, 1.0 - innocent), entry(0, 1, innocent), entry(1, 1, 1.0)];
        entries.retain(|entry| entry.probability > 0.0);
        proof.offers[offer].scheme = Scheme::new(entries);
        // Neither beats silence any more.
        proof.standing = 1 - offer;
        let (_, verdict) = proof.certify(&ambitious()).unwrap();
        assert!(verdict.failures.iter().any(|failure| matches!(failure, Failure::Violation { .. })), "{verdict:?}");
    }
    let mut proof = exclusion_proof();
    proof.schemes.push(Scheme::new(vec![entry(0, 1, 1.0), entry(1, 1, 1.0)]));
    let (certificate, verdict) = proof.certify(&defended()).unwrap();
    assert_eq!(certificate.claims.violation, 0.5);
    assert!(!verdict.certified());
}

#[test]
fn claims_of_exclusions() {
    assert_eq!(
        exclusion_refused(|c| c.claims.lower_bound = 0.9375_f64.next_up()),
        "the lower bound is claimed to be 0.9375000000000001, but it is 0.9375"
    );
    assert!(exclusion_refused(|c| c.claims.lower_bound = f64::NAN).starts_with("the lower bound is claimed to be NaN"));
    assert!(exclusion_refused(|c| c.claims.violation = 1.0).starts_with("the violation is claimed to be 1.0"));
    // What a proof leaves out it may not claim.
    assert_eq!(
        exclusion_refused(|c| c.proof.pieces.truncate(1)),
        "the lower bound is claimed to be 0.9375, but it is 0.875"
    );
    assert_eq!(
        exclusion_refused(|c| c.proof.pieces.clear()),
        "the lower bound is claimed to be 0.9375, but it is 0.75"
    );
}

#[test]
fn schemes_and_lines_of_exclusions() {
    let number = "not a finite number of at least 0";
    assert!(exclusion_refused(|c| c.proof.prior = 3).contains("names prior 3, but there are 1"));
    assert_eq!(exclusion_refused(|c| c.proof.slack = f64::INFINITY), format!("the slack is inf, {number}"));
    assert_eq!(exclusion_refused(|c| c.proof.slack = -0.5), format!("the slack is -0.5, {number}"));
    assert!(
        exclusion_refused(|c| c.proof.slack = 0.25).starts_with("piece 0 does not exclude an equilibrium at 0.75:")
    );
    assert_eq!(
        exclusion_refused(|c| c.proof.schemes.truncate(2)),
        "a mixture of piece 0 names scheme 2, but there are 2"
    );
    assert!(
        exclusion_refused(|c| c.proof.schemes[0].entries[0].probability = 0.7)
            .starts_with("the probabilities of observation 0 exceed one")
    );
    assert!(exclusion_refused(|c| c.proof.schemes[1].entries[1].probability = f64::NAN).contains("is NaN"));
    assert!(exclusion_refused(|c| c.proof.schemes[1].entries[1].action = 5).contains("names action 5"));
    // The silent scheme in place of the convicting one gives the prosecutor nothing.
    assert_eq!(
        exclusion_refused(|c| c.proof.schemes[0] = silent()),
        "piece 0 does not exclude an equilibrium at 0.75: the agents' deviations lack 6.25e-2"
    );
    for bad in [-1.0, f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(
            exclusion_refused(|c| c.proof.lines[0].objective.agents[1].1 = bad),
            format!("a weight of line 0 is {bad}, {number}")
        );
    }
    assert!(exclusion_refused(|c| c.proof.lines[0].objective.user = f64::NAN).contains("is NaN, not finite"));
    assert!(exclusion_refused(|c| c.proof.lines[0].objective.agents[0].0 = 2).contains("names agent 2"));
    // With a weight of the user's value there is less room at the upper end: 0.30859375 + 0.8125 - 0.0625 + 0.9375 - 2.
    assert_eq!(
        exclusion_refused(|c| c.proof.lines[0].objective.user = 1.0),
        "piece 1 does not exclude an equilibrium at 0.9375: the agents' deviations lack 3.90625e-3"
    );
    // One agent alone is above nothing.
    assert!(
        exclusion_refused(|c| c.proof.lines[0].objective.agents[0].1 = 0.0).starts_with("piece 0 does not exclude")
    );
    let again = Multiplier { recommended: 1, alternative: 0, value: 0.5 };
    assert!(exclusion_refused(|c| c.proof.lines[0].multipliers = vec![again, again]).contains("does not come after"));
    assert!(
        exclusion_refused(|c| c.proof.lines[0].multipliers.push(Multiplier { value: -0.5, ..again }))
            .contains("is -0.5")
    );
    // A multiplier where there is nothing to gain loosens the bound, to 1.125 and above the margin.
    assert!(exclusion_refused(|c| c.proof.lines[0].multipliers.push(again)).starts_with("piece 1 does not exclude"));
    assert!(exclusion_refused(|c| c.proof.lines.clear()).contains("names line 0, but there are 0"));
}

#[test]
fn pieces_of_exclusions() {
    let gap = |k: usize| {
        format!("piece {k} leaves a gap: it has to begin at or below the end of the one before, and to end above it")
    };
    assert_eq!(exclusion_refused(|c| c.proof.pieces[0].from = 0.75_f64.next_up()), gap(0));
    assert_eq!(exclusion_refused(|c| c.proof.pieces[1].from = 0.875_f64.next_up()), gap(1));
    assert_eq!(exclusion_refused(|c| c.proof.pieces[0].to = 0.875_f64.next_down()), gap(1));
    assert_eq!(exclusion_refused(|c| c.proof.pieces[1].to = 0.875), gap(1));
    assert_eq!(exclusion_refused(|c| c.proof.pieces.swap(0, 1)), gap(0));
    assert_eq!(exclusion_refused(|c| drop(c.proof.pieces.remove(0))), gap(0));
    assert!(exclusion_refused(|c| c.proof.pieces[1].to = f64::NAN).starts_with("the upper end of piece 1 is NaN"));
    assert!(
        exclusion_refused(|c| c.proof.pieces[0].from = f64::NEG_INFINITY)
            .starts_with("the lower end of piece 0 is -inf")
    );
    assert_eq!(exclusion_refused(|c| c.proof.pieces[1].line = 1), "piece 1 names line 1, but there are 1");
    assert_eq!(
        exclusion_refused(|c| c.proof.pieces[1].deviations.truncate(1)),
        "the deviations of a piece holds 1 claims, not 2"
    );
    assert_eq!(
        exclusion_refused(|c| c.proof.pieces[1].deviations[0][1].right = 3),
        "a mixture of piece 1 names scheme 3, but there are 3"
    );
    assert_eq!(
        exclusion_refused(|c| c.proof.pieces[1].deviations[0][0].left = usize::MAX),
        format!("a mixture of piece 1 names scheme {}, but there are 3", usize::MAX)
    );
    for bad in [-0.5, 1.0_f64.next_up(), f64::NAN] {
        assert_eq!(
            exclusion_refused(|c| c.proof.pieces[0].deviations[1][0].share = bad),
            format!("the share of a mixture of piece 0 is {bad}, not between 0 and 1")
        );
    }
    assert_eq!(
        exclusion_refused(|c| c.proof.pieces[0].deviations[1][1].share = 0.5_f64.next_down()),
        "the mixture for agent 1 at 0.875, in piece 0, leaves the user too little"
    );
    assert_eq!(
        exclusion_refused(|c| c.proof.pieces[1].to = 0.95),
        "the mixture for agent 0 at 0.95, in piece 1, leaves the user too little"
    );
    // With revelation as the deviation there is nothing to gain: the two sum to 1.
    let revealing = Mixture { left: 2, right: 2, share: 0.0 };
    assert!(
        exclusion_refused(|c| c.proof.pieces[1].deviations = vec![[revealing; 2]; 2])
            .starts_with("piece 1 does not exclude an equilibrium at 0.875")
    );
    // Exchanged, each agent's deviation is the other's.
    assert!(exclusion_check(|c| c.proof.pieces[0].deviations.swap(0, 1)).is_err());
}

/// Full information, which nobody outbids, is never excluded; nor is anything from agents who see different things.
#[test]
fn what_cannot_be_excluded() {
    let mut proof = exclusion_proof();
    proof.slack = 0.0;
    let revealing = |scheme: usize| Mixture { left: scheme, right: 2, share: 1.0 };
    proof.pieces[1].to = 1.0;
    proof.pieces[1].deviations.iter_mut().zip([0, 1]).for_each(|(pair, scheme)| pair[1] = revealing(scheme));
    let refusal = proof.certify(&defended()).unwrap_err();
    assert!(matches!(refusal, ProofError::NotExcluded { piece: 1, at: 1.0, .. }), "{refusal}");

    // A rival who does not care leaves the sum of the frontiers where the prosecutor's is, and all above 0.75 is an equilibrium.
    let refusal = exclusion_proof().certify(&against(vec![0.0; 4])).unwrap_err();
    assert!(matches!(refusal, ProofError::NotExcluded { piece: 0, .. }), "{refusal}");

    let mut apart = defended();
    let world = |state: usize, probability: f64| World {
        probability,
        state,
        user: 0,
        agents: AgentSignals::PerAgent(vec![state, 1 - state]),
    };
    apart.information = Information::Worlds {
        types: vec!["any".into()],
        signals: vec!["a".into(), "b".into()],
        worlds: vec![world(0, 0.75), world(1, 0.25)],
    };
    assert_eq!(exclusion_proof().certify(&apart).unwrap_err(), ProofError::DifferentSignals);
    let mut together = profile_proof();
    together.offers = vec![Offer { agents: vec![0, 1], scheme: Scheme::default() }];
    assert_eq!(together.certify(&apart).unwrap_err(), ProofError::DifferentSignals);
}

/// A certificate is of its game.
#[test]
fn other_instances() {
    assert!(profile().check(&defended()).is_err());
    assert!(exclusion().check(&ambitious()).is_err());
    assert!(matches!(profile().check(&prosecutor()).unwrap_err(), ProofError::OutOfRange { .. }));
    assert!(matches!(exclusion().check(&prosecutor()).unwrap_err(), ProofError::OutOfRange { .. }));
    let mut game = ambitious();
    game.information = Information::Priors(Matrix::new(1, 2, vec![0.5, 0.5]));
    assert!(profile().check(&game).is_err());
}

/// All places in a document where something else may stand.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| places(item, &format!("{here}/{i}"), found));
        }
        Value::Object(map) => map.iter().for_each(|(key, item)| places(item, &format!("{here}/{key}"), found)),
        _ => {}
    }
}

/// A document with something hostile in one or two places.
fn spoilt(mut document: Value, picks: &[(prop::sample::Index, usize, u64)]) -> Value {
    for (pick, kind, bits) in picks {
        let mut found = Vec::new();
        places(&document, "", &mut found);
        let place = document.pointer_mut(&found[pick.index(found.len())]).unwrap();
        let old = place.take();
        *place = match (kind, old) {
            (0, Value::Array(mut items)) => {
                items.pop();
                Value::Array(items)
            }
            (1, Value::Array(mut items)) => {
                items.extend(items.last().cloned());
                Value::Array(items)
            }
            (2, Value::Array(mut items)) => {
                items.reverse();
                Value::Array(items)
            }
            (3, Value::Array(_)) => json!([]),
            (0, _) => json!(bits),
            (1, _) => json!(f64::from_bits(*bits)),
            (2, _) => json!(-1),
            (3, _) => json!(1e308),
            (4, _) => json!(5e-324),
            (5, _) => json!(bits % 3),
            (_, Value::Number(number)) => json!(number.as_f64().map(f64::next_up)),
            _ => json!([[0, 0, 0.5]]),
        };
    }
    document
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Whatever stands in a document: no panic, and what is accepted still comes to what it claims.
    #[test]
    fn hostile_documents(picks in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..7, any::<u64>()), 1..3)) {
        let document = spoilt(serde_json::to_value(profile()).unwrap(), &picks);
        if let Ok(certificate) = serde_json::from_value::<ProfileCertificate>(document)
            && let Ok(verdict) = certificate.check(&ambitious())
        {
            let (again, same) = certificate.proof.clone().certify(&ambitious()).unwrap();
            prop_assert_eq!(again.claims, certificate.claims);
            prop_assert_eq!(same, verdict);
        }
        let document = spoilt(serde_json::to_value(exclusion()).unwrap(), &picks);
        if let Ok(certificate) = serde_json::from_value::<ExclusionCertificate>(document)
            && let Ok(verdict) = certificate.check(&defended())
        {
            // Nothing above full information, and nothing that is an equilibrium, is ever excluded.
            prop_assert!(certificate.claims.lower_bound < 1.0);
            let (again, same) = certificate.proof.clone().certify(&defended()).unwrap();
            prop_assert_eq!(again.claims, certificate.claims);
            prop_assert_eq!(same, verdict);
        }
    }

    /// No proof whatever excludes what is an equilibrium: with a rival who does not care, all from 0.75 up.
    #[test]
    fn equilibria_are_not_excluded(picks in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..7, any::<u64>()), 1..4)) {
        let document = spoilt(serde_json::to_value(exclusion().proof).unwrap(), &picks);
        if let Ok(proof) = serde_json::from_value::<ExclusionProof>(document)
            && let Ok((certificate, verdict)) = proof.certify(&against(vec![0.5; 4]))
            && verdict.certified()
        {
            prop_assert!(certificate.claims.lower_bound <= 0.75);
        }
    }

    /// Moving a claim by one unit in the last place is noticed.
    #[test]
    fn an_ulp_is_noticed(which in 0_usize..8, up in any::<bool>()) {
        let move_it = |claim: &mut f64| *claim = if up { claim.next_up() } else { claim.next_down() };
        let refusal = if which < 6 {
            profile_check(|c| {
                let ProfileCertificate { claims, .. } = c;
                let [a, b] = &mut claims.agent_values[..] else { unreachable!() };
                let [r, s] = &mut claims.regrets[..] else { unreachable!() };
                let all = [&mut claims.user_value, a, b, r, s, &mut claims.violation];
                move_it(all[which]);
            })
        } else {
            exclusion_check(|c| move_it(if which == 6 { &mut c.claims.lower_bound } else { &mut c.claims.violation }))
        };
        let is_false_claim = matches!(refusal, Err(ProofError::FalseClaim { .. }));
        prop_assert!(is_false_claim);
    }
}
