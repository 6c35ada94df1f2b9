//! The best-agent game to a user who knows something by herself: profiles, and that there is no
//! worse equilibrium. By hand; what was changed is refused, with the reason.

use crate::common::{Kind, accepted, each_kind, judge_with_a_hunch, message, party, picks, survives};
use proptest::prelude::*;
use serde_json::Value;
use suasion_certificate::{
    Certificate, ExclusionProof, Experiment, Line, Mechanism, Mixture, Node, Offer, Piece, ProfileProof, Proof,
    ProofError, Reply, ToleranceViolation,
};
use suasion_model::{AgentSignals, Information, Instance, Matrix, Objective};

type Profile<C> = Certificate<ProfileProof<C>>;
type Exclusion<C> = Certificate<ExclusionProof<C>>;

each_kind! { experiment = Experiment, mechanism = Mechanism: [
    profiles_by_hand,
    spoiled_profiles,
    what_profiles_fail_by,
    losing_to_a_rival,
    monopolists_and_separate_agents,
    exclusions_by_hand,
    exclusions_that_were_tampered_with,
    what_exclusions_cannot_show,
] }

/// The judge with a hunch. A prosecutor gains 1 by convictions, and the other agent what it is said
/// to.
fn judge(name: &str, other: Vec<f64>) -> Instance {
    let prosecutor = party("prosecutor", Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]));
    judge_with_a_hunch(name, vec![prosecutor, party("other", Matrix::new(2, 2, other))])
}

/// A second prosecutor gains twice as much by convictions.
fn hunch() -> Instance {
    judge("hunch", vec![0.0, 0.0, 2.0, 2.0])
}

/// The other is paid for acquittals: together they get 1, whatever happens.
fn trial() -> Instance {
    judge("trial", vec![1.0, 1.0, 0.0, 0.0])
}

/// One case, in which agents observe different things.
fn apart(mut game: Instance) -> Instance {
    if let Information::Worlds { worlds, .. } = &mut game.information {
        worlds[0].agents = AgentSignals::PerAgent(vec![0, 1]);
    }
    game
}

/// No information, upon which the uneasy judge convicts: worth 13/16 to her, 6/16 and 12/16 to the
/// agents.
fn none<C: Kind>() -> C::Scheme {
    C::scheme(&[message(&[0, 1], &[(0, 1.0), (1, 1.0)])])
}

/// Full information: the values are 1, 5/16 and 10/16.
fn all<C: Kind>() -> C::Scheme {
    C::scheme(&[message(&[0, 0], &[(0, 1.0)]), message(&[1, 1], &[(1, 1.0)])])
}

/// What no scheme gets an agent that gains `gain` by a conviction: 10/16 times that. With obedience
/// at `gain`, a type who is told to convict is worth nothing at the innocent and twice her mass at
/// the guilty: `2/16 + 8/16`.
fn obedience<C: Kind>(gain: f64) -> C::Bound {
    C::bound(&[(0, 1, 0, gain), (1, 1, 0, gain)])
}

/// The rival tells all and the prosecutor nothing. Nobody outbids the rival; but it could do with
/// as little as the prosecutor, or lose to it.
fn profile_proof<C: Kind>() -> ProfileProof<C> {
    let offer = |agent, scheme| Offer { agents: vec![agent], scheme: Some(scheme) };
    ProfileProof {
        communication: C::default(),
        prior: 0,
        slack: 0.75,
        offers: vec![offer(0, none::<C>()), offer(1, all::<C>())],
        accepted: 1,
        replies: [1.0, 2.0].map(|gain| Reply { multiplier: 0.0, bound: obedience::<C>(gain) }).to_vec(),
    }
}

fn profile<C: Kind>() -> Profile<C> {
    let (certificate, verdict) = profile_proof().certify(&hunch()).unwrap();
    assert!(verdict.certified(), "{verdict:?}");
    certificate
}

fn profiles_by_hand<C: Kind>() {
    let Certificate { claims, .. } = profile::<C>();
    assert_eq!((claims.user_value, claims.violation), (1.0, 0.0));
    assert_eq!(claims.agent_values, [5.0 / 16.0, 10.0 / 16.0]);
    assert_eq!(claims.regrets, [0.0, 10.0 / 16.0]);
    survives(profile_proof::<C>(), &hunch());
    assert!(profile::<C>().check(&hunch()).unwrap().certified());
    // With half the judge's value: 9/32 and 2/32 at the innocent, 9/32 and 36/32 at the guilty.
    // Less half of 13/16, and less what the rival has.
    let mut priced = profile_proof::<C>();
    priced.replies[1].multiplier = 0.5;
    assert_eq!(priced.certify(&hunch()).unwrap().0.claims.regrets[1], 23.0 / 32.0);
    // All offer all: nobody gains.
    let mut alike = profile_proof::<C>();
    alike.offers = vec![Offer { agents: vec![0, 1], scheme: Some(all::<C>()) }];
    (alike.accepted, alike.slack) = (0, 0.0);
    let (certificate, verdict) = alike.clone().certify(&hunch()).unwrap();
    assert_eq!(certificate.claims.regrets, [0.0, 0.0]);
    assert!(verdict.certified());
    // The same without writing it out.
    alike.offers[0].scheme = None;
    assert_eq!(alike.certify(&hunch()).unwrap().0.claims, certificate.claims);
}

/// A tree that says whether the calm one convicts: at the innocent either leaf is worth nothing, at
/// the guilty the second is.
fn split(gain: f64) -> Vec<Node> {
    vec![Node::Split(0, 1), Node::Leaf(vec![(0, 1, 0, gain)]), Node::Leaf(vec![(1, 1, 0, gain)])]
}

fn split_profile_proof() -> ProfileProof<Experiment> {
    let mut proof = profile_proof();
    (proof.replies[0].bound, proof.replies[1].bound) = (split(1.0), split(2.0));
    proof
}

#[test]
fn trees_of_profiles() {
    let mut proof = split_profile_proof();
    let certificate = proof.clone().certify(&hunch()).unwrap().0;
    assert_eq!(certificate.claims.regrets, [0.0, 10.0 / 16.0]);
    // With half the judge's value: at the innocent 11/32 of the leaf in which the calm one acquits,
    // at the guilty 36/32.
    proof.replies[1].multiplier = 0.5;
    assert_eq!(proof.certify(&hunch()).unwrap().0.claims.regrets[1], 7.0 / 16.0);
    let mut spoiled = certificate;
    spoiled.proof.replies[0].bound.truncate(2);
    assert!(spoiled.check(&hunch()).unwrap_err().to_string().contains("the tree ends before"));
}

fn spoiled_profiles<C: Kind>() {
    let refused = |change: &dyn Fn(&mut ProfileProof<C>)| {
        let mut certificate = profile::<C>();
        change(&mut certificate.proof);
        certificate.check(&hunch()).unwrap_err().to_string()
    };
    let half = |p: &mut ProfileProof<C>| p.offers[1].scheme = Some(C::scheme(&[message(&[0, 0], &[(0, 0.5)])]));
    assert!(refused(&half).contains("do not sum to one"));
    assert!(refused(&|p| p.replies[0].bound = C::bound(&[(0, 0, 0, 1.0)])).contains("compares 0 with itself"));
    assert!(refused(&|p| p.replies[0].bound = C::bound(&[(2, 0, 1, 1.0)])).contains("type 2, but there are 2"));
    assert!(refused(&|p| p.offers.truncate(1)).contains("names offer 1"));
    assert!(refused(&|p| p.prior = 1).contains("names prior 1"));
}

/// What is of one kind is not read as another, as a whole or in part.
#[test]
fn kinds_are_not_mixed() {
    fn unread<P: Proof>(ours: &Certificate<P>, theirs: &Value, places: &[&str]) {
        let document = serde_json::to_value(ours).unwrap();
        assert!(serde_json::from_value::<Certificate<P>>(document.clone()).is_ok());
        for place in places {
            let mut mixed = document.clone();
            *mixed.pointer_mut(place).unwrap() = theirs.pointer(place).unwrap().clone();
            assert!(serde_json::from_value::<Certificate<P>>(mixed).is_err(), "{place}");
        }
    }
    let profile_places = ["", "/proof/communication", "/proof/offers/1/scheme", "/proof/replies/1/bound"];
    let (experiment, mechanism) = (profile::<Experiment>(), profile::<Mechanism>());
    unread(&experiment, &serde_json::to_value(&mechanism).unwrap(), &profile_places);
    unread(&mechanism, &serde_json::to_value(&experiment).unwrap(), &profile_places);
    let exclusion_places = ["", "/proof/communication", "/proof/schemes/0", "/proof/lines/0/bound"];
    let (experiment, mechanism) = (exclusion::<Experiment>(), exclusion::<Mechanism>());
    unread(&experiment, &serde_json::to_value(&mechanism).unwrap(), &exclusion_places);
    unread(&mechanism, &serde_json::to_value(&experiment).unwrap(), &exclusion_places);
}

/// What is well-formed, and not good enough.
fn what_profiles_fail_by<C: Kind>() {
    let failures = |proof: ProfileProof<C>| proof.certify(&hunch()).unwrap().1.failures;
    let tight = ProfileProof { slack: 0.5, ..profile_proof() };
    assert!(matches!(failures(tight)[..], [ToleranceViolation::Regret { agent: 1, regret: 0.625, .. }]));
    // She would rather be told all than nothing.
    let outbid = ProfileProof { accepted: 0, slack: 9.0, ..profile_proof() };
    assert!(matches!(failures(outbid)[..], [ToleranceViolation::Violation { violation: 0.1875, .. }]));
    // Told to convict the innocent, she does not.
    let mut disobeyed = ProfileProof { slack: 9.0, ..profile_proof() };
    disobeyed.offers[0].scheme = Some(C::scheme(&[message(&[1, 1], &[(0, 1.0), (1, 1.0)])]));
    assert!(failures(disobeyed).iter().any(|failure| matches!(failure, ToleranceViolation::Violation { .. })));
}

/// Who stands alone may lose to whom it likes; two who offer alike may not.
fn losing_to_a_rival<C: Kind>() {
    let mut cheap = profile_proof::<C>();
    // A steep price on what the judge gets leaves nothing to gain by outbidding.
    cheap.replies[1].multiplier = 40.0;
    let (certificate, _) = cheap.certify(&hunch()).unwrap();
    assert!(certificate.claims.regrets[1] >= 2.0 / 16.0, "{:?}", certificate.claims);
}

fn monopolists_and_separate_agents<C: Kind>() {
    let mut alone = hunch();
    alone.agents.truncate(1);
    let mut monopoly = profile_proof::<C>();
    monopoly.offers.truncate(1);
    monopoly.replies.truncate(1);
    monopoly.accepted = 0;
    let claims = monopoly.clone().certify(&alone).unwrap().0.claims;
    assert_eq!(claims.regrets, [4.0 / 16.0], "the bound of 10/16 less 6/16");
    monopoly.replies[0].multiplier = 1.0;
    assert!(monopoly.certify(&alone).unwrap_err().to_string().contains("a monopolist has no rival"));
    let mut alike = profile_proof::<C>();
    alike.offers = vec![Offer { agents: vec![0, 1], scheme: Some(none::<C>()) }];
    alike.accepted = 0;
    assert_eq!(alike.certify(&apart(hunch())).unwrap_err(), ProofError::DifferentSignals);
    assert!(profile_proof::<C>().certify(&apart(hunch())).is_ok());
}

/// All convict in half of the guilty and 1/32 of the innocent cases, upon which the calm judge
/// gains 1/32 - 9/512; upon what is left the uneasy one alone convicts. The prosecutor gets `(5/2 +
/// 11/32 + 4/2 + 2 * 31/32) / 16 = 217/512`, the judge `(5/2 + 4/2 + 9 * 31/32) / 16 = 423/512`.
fn accusing<C: Kind>(of_innocent: f64, of_guilty: f64, otherwise: [usize; 2]) -> C::Scheme {
    let rest = [(0, 1.0 - of_innocent), (1, 1.0 - of_guilty)];
    C::scheme(&[message(&[1, 1], &[(0, of_innocent), (1, of_guilty)]), message(&otherwise, &rest)])
}

/// The deviations in which each agent has one scheme.
fn deviations(schemes: [usize; 2]) -> Vec<[Mixture; 2]> {
    schemes.map(|scheme| [Mixture { left: scheme, right: scheme, share: 1.0 }; 2]).to_vec()
}

/// The prosecutor could accuse, the defender tell all for 11/16: together more than the 1 that
/// there is, so nothing up to 423/512 is an equilibrium.
fn exclusion_proof<C: Kind>() -> ExclusionProof<C> {
    let objective = Objective { user: 0.0, agents: vec![(0, 1.0), (1, 1.0)] };
    let piece = |from, to| Piece { from, to, line: 0, deviations: deviations([0, 1]) };
    ExclusionProof {
        communication: C::default(),
        prior: 0,
        slack: 0.03,
        schemes: vec![Some(accusing::<C>(1.0 / 32.0, 0.5, [0, 1])), None],
        lines: vec![Line { objective, bound: C::bound(&[]) }],
        pieces: vec![piece(0.75, 0.8125), piece(0.8125, 423.0 / 512.0)],
    }
}

fn exclusion<C: Kind>() -> Exclusion<C> {
    let (certificate, verdict) = exclusion_proof().certify(&trial()).unwrap();
    assert!(verdict.certified(), "{verdict:?}");
    certificate
}

fn exclusions_by_hand<C: Kind>() {
    let certificate = exclusion::<C>();
    assert_eq!((certificate.claims.lower_bound, certificate.claims.violation), (423.0 / 512.0, 0.0));
    assert!(certificate.check(&trial()).unwrap().certified());
    survives(exclusion_proof::<C>(), &trial());
    // Nothing is excluded: her value with no information.
    let nothing = ExclusionProof::<C> { pieces: vec![], ..exclusion_proof() };
    assert_eq!(nothing.certify(&trial()).unwrap().0.claims.lower_bound, 13.0 / 16.0);
    let mut forged = certificate;
    forged.claims.lower_bound = 1.0;
    assert!(forged.check(&trial()).unwrap_err().to_string().contains("the lower bound is claimed to be 1.0"));
}

fn exclusions_that_were_tampered_with<C: Kind>() {
    let refused = |change: &dyn Fn(&mut ExclusionProof<C>)| {
        let mut certificate = exclusion::<C>();
        change(&mut certificate.proof);
        certificate.check(&trial()).unwrap_err().to_string()
    };
    assert!(refused(&|p| p.lines[0].objective.agents[0].1 = -1.0).contains("a weight of line 0 is -1"));
    assert!(refused(&|p| p.lines[0].objective.agents[0].1 = 0.25).contains("does not exclude an equilibrium"));
    assert!(refused(&|p| p.lines[0].objective.user = -1.0).contains("does not exclude an equilibrium"));
    // Each may gain 1/16: then it is no proof that together they could get 569/512.
    assert!(refused(&|p| p.slack = 0.0625).contains("piece 0 does not exclude an equilibrium at 0.75"));
    assert!(refused(&|p| p.slack = -0.5).contains("the slack is -0.5"));
    assert!(refused(&|p| p.pieces[0].from = 0.8125 + 1e-9).contains("piece 0 leaves a gap"));
    assert!(refused(&|p| p.pieces[1].to = 0.875).contains("the mixture for agent 0 at 0.875, in piece 1, gives"));
    assert!(refused(&|p| p.pieces[1].line = 3).contains("piece 1 names line 3"));
    assert!(refused(&|p| p.pieces[1].deviations[0][0].left = 9).contains("names scheme 9"));
    assert!(refused(&|p| p.pieces[1].deviations.truncate(1)).contains("the deviations of a piece holds 1"));
    assert!(refused(&|p| p.schemes[0] = None).contains("does not exclude an equilibrium"));
    assert!(refused(&|p| p.prior = 2).contains("names prior 2"));
}

/// Full information is an equilibrium, whatever is said of it, and agents have to share their
/// information.
fn what_exclusions_cannot_show<C: Kind>() {
    let mut all = exclusion_proof::<C>();
    all.pieces = vec![Piece { from: 0.5, to: 1.0, line: 0, deviations: deviations([1, 1]) }];
    assert!(all.certify(&trial()).is_err());
    assert_eq!(exclusion_proof::<C>().certify(&apart(trial())).unwrap_err(), ProofError::DifferentSignals);
    // A deviation that she would not follow.
    for scheme in [accusing::<C>(1.0 / 32.0, 0.5, [1, 1]), accusing::<C>(0.5, 0.5, [0, 1])] {
        let disobeyed = ExclusionProof::<C> { pieces: vec![], schemes: vec![Some(scheme)], ..exclusion_proof() };
        let (_, verdict) = disobeyed.certify(&trial()).unwrap();
        assert!(matches!(verdict.failures[..], [ToleranceViolation::Violation { .. }]), "{verdict:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Whatever is changed: no panic, and what still passes is true of what it is then about.
    #[test]
    fn hostile_typed_documents(picks in picks(3)) {
        accepted(&profile::<Experiment>(), &hunch(), &picks);
        accepted(&profile::<Mechanism>(), &hunch(), &picks);
        accepted(&split_profile_proof().certify(&hunch()).unwrap().0, &hunch(), &picks);
        accepted(&exclusion::<Experiment>(), &trial(), &picks);
        accepted(&exclusion::<Mechanism>(), &trial(), &picks);
    }
}
