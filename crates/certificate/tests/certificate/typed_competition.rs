//! Profiles of the best-agent game to a user who knows something by herself: by hand, and what was changed is refused, with the reason.

use crate::common::{judge_with_a_hunch, party};
use proptest::prelude::*;
use serde_json::{Value, json};
use suasion_certificate::{
    Failure, Node, ProofError, Rule, RuleBound, Rules, TypedOffer, TypedProfileCertificate, TypedProfileProof,
    TypedReply, Verdict,
};
use suasion_model::{
    AgentSignals, ExperimentScheme, Information, Instance, Matrix, MechanismEntry, MechanismScheme, Message,
};

/// The judge with a hunch. A second prosecutor gains twice as much by convictions.
fn hunch() -> Instance {
    let agents = vec![
        party("prosecutor", Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0])),
        party("rival", Matrix::new(2, 2, vec![0.0, 0.0, 2.0, 2.0])),
    ];
    judge_with_a_hunch("hunch", agents)
}

/// Silence, upon which the uneasy judge convicts: worth 13/16 to her, 6/16 and 12/16 to the agents.
fn silence(rules: Rules) -> Rule {
    let entry = |report, observation| MechanismEntry { report, observation, action: report, probability: 1.0 };
    match rules {
        Rules::Menu => {
            let message = Message { menu: vec![0, 1], probabilities: vec![(0, 1.0), (1, 1.0)] };
            Rule::Menu(ExperimentScheme { messages: vec![message] })
        }
        Rules::Conversation => {
            Rule::Conversation(MechanismScheme::new(vec![entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)]))
        }
    }
}

/// All is told: worth 1, 5/16 and 10/16.
fn all(rules: Rules) -> Rule {
    let entry = |report, observation| MechanismEntry { report, observation, action: observation, probability: 1.0 };
    match rules {
        Rules::Menu => {
            let message = |x: usize| Message { menu: vec![x, x], probabilities: vec![(x, 1.0)] };
            Rule::Menu(ExperimentScheme { messages: vec![message(0), message(1)] })
        }
        Rules::Conversation => {
            Rule::Conversation(MechanismScheme::new(vec![entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)]))
        }
    }
}

/// What no rule gets an agent that gains `gain` by a conviction: 10/16 times that. For the menus see their tests; in conversation, with obedience at
/// `gain`, a type who is told to convict is worth nothing at the innocent and twice her mass at the guilty: `2/16 + 8/16`.
fn bound(rules: Rules, gain: f64) -> RuleBound {
    match rules {
        Rules::Menu => RuleBound::Menu(vec![
            Node::Split(0, 1),
            Node::Leaf(vec![(0, 1, 0, gain)]),
            Node::Leaf(vec![(1, 1, 0, gain)]),
        ]),
        Rules::Conversation => {
            RuleBound::Conversation { truth: vec![], temptations: vec![(0, 0, 1, 0, gain), (1, 1, 1, 0, gain)] }
        }
    }
}

/// The rival tells all and the prosecutor nothing. Nobody outbids the rival; but it could do with as little as the prosecutor, or lose to it.
fn proof(rules: Rules) -> TypedProfileProof {
    TypedProfileProof {
        prior: 0,
        rules,
        slack: 0.75,
        offers: vec![
            TypedOffer { agents: vec![0], rule: silence(rules) },
            TypedOffer { agents: vec![1], rule: all(rules) },
        ],
        standing: 1,
        replies: vec![
            TypedReply { multiplier: 0.0, bound: bound(rules, 1.0) },
            TypedReply { multiplier: 0.0, bound: bound(rules, 2.0) },
        ],
    }
}

const BOTH: [Rules; 2] = [Rules::Menu, Rules::Conversation];

fn profile(rules: Rules) -> TypedProfileCertificate {
    let (certificate, verdict) = proof(rules).certify(&hunch()).unwrap();
    assert!(verdict.certified(), "{verdict:?}");
    certificate
}

fn refused(rules: Rules, change: impl FnOnce(&mut TypedProfileCertificate)) -> String {
    let mut certificate = profile(rules);
    change(&mut certificate);
    certificate.check(&hunch()).unwrap_err().to_string()
}

#[test]
fn typed_profiles_by_hand() {
    for rules in BOTH {
        let TypedProfileCertificate { claims, .. } = profile(rules);
        assert_eq!((claims.user_value, claims.violation), (1.0, 0.0));
        assert_eq!(claims.agent_values, [5.0 / 16.0, 10.0 / 16.0]);
        assert_eq!(claims.regrets, [0.0, 10.0 / 16.0], "{rules:?}");
        assert!(profile(rules).check(&hunch()).unwrap().certified());
        // With half the judge's value: at the innocent 11/32 of the leaf in which the calm one acquits, at the guilty 36/32; in conversation 9/32
        // and 2/32 at the innocent, 9/32 and 36/32 at the guilty. Less half of 13/16, and less what the rival has.
        let mut priced = proof(rules);
        priced.replies[1].multiplier = 0.5;
        let regret = priced.certify(&hunch()).unwrap().0.claims.regrets[1];
        assert_eq!(regret, if rules == Rules::Menu { 7.0 / 16.0 } else { 23.0 / 32.0 });
        // All offer all: nobody gains.
        let mut alike = proof(rules);
        alike.offers = vec![TypedOffer { agents: vec![0, 1], rule: all(rules) }];
        alike.standing = 0;
        alike.slack = 0.0;
        let (certificate, verdict) = alike.clone().certify(&hunch()).unwrap();
        assert_eq!(certificate.claims.regrets, [0.0, 0.0]);
        assert!(verdict.certified());
        // The same without writing it out.
        alike.offers[0].rule = Rule::All;
        assert_eq!(alike.certify(&hunch()).unwrap().0.claims, certificate.claims);
    }
}

#[test]
fn typed_profiles_survive_json() {
    for rules in BOTH {
        let text = serde_json::to_string(&profile(rules)).unwrap();
        let again: TypedProfileCertificate = serde_json::from_str(&text).unwrap();
        assert_eq!(again, profile(rules));
        let mut document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["proof"]["rules"], if rules == Rules::Menu { "menu" } else { "conversation" });
        document["proof"]["extra"] = json!(1);
        assert!(serde_json::from_value::<TypedProfileCertificate>(document).is_err());
    }
}

#[test]
fn claims_of_typed_profiles() {
    for rules in BOTH {
        let claim = |change: fn(&mut TypedProfileCertificate)| refused(rules, change);
        assert_eq!(claim(|c| c.claims.user_value = 0.75), "the user's value is claimed to be 0.75, but it is 1.0");
        assert!(claim(|c| c.claims.agent_values[1] = 1.0).starts_with("the value of agent 1 is claimed"));
        assert!(claim(|c| c.claims.regrets[1] = 0.0).starts_with("the regret of agent 1 is claimed to be 0.0"));
        assert!(claim(|c| c.claims.violation = 1e-9).starts_with("the violation is claimed"));
        assert!(claim(|c| c.claims.regrets.truncate(1)).contains("holds 1 claims, not 2"));
    }
}

#[test]
fn proofs_of_typed_profiles() {
    for rules in BOTH {
        let other = if rules == Rules::Menu { Rules::Conversation } else { Rules::Menu };
        let said = |change: &dyn Fn(&mut TypedProfileProof)| refused(rules, |c| change(&mut c.proof));
        assert!(said(&|p| p.rules = other).contains("offer 0 is not what agents may offer here"));
        assert!(said(&|p| p.offers[1].rule = all(other)).contains("offer 1 is not what agents may offer here"));
        assert!(said(&|p| p.replies[1].bound = bound(other, 2.0)).contains("reply 1 is not what agents may offer"));
        assert!(said(&|p| p.replies[1].multiplier = -1.0).contains("multiplier of the floor of reply 1 is -1"));
        assert!(said(&|p| p.replies.truncate(1)).contains("the list of replies holds 1"));
        assert!(said(&|p| p.offers[0].agents = vec![1]).contains("agent 1 has two offers"));
        assert!(said(&|p| p.offers[0].agents = vec![]).contains("there are no agents behind an offer"));
        assert!(said(&|p| p.offers.truncate(1)).contains("names offer 1"));
        assert!(said(&|p| p.standing = 7).contains("names offer 7"));
        assert!(said(&|p| p.prior = 1).contains("names prior 1"));
        assert!(said(&|p| p.slack = f64::NAN).contains("the slack"));
        let spoil = |p: &mut TypedProfileProof| match &mut p.offers[1].rule {
            Rule::Menu(scheme) => scheme.messages[0].probabilities[0].1 = 0.5,
            Rule::Conversation(conversation) => conversation.entries[0].probability = 0.5,
            Rule::All => unreachable!(),
        };
        assert!(said(&spoil).contains("do not sum to one"));
        let spoil = |p: &mut TypedProfileProof| match &mut p.replies[0].bound {
            RuleBound::Menu(tree) => tree.truncate(2),
            RuleBound::Conversation { truth, .. } => truth.push((0, 0, 1.0)),
        };
        let said = said(&spoil);
        assert!(said.contains("the tree ends before") || said.contains("compares 0 with itself"), "{said}");
    }
}

fn failures(proof: TypedProfileProof) -> Vec<Failure> {
    proof.certify(&hunch()).unwrap().1.failures
}

/// What is well-formed, and not good enough.
#[test]
fn what_typed_profiles_fail_by() {
    for rules in BOTH {
        let tight = TypedProfileProof { slack: 0.5, ..proof(rules) };
        assert!(matches!(failures(tight)[..], [Failure::Regret { agent: 1, regret: 0.625, .. }]));
        // She would rather be told all than nothing.
        let outbid = TypedProfileProof { standing: 0, slack: 9.0, ..proof(rules) };
        assert!(matches!(failures(outbid)[..], [Failure::Violation { violation: 0.1875, .. }]));
        // Told to convict the innocent, she does not.
        let mut disobeyed = TypedProfileProof { slack: 9.0, ..proof(rules) };
        match &mut disobeyed.offers[0].rule {
            Rule::Menu(scheme) => scheme.messages[0].menu = vec![1, 1],
            Rule::Conversation(conversation) => conversation.entries[0].action = 1,
            Rule::All => unreachable!(),
        }
        assert!(failures(disobeyed).iter().any(|failure| matches!(failure, Failure::Violation { .. })));
    }
}

/// Who stands alone may lose to whom it likes; two who offer alike may not.
#[test]
fn losing_to_a_rival() {
    for rules in BOTH {
        let mut cheap = proof(rules);
        // A steep price on what the judge gets leaves nothing to gain by outbidding.
        cheap.replies[1].multiplier = 40.0;
        let (certificate, _) = cheap.certify(&hunch()).unwrap();
        assert!(certificate.claims.regrets[1] >= 2.0 / 16.0, "{:?}", certificate.claims);
    }
}

#[test]
fn lone_and_separate_agents() {
    for rules in BOTH {
        let mut alone = hunch();
        alone.agents.truncate(1);
        let mut monopoly = proof(rules);
        monopoly.offers = vec![TypedOffer { agents: vec![0], rule: silence(rules) }];
        (monopoly.standing, monopoly.replies) = (0, monopoly.replies[..1].to_vec());
        let claims = monopoly.clone().certify(&alone).unwrap().0.claims;
        assert_eq!(claims.regrets, [4.0 / 16.0], "the bound of 10/16 less 6/16");
        monopoly.replies[0].multiplier = 1.0;
        assert!(monopoly.certify(&alone).unwrap_err().to_string().contains("a lone agent has no rival"));
        let mut apart = hunch();
        if let Information::Worlds { worlds, .. } = &mut apart.information {
            worlds[0].agents = AgentSignals::PerAgent(vec![0, 1]);
        }
        let mut alike = proof(rules);
        alike.offers = vec![TypedOffer { agents: vec![0, 1], rule: silence(rules) }];
        alike.standing = 0;
        assert_eq!(alike.certify(&apart).unwrap_err(), ProofError::DifferentSignals);
        assert!(proof(rules).certify(&apart).is_ok());
    }
}

/// The places of numbers in a document.
fn numbers(value: &Value, here: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| numbers(value, &format!("{here}/{key}"), found)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(k, value)| numbers(value, &format!("{here}/{k}"), found));
        }
        Value::Number(_) => found.push(here.to_owned()),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Whatever numbers are changed: no panic, and what still passes is true of the profile that it is then about.
    #[test]
    fn hostile_typed_documents(menu: bool, picks in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..9), 1..3)) {
        let rules = if menu { Rules::Menu } else { Rules::Conversation };
        let mut document = serde_json::to_value(profile(rules)).unwrap();
        let mut found = Vec::new();
        numbers(&document, "", &mut found);
        let values =
            [json!(0), json!(1), json!(2), json!(1e308), json!(-1), json!(0.3), json!(1e-300), json!(u64::MAX), json!(0.5)];
        for (place, value) in picks {
            *document.pointer_mut(place.get(&found[..]).as_str()).unwrap() = values[value].clone();
        }
        let Ok(certificate) = serde_json::from_value::<TypedProfileCertificate>(document) else { return Ok(()) };
        if let Ok(Verdict { .. }) = certificate.check(&hunch()) {
            let (again, _) = certificate.proof.clone().certify(&hunch()).unwrap();
            prop_assert_eq!(again.claims, certificate.claims);
        }
    }
}
