//! Certificates of the best-agent game, however agents communicate: what was changed is refused,
//! with the reason, or comes to something else; what is hostile is refused without a panic.

use crate::common::{Kind, accepted, each_kind, message, party, picks, prosecutor, spoiled, survives};
use proptest::prelude::*;
use serde_json::json;
use suasion_certificate::{
    Certificate, Direct, ExclusionProof, Experiment, Line, Mechanism, Mixture, Multiplier, Offer, Piece, ProfileProof,
    Proof, ProofError, Reply, ToleranceViolation, Verdict,
};
use suasion_model::{AgentSignals, Information, Instance, Matrix, Objective, Scheme, World};

type Profile<C> = Certificate<ProfileProof<C>>;
type Exclusion<C> = Certificate<ExclusionProof<C>>;

each_kind! { direct = Direct, experiment = Experiment, mechanism = Mechanism: [
    by_hand,
    they_survive_json,
    claims_of_profiles,
    proofs_of_profiles,
    preferred_offers,
    slack_of_profiles,
    losing_on_purpose,
    monopolists,
    disobedience,
    claims_of_exclusions,
    schemes_and_lines_of_exclusions,
    pieces_of_exclusions,
    what_cannot_be_excluded,
    other_instances,
    an_ulp_is_noticed,
] }

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

/// A part of the innocent is convicted, with all the guilty.
fn convicting_some<C: Kind>(innocent: f64) -> C::Scheme {
    C::scheme(&[message(&[0], &[(0, 1.0 - innocent)]), message(&[1], &[(0, innocent), (1, 1.0)])])
}

/// Convicts almost half of all: worth 0.765625 to the judge.
fn convicting<C: Kind>() -> C::Scheme {
    convicting_some::<C>(0.3125)
}

/// Acquits all: worth 0.75.
fn acquitting<C: Kind>() -> C::Scheme {
    C::scheme(&[message(&[0], &[(0, 1.0), (1, 1.0)])])
}

fn by<C: Kind>(agents: &[usize], scheme: Option<C::Scheme>) -> Offer<C> {
    Offer { agents: agents.to_vec(), scheme }
}

/// With the multiplier of conviction against acquittal.
fn obeying<C: Kind>(multiplier: f64, value: f64) -> Reply<C> {
    Reply { multiplier, bound: C::bound(&[(0, 1, 0, value)]) }
}

/// The prosecutor convicts, and its rival says nothing. Who needs only exceed 0.75 may convict half
/// of all: the prosecutor regrets 1/64. The rival would have to exceed 0.765625, which the slope of
/// 2 makes it not want; a bound that is less than tight grants it 1/64, too.
fn profile_proof<C: Kind>() -> ProfileProof<C> {
    ProfileProof {
        communication: C::default(),
        prior: 0,
        slack: 0.015_625,
        offers: vec![by(&[0], Some(convicting::<C>())), by(&[1], Some(acquitting::<C>()))],
        accepted: 0,
        replies: vec![obeying(0.0, 1.0), obeying(1.0, 1.0)],
    }
}

fn profile<C: Kind>() -> Profile<C> {
    let (certificate, verdict) = profile_proof().certify(&ambitious()).unwrap();
    assert!(verdict.certified(), "{verdict:?}");
    certificate
}

fn profile_check<C: Kind>(change: impl FnOnce(&mut Profile<C>)) -> Result<Verdict, ProofError> {
    let mut certificate = profile();
    change(&mut certificate);
    certificate.check(&ambitious())
}

fn profile_refused<C: Kind>(change: impl FnOnce(&mut Profile<C>)) -> String {
    profile_check(change).unwrap_err().to_string()
}

/// Both gain by moving anything below 1: what one wins the other loses, so their frontiers' sum,
/// `3 - 2v`, exceeds 1.
fn exclusion_proof<C: Kind>() -> ExclusionProof<C> {
    let mix = |left, right, share| Mixture { left, right, share };
    let objective = Objective { user: 0.0, agents: vec![(0, 1.0), (1, 1.0)] };
    ExclusionProof {
        communication: C::default(),
        prior: 0,
        slack: 0.031_25,
        schemes: vec![Some(convicting::<C>()), Some(acquitting::<C>()), None],
        lines: vec![Line { objective, bound: C::bound(&[]) }],
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

fn exclusion<C: Kind>() -> Exclusion<C> {
    let (certificate, verdict) = exclusion_proof().certify(&defended()).unwrap();
    assert!(verdict.certified(), "{verdict:?}");
    certificate
}

fn exclusion_check<C: Kind>(change: impl FnOnce(&mut Exclusion<C>)) -> Result<Verdict, ProofError> {
    let mut certificate = exclusion();
    change(&mut certificate);
    certificate.check(&defended())
}

fn exclusion_refused<C: Kind>(change: impl FnOnce(&mut Exclusion<C>)) -> String {
    exclusion_check(change).unwrap_err().to_string()
}

fn by_hand<C: Kind>() {
    let claims = profile::<C>().claims;
    assert_eq!(claims.user_value, 0.765_625);
    assert_eq!(claims.agent_values, [0.484_375, 0.968_75]);
    assert_eq!(claims.regrets, [0.015_625, 0.015_625]);
    assert_eq!(claims.violation, 0.0);
    assert!(profile::<C>().check(&ambitious()).unwrap().certified());
    let claims = exclusion::<C>().claims;
    assert_eq!((claims.lower_bound, claims.violation), (0.9375, 0.0));
    assert!(exclusion::<C>().check(&defended()).unwrap().certified());
}

fn they_survive_json<C: Kind>() {
    survives(profile_proof::<C>(), &ambitious());
    survives(exclusion_proof::<C>(), &defended());
    // Full information goes without saying.
    let mut revealing = serde_json::to_value(profile::<C>()).unwrap();
    assert_eq!(revealing["proof"]["communication"], C::NAME);
    let offer = revealing["proof"]["offers"][0].as_object_mut().unwrap();
    offer.remove("scheme").unwrap();
    let revealing: Profile<C> = serde_json::from_value(revealing).unwrap();
    assert_eq!(revealing.proof.offers[0].scheme, None);
    let text = serde_json::to_value(&revealing).unwrap();
    assert_eq!(text["proof"]["offers"][0], json!({ "agents": [0] }));
}

fn claims_of_profiles<C: Kind>() {
    assert_eq!(
        profile_refused::<C>(|c| c.claims.user_value = 0.75),
        "the user's value is claimed to be 0.75, but it is 0.765625"
    );
    assert_eq!(
        profile_refused::<C>(|c| c.claims.agent_values[1] = 1.0),
        "the value of agent 1 is claimed to be 1.0, but it is 0.96875"
    );
    assert_eq!(
        profile_refused::<C>(|c| c.claims.regrets[0] = 0.0),
        "the regret of agent 0 is claimed to be 0.0, but it is 0.015625"
    );
    assert_eq!(
        profile_refused::<C>(|c| c.claims.violation = 1e-9),
        "the violation is claimed to be 1e-9, but it is 0.0"
    );
    assert!(
        profile_refused::<C>(|c| c.claims.user_value = f64::NAN).starts_with("the user's value is claimed to be NaN")
    );
    assert_eq!(
        profile_refused::<C>(|c| c.claims.regrets[1] = f64::NAN),
        "the regret of agent 1 is claimed to be NaN, but it is 0.015625"
    );
    assert_eq!(
        profile_refused::<C>(|c| c.claims.agent_values.truncate(1)),
        "the values of the agents holds 1 claims, not 2"
    );
    assert_eq!(profile_refused::<C>(|c| c.claims.regrets.push(0.0)), "the regrets holds 3 claims, not 2");
}

fn proofs_of_profiles<C: Kind>() {
    let number = "not a finite number of at least 0";
    assert!(profile_refused::<C>(|c| c.proof.prior = 1).contains("names prior 1, but there are 1"));
    assert_eq!(profile_refused::<C>(|c| c.proof.slack = f64::NAN), format!("the slack is NaN, {number}"));
    assert_eq!(profile_refused::<C>(|c| c.proof.slack = -1.0), format!("the slack is -1, {number}"));
    assert_eq!(profile_refused::<C>(|c| c.proof.accepted = 2), "the profile names offer 2, but there are 2");
    assert_eq!(
        profile_refused::<C>(|c| c.proof.accepted = 1),
        "the user's value is claimed to be 0.765625, but it is 0.75"
    );
    assert_eq!(profile_refused::<C>(|c| c.proof.offers.clear()), "the profile names offer 0, but there are 0");
    assert_eq!(profile_refused::<C>(|c| c.proof.offers.truncate(1)), "agent 1 has no offer");
    assert_eq!(profile_refused::<C>(|c| c.proof.offers[0].agents.push(1)), "agent 1 has two offers");
    assert_eq!(profile_refused::<C>(|c| c.proof.offers[1].agents = vec![1, 1]), "agent 1 has two offers");
    assert_eq!(profile_refused::<C>(|c| c.proof.offers[1].agents.clear()), "there are no agents behind an offer");
    assert_eq!(
        profile_refused::<C>(|c| c.proof.offers[1].agents[0] = usize::MAX),
        format!("offer 1 names agent {}, but there are 2", usize::MAX)
    );
    assert_eq!(profile_refused::<C>(|c| c.proof.replies.truncate(1)), "the list of replies holds 1 claims, not 2");
    assert_eq!(profile_refused::<C>(|c| c.proof.replies.clear()), "the list of replies holds 0 claims, not 2");
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            profile_refused::<C>(|c| c.proof.replies[1].multiplier = bad),
            format!("the multiplier of the floor of reply 1 is {bad}, {number}")
        );
        assert!(
            profile_refused::<C>(|c| c.proof.replies[0].bound = C::bound(&[(0, 1, 0, bad)]))
                .contains(&format!("is {bad}, {number}"))
        );
    }
    assert!(
        profile_refused::<C>(|c| c.proof.replies[0].bound = C::bound(&[(0, 1, 1, 1.0)]))
            .contains("compares 1 with itself")
    );
    assert!(
        profile_refused::<C>(|c| c.proof.replies[0].bound = C::bound(&[(0, 9, 0, 1.0)])).contains("names action 9")
    );
    // Multipliers prove whatever they prove: others, another regret.
    assert_eq!(
        profile_refused::<C>(|c| c.proof.replies[1].multiplier = 2.0),
        "the regret of agent 1 is claimed to be 0.015625, but it is 0.25"
    );
    assert_eq!(
        profile_refused::<C>(|c| c.proof.replies[0].bound = C::bound(&[])),
        "the regret of agent 0 is claimed to be 0.015625, but it is 0.515625"
    );
}

/// An offer that the user prefers to the accepted one is what she could gain.
fn preferred_offers<C: Kind>() {
    let mut proof = profile_proof::<C>();
    (proof.accepted, proof.slack) = (1, 7.0);
    let (certificate, verdict) = proof.certify(&ambitious()).unwrap();
    assert_eq!((certificate.claims.violation, verdict.violation), (0.015_625, 0.015_625));
    assert!(
        matches!(verdict.failures[..], [ToleranceViolation::Violation { violation: 0.015_625, .. }]),
        "{verdict:?}"
    );
    // The gains from disobeying add up, too: the scheme convicts everyone, and she would acquit
    // half of them.
    let mut proof = profile_proof::<C>();
    (proof.slack, proof.offers[0].scheme) = (7.0, Some(C::scheme(&[message(&[1], &[(0, 1.0), (1, 1.0)])])));
    let (certificate, _) = proof.certify(&ambitious()).unwrap();
    assert_eq!(certificate.claims.violation, 0.5 + 0.5);
}

/// Slack is what the reader allows: with less of it nothing is certified, with more nothing
/// changes.
fn slack_of_profiles<C: Kind>() {
    assert!(profile_check::<C>(|c| c.proof.slack = 7.0).unwrap().certified());
    let verdict = profile_check::<C>(|c| c.proof.slack = 0.0).unwrap();
    assert_eq!(verdict.gap, 0.015_625);
    let regrets: Vec<usize> = verdict
        .failures
        .iter()
        .map(|failure| match failure {
            ToleranceViolation::Regret { agent, regret, .. } if *regret == 0.015_625 => *agent,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(regrets, [0, 1]);
}

/// Losing on purpose is a deviation: the prosecutor whose offer stands would rather leave the judge
/// to a rival who convicts more.
fn losing_on_purpose<C: Kind>() {
    let revealing = ProfileProof {
        slack: 0.0,
        offers: vec![by(&[0], None), by(&[1], Some(convicting::<C>()))],
        replies: [1.0, 2.0].map(|multiplier| Reply { multiplier, bound: C::bound(&[]) }).to_vec(),
        ..profile_proof::<C>()
    };
    let (certificate, verdict) = revealing.clone().certify(&ambitious()).unwrap();
    assert_eq!(certificate.claims.user_value, 1.0);
    // 1.25 - 0.765625 - 0.25 by either; the rival cannot outbid full information.
    assert_eq!(certificate.claims.regrets, [0.234_375, 0.0]);
    assert!(!verdict.certified());
    // Who stands with others does not lose by leaving: the others stand on.
    let mut together = revealing;
    together.offers = vec![by(&[0, 1], None)];
    let (certificate, verdict) = together.certify(&ambitious()).unwrap();
    assert_eq!(certificate.claims.regrets, [0.0, 0.0]);
    assert!(verdict.certified());
}

/// A monopolist outbids nobody, and a multiplier of the user's value would prove too little.
fn monopolists<C: Kind>() {
    let proof = |multiplier| ProfileProof {
        offers: vec![by(&[0], Some(convicting::<C>()))],
        replies: vec![obeying(multiplier, 1.0)],
        ..profile_proof::<C>()
    };
    let (certificate, verdict) = proof(0.0).certify(&prosecutor()).unwrap();
    assert!(verdict.certified() && certificate.claims.regrets == [0.015_625]);
    assert_eq!(
        proof(1.0).certify(&prosecutor()).unwrap_err().to_string(),
        "the multiplier of the floor of reply 0 is 1, not 0, as a monopolist has no rival"
    );
}

/// Offers that the user would not follow are reported, from every agent.
fn disobedience<C: Kind>() {
    for offer in 0..2 {
        let mut proof = profile_proof::<C>();
        // Half of the innocent are convicted, or all.
        let all = C::scheme(&[message(&[1], &[(0, 1.0), (1, 1.0)])]);
        proof.offers[offer].scheme = Some(if offer == 0 { convicting_some::<C>(0.5) } else { all });
        // Neither beats no information anymore.
        proof.accepted = 1 - offer;
        let (_, verdict) = proof.certify(&ambitious()).unwrap();
        assert!(
            verdict.failures.iter().any(|failure| matches!(failure, ToleranceViolation::Violation { .. })),
            "{verdict:?}"
        );
    }
    let mut proof = exclusion_proof::<C>();
    proof.schemes.push(Some(C::scheme(&[message(&[1], &[(0, 1.0), (1, 1.0)])])));
    let (certificate, verdict) = proof.certify(&defended()).unwrap();
    assert_eq!(certificate.claims.violation, 0.5);
    assert!(!verdict.certified());
}

fn claims_of_exclusions<C: Kind>() {
    assert_eq!(
        exclusion_refused::<C>(|c| c.claims.lower_bound = 0.9375_f64.next_up()),
        "the lower bound is claimed to be 0.9375000000000001, but it is 0.9375"
    );
    assert!(
        exclusion_refused::<C>(|c| c.claims.lower_bound = f64::NAN).starts_with("the lower bound is claimed to be NaN")
    );
    assert!(exclusion_refused::<C>(|c| c.claims.violation = 1.0).starts_with("the violation is claimed to be 1.0"));
    // What a proof leaves out it may not claim.
    assert_eq!(
        exclusion_refused::<C>(|c| c.proof.pieces.truncate(1)),
        "the lower bound is claimed to be 0.9375, but it is 0.875"
    );
    assert_eq!(
        exclusion_refused::<C>(|c| c.proof.pieces.clear()),
        "the lower bound is claimed to be 0.9375, but it is 0.75"
    );
}

fn schemes_and_lines_of_exclusions<C: Kind>() {
    let number = "not a finite number of at least 0";
    assert!(exclusion_refused::<C>(|c| c.proof.prior = 3).contains("names prior 3, but there are 1"));
    assert_eq!(exclusion_refused::<C>(|c| c.proof.slack = f64::INFINITY), format!("the slack is inf, {number}"));
    assert_eq!(exclusion_refused::<C>(|c| c.proof.slack = -0.5), format!("the slack is -0.5, {number}"));
    assert!(
        exclusion_refused::<C>(|c| c.proof.slack = 0.25)
            .starts_with("piece 0 does not exclude an equilibrium at 0.75:")
    );
    assert_eq!(
        exclusion_refused::<C>(|c| c.proof.schemes.truncate(2)),
        "a mixture of piece 0 names scheme 2, but there are 2"
    );
    // The acquitting scheme in place of the convicting one gives the prosecutor nothing.
    assert_eq!(
        exclusion_refused::<C>(|c| c.proof.schemes[0] = Some(acquitting::<C>())),
        "piece 0 does not exclude an equilibrium at 0.75: the agents' deviations lack 6.25e-2"
    );
    for bad in [-1.0, f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(
            exclusion_refused::<C>(|c| c.proof.lines[0].objective.agents[1].1 = bad),
            format!("a weight of line 0 is {bad}, {number}")
        );
    }
    assert!(exclusion_refused::<C>(|c| c.proof.lines[0].objective.user = f64::NAN).contains("is NaN, not finite"));
    assert!(exclusion_refused::<C>(|c| c.proof.lines[0].objective.agents[0].0 = 2).contains("names agent 2"));
    // With a weight of the user's value there is less room at the upper end: 0.30859375 + 0.8125 -
    // 0.0625 + 0.9375 - 2.
    assert_eq!(
        exclusion_refused::<C>(|c| c.proof.lines[0].objective.user = 1.0),
        "piece 1 does not exclude an equilibrium at 0.9375: the agents' deviations lack 3.90625e-3"
    );
    // One agent alone is above nothing.
    assert!(
        exclusion_refused::<C>(|c| c.proof.lines[0].objective.agents[0].1 = 0.0)
            .starts_with("piece 0 does not exclude")
    );
    // A multiplier where there is nothing to gain loosens the bound, to 1.125 and above the margin.
    assert!(
        exclusion_refused::<C>(|c| c.proof.lines[0].bound = C::bound(&[(0, 1, 0, 0.5)]))
            .starts_with("piece 1 does not exclude")
    );
    assert!(exclusion_refused::<C>(|c| c.proof.lines.clear()).contains("names line 0, but there are 0"));
}

fn pieces_of_exclusions<C: Kind>() {
    let gap = |k: usize| {
        format!("piece {k} leaves a gap: it must begin at or below the end of the piece before it, and end above it")
    };
    assert_eq!(exclusion_refused::<C>(|c| c.proof.pieces[0].from = 0.75_f64.next_up()), gap(0));
    assert_eq!(exclusion_refused::<C>(|c| c.proof.pieces[1].from = 0.875_f64.next_up()), gap(1));
    assert_eq!(exclusion_refused::<C>(|c| c.proof.pieces[0].to = 0.875_f64.next_down()), gap(1));
    assert_eq!(exclusion_refused::<C>(|c| c.proof.pieces[1].to = 0.875), gap(1));
    assert_eq!(exclusion_refused::<C>(|c| c.proof.pieces.swap(0, 1)), gap(0));
    assert_eq!(exclusion_refused::<C>(|c| drop(c.proof.pieces.remove(0))), gap(0));
    assert!(exclusion_refused::<C>(|c| c.proof.pieces[1].to = f64::NAN).starts_with("the upper end of piece 1 is NaN"));
    assert!(
        exclusion_refused::<C>(|c| c.proof.pieces[0].from = f64::NEG_INFINITY)
            .starts_with("the lower end of piece 0 is -inf")
    );
    assert_eq!(exclusion_refused::<C>(|c| c.proof.pieces[1].line = 1), "piece 1 names line 1, but there are 1");
    assert_eq!(
        exclusion_refused::<C>(|c| c.proof.pieces[1].deviations.truncate(1)),
        "the deviations of a piece holds 1 claims, not 2"
    );
    assert_eq!(
        exclusion_refused::<C>(|c| c.proof.pieces[1].deviations[0][1].right = 3),
        "a mixture of piece 1 names scheme 3, but there are 3"
    );
    assert_eq!(
        exclusion_refused::<C>(|c| c.proof.pieces[1].deviations[0][0].left = usize::MAX),
        format!("a mixture of piece 1 names scheme {}, but there are 3", usize::MAX)
    );
    for bad in [-0.5, 1.0_f64.next_up(), f64::NAN] {
        assert_eq!(
            exclusion_refused::<C>(|c| c.proof.pieces[0].deviations[1][0].share = bad),
            format!("the share of a mixture of piece 0 is {bad}, not between 0 and 1")
        );
    }
    assert_eq!(
        exclusion_refused::<C>(|c| c.proof.pieces[0].deviations[1][1].share = 0.5_f64.next_down()),
        "the mixture for agent 1 at 0.875, in piece 0, gives the user too little"
    );
    assert_eq!(
        exclusion_refused::<C>(|c| c.proof.pieces[1].to = 0.95),
        "the mixture for agent 0 at 0.95, in piece 1, gives the user too little"
    );
    // With full information as the deviation there is nothing to gain: the two sum to 1.
    let revealing = Mixture { left: 2, right: 2, share: 0.0 };
    assert!(
        exclusion_refused::<C>(|c| c.proof.pieces[1].deviations = vec![[revealing; 2]; 2])
            .starts_with("piece 1 does not exclude an equilibrium at 0.875")
    );
    // Exchanged, each agent's deviation is the other's.
    assert!(exclusion_check::<C>(|c| c.proof.pieces[0].deviations.swap(0, 1)).is_err());
}

/// Full information, which nobody outbids, is never excluded; nor is anything from agents who see
/// different things.
fn what_cannot_be_excluded<C: Kind>() {
    let mut proof = exclusion_proof::<C>();
    proof.slack = 0.0;
    let revealing = |scheme: usize| Mixture { left: scheme, right: 2, share: 1.0 };
    proof.pieces[1].to = 1.0;
    proof.pieces[1].deviations.iter_mut().zip([0, 1]).for_each(|(pair, scheme)| pair[1] = revealing(scheme));
    let refusal = proof.certify(&defended()).unwrap_err();
    assert!(matches!(refusal, ProofError::NotExcluded { piece: 1, at: 1.0, .. }), "{refusal}");

    // A rival who does not care leaves the sum of the frontiers where the prosecutor's is, and all
    // above 0.75 is an equilibrium.
    let refusal = exclusion_proof::<C>().certify(&against(vec![0.0; 4])).unwrap_err();
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
    assert_eq!(exclusion_proof::<C>().certify(&apart).unwrap_err(), ProofError::DifferentSignals);
    let mut together = profile_proof::<C>();
    together.offers = vec![by(&[0, 1], None)];
    assert_eq!(together.certify(&apart).unwrap_err(), ProofError::DifferentSignals);
}

/// A certificate is of its game.
fn other_instances<C: Kind>() {
    assert!(profile::<C>().check(&defended()).is_err());
    assert!(exclusion::<C>().check(&ambitious()).is_err());
    assert!(matches!(profile::<C>().check(&prosecutor()).unwrap_err(), ProofError::OutOfRange { .. }));
    assert!(matches!(exclusion::<C>().check(&prosecutor()).unwrap_err(), ProofError::OutOfRange { .. }));
    let mut game = ambitious();
    game.information = Information::Priors(Matrix::new(1, 2, vec![0.5, 0.5]));
    assert!(profile::<C>().check(&game).is_err());
}

/// What stands in a direct scheme, and in its multipliers; observations may be left to full
/// information.
#[test]
fn direct_schemes_and_multipliers() {
    let refused = |change: &dyn Fn(&mut Scheme)| {
        profile_refused::<Direct>(|c| change(c.proof.offers[0].scheme.as_mut().unwrap()))
    };
    assert_eq!(
        refused(&|scheme| scheme.entries[1].probability = 0.25),
        "the user's value is claimed to be 0.765625, but it is 0.8125"
    );
    assert!(refused(&|scheme| scheme.entries[0].probability = 1.5).starts_with("scheme entry 0 is 1.5"));
    assert!(refused(&|scheme| scheme.entries.swap(0, 1)).contains("does not come after"));
    let refused =
        |change: &dyn Fn(&mut Multiplier)| profile_refused::<Direct>(|c| change(&mut c.proof.replies[0].bound[0]));
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(refused(&|multiplier| multiplier.value = bad).contains("multiplier 0 is"));
    }
    assert_eq!(refused(&|multiplier| multiplier.alternative = 1), "multiplier 0 compares 1 with itself");
    assert!(refused(&|multiplier| multiplier.recommended = 9).contains("names action 9"));
    let refused = |k: usize, change: &dyn Fn(&mut Scheme)| {
        exclusion_refused::<Direct>(|c| change(c.proof.schemes[k].as_mut().unwrap()))
    };
    assert!(
        refused(0, &|scheme| scheme.entries[0].probability = 0.7)
            .starts_with("the probabilities of observation 0 exceed one")
    );
    assert!(refused(1, &|scheme| scheme.entries[1].probability = f64::NAN).contains("is NaN"));
    assert!(refused(1, &|scheme| scheme.entries[1].action = 5).contains("names action 5"));
    let again = Multiplier { recommended: 1, alternative: 0, value: 0.5 };
    let refused =
        |multipliers: &[Multiplier]| exclusion_refused::<Direct>(|c| c.proof.lines[0].bound = multipliers.to_vec());
    assert!(refused(&[again, again]).contains("does not come after"));
    assert!(refused(&[Multiplier { value: -0.5, ..again }]).contains("is -0.5"));
    // A scheme without entries reveals everything.
    let mut empty = exclusion_proof::<Direct>();
    empty.schemes[2] = Some(Scheme::default());
    assert_eq!(empty.certify(&defended()).unwrap().0.claims, exclusion::<Direct>().claims);
    let revealing = |scheme| {
        let mut proof = profile_proof::<Direct>();
        proof.offers[0].scheme = scheme;
        proof.certify(&ambitious()).unwrap().0.claims
    };
    assert_eq!(revealing(Some(Scheme::default())), revealing(None));
}

/// Whatever stands in a document, what is accepted still comes to what it claims; and nothing that
/// is an equilibrium is excluded.
fn hostile<C: Kind>(picks: &[(prop::sample::Index, usize, u64)]) {
    accepted(&profile::<C>(), &ambitious(), picks);
    if let Some(certificate) = accepted(&exclusion::<C>(), &defended(), picks) {
        // Nothing above full information, and nothing that is an equilibrium, is ever excluded.
        assert!(certificate.claims.lower_bound < 1.0);
    }
}

/// No proof whatever excludes what is an equilibrium: with a rival who does not care, all from 0.75
/// up.
fn equilibria_stay<C: Kind>(picks: &[(prop::sample::Index, usize, u64)]) {
    let document = spoiled(serde_json::to_value(exclusion_proof::<C>()).unwrap(), picks);
    if let Ok(proof) = serde_json::from_value::<ExclusionProof<C>>(document)
        && let Ok((certificate, verdict)) = proof.certify(&against(vec![0.5; 4]))
        && verdict.certified()
    {
        assert!(certificate.claims.lower_bound <= 0.75);
    }
}

/// Moving a claim by one unit in the last place is noticed.
fn an_ulp_is_noticed<C: Kind>() {
    for which in 0..8 {
        moved::<C>(which, f64::next_up);
        moved::<C>(which, f64::next_down);
    }
}

fn moved<C: Kind>(which: usize, by: fn(f64) -> f64) {
    let move_it = |claim: &mut f64| *claim = by(*claim);
    let refusal = if which < 6 {
        profile_check::<C>(|c| {
            let claims = &mut c.claims;
            let [a, b] = &mut claims.agent_values[..] else { unreachable!() };
            let [r, s] = &mut claims.regrets[..] else { unreachable!() };
            let all = [&mut claims.user_value, a, b, r, s, &mut claims.violation];
            move_it(all[which]);
        })
    } else {
        exclusion_check::<C>(|c| move_it(if which == 6 { &mut c.claims.lower_bound } else { &mut c.claims.violation }))
    };
    assert!(matches!(refusal, Err(ProofError::FalseClaim { .. })), "{refusal:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn hostile_documents(picks in picks(3)) {
        hostile::<Direct>(&picks);
        hostile::<Experiment>(&picks);
        hostile::<Mechanism>(&picks);
    }

    #[test]
    fn equilibria_are_not_excluded(picks in picks(4)) {
        equilibria_stay::<Direct>(&picks);
        equilibria_stay::<Experiment>(&picks);
        equilibria_stay::<Mechanism>(&picks);
    }
}
